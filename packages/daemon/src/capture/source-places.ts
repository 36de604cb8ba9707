// Where what is known of a source lies: a table of fixed size in one typed array. When it is full, the source seen longest ago
// gives its place, of the eight among which a hash puts it. Memory that was not touched lately is what costs time in a flood: so
// all of one source lies together. Pure.

import { word } from './source-prefix.ts';
import { TabulationHash } from './tabulation-hash.ts';

/** Places in which one source may be found. */
const WAYS = 8;
/** Its address as four words, then which of all that were looked for it was the last time. */
const KEY_WORDS = 4;
const TICK = 4;
/** What the owner keeps of a source begins behind that. */
export const OWN_WORDS = 5;

/** How a table begins. */
export interface SourcePlacesOptions {
  /** How many sources it holds: a power of two, 8 or more. */
  readonly places: number;
  /** Words of 32 bits that the owner keeps of each. */
  readonly ownWords: number;
  /** Any 32-bit number that strangers do not know: they must not choose whom they push out. */
  readonly seed: number;
  /** The source of this place is forgotten, another one will have it: what the owner keeps is still as it was. */
  readonly onForgotten: (place: number) => void;
}

/** The table. */
export class SourcePlaces {
  /** Of all sources; what the owner keeps of one begins at `place * width + OWN_WORDS`. */
  readonly words: Uint32Array;
  readonly width: number;
  readonly #lastSet: number;
  readonly #hash: TabulationHash;
  readonly #onForgotten: (place: number) => void;
  readonly #key = new Uint32Array(KEY_WORDS);
  #tick = 0;

  constructor({ places, ownWords, seed, onForgotten }: SourcePlacesOptions) {
    this.width = OWN_WORDS + ownWords;
    this.words = new Uint32Array(places * this.width);
    this.#lastSet = places / WAYS - 1;
    this.#hash = new TabulationHash(seed);
    this.#onForgotten = onForgotten;
  }

  /** The place of a source, which is the one seen last from now on; when it is new, that of the one seen longest ago. */
  find(source: Uint8Array): number {
    const { words, width } = this;
    const place = this.#placeOf(source);
    words[place * width + TICK] = this.#nextTick();
    return place;
  }

  #placeOf(source: Uint8Array): number {
    const { words, width } = this;
    const key = this.#key;
    readKey(source, key);
    const first = (this.#hash.of(key) & this.#lastSet) * WAYS;
    let oldest = first;
    for (let place = first; place < first + WAYS; place++) {
      const at = place * width;
      if (words[at + 3] === key[3] && words[at + 2] === key[2] && words[at + 1] === key[1] && words[at] === key[0]) {
        return place;
      }
      if (this.#tickOf(place) < this.#tickOf(oldest)) oldest = place;
    }
    this.#onForgotten(oldest);
    for (let i = 0; i < KEY_WORDS; i++) words[oldest * width + i] = key[i] as number;
    return oldest;
  }

  #tickOf(place: number): number {
    return this.words[place * this.width + TICK] as number;
  }

  /** 0 is "never". When all 32 bits are used up, all sources are equally old once. */
  #nextTick(): number {
    this.#tick = (this.#tick + 1) >>> 0;
    if (this.#tick === 0) {
      for (let at = TICK; at < this.words.length; at += this.width) this.words[at] = 0;
      this.#tick = 1;
    }
    return this.#tick;
  }
}

/** An address as four words: IPv4 as IPv4-mapped (RFC 4291, 2.5.5.2), which no IPv6 source is (packet/ip.ts). */
function readKey(source: Uint8Array, into: Uint32Array): void {
  const isIpv4 = source.length === 4;
  into[0] = isIpv4 ? 0 : word(source, 0);
  into[1] = isIpv4 ? 0 : word(source, 4);
  into[2] = isIpv4 ? 0xffff : word(source, 8);
  into[3] = word(source, source.length - 4);
}
