// How many packets each source has sent since the counts were cleared; see source-prefix.ts for what one source is. Bounded:
// what is counted for every packet of a flood must neither grow nor leave anything behind. Pure.

import { type SourcePrefix, word } from './source-prefix.ts';

/** Sources that are counted: more at once than this are no heavy ones, and are left out. */
export const MAX_COUNTED = 256;
/** Twice as many, so that a search ends soon; a power of two. */
const PLACES = 2 * MAX_COUNTED;

/** The counts of one source. */
export interface PrefixCount {
  readonly prefix: SourcePrefix;
  readonly packets: number;
}

/** Counts packets. */
export class PrefixCounts {
  /** The prefix, a word of an IPv4 address or two of an IPv6 one. */
  readonly #high = new Uint32Array(PLACES);
  readonly #low = new Uint32Array(PLACES);
  readonly #isIpv6 = new Uint8Array(PLACES);
  /** 0: the place is free. */
  readonly #packets = new Uint32Array(PLACES);
  #counted = 0;

  /** Counts a packet. @param source 4 or 16 bytes */
  add(source: Uint8Array): void {
    const isIpv6 = source.length === 4 ? 0 : 1;
    const high = word(source, 0);
    const low = isIpv6 ? word(source, 4) : 0;
    let place = hash(high, low) & (PLACES - 1);
    while (this.#packets[place] !== 0) {
      if (this.#high[place] === high && this.#low[place] === low && this.#isIpv6[place] === isIpv6) break;
      place = (place + 1) & (PLACES - 1);
    }
    if (this.#packets[place] === 0) {
      if (this.#counted === MAX_COUNTED) return;
      this.#counted++;
      this.#high[place] = high;
      this.#low[place] = low;
      this.#isIpv6[place] = isIpv6;
    }
    this.#packets[place] = (this.#packets[place] as number) + 1;
  }

  /** All that are counted. */
  counts(): PrefixCount[] {
    const counts: PrefixCount[] = [];
    this.#packets.forEach((packets, place) => {
      if (packets === 0) return;
      const [high, low] = [this.#high[place] as number, this.#low[place] as number];
      counts.push({ prefix: this.#isIpv6[place] ? [high, low] : [high], packets });
    });
    return counts;
  }

  clear(): void {
    if (this.#counted === 0) return;
    this.#packets.fill(0);
    this.#counted = 0;
  }
}

/** Whoever chooses sources that meet makes a search longer, of {@link MAX_COUNTED} places at most. */
function hash(high: number, low: number): number {
  const mixed = Math.imul(high ^ Math.imul(low, 0x85ebca6b), 0x9e3779b1);
  return mixed ^ (mixed >>> 16);
}
