// The last eight distinct knocks of one source: a sliding window with no notion of a wrong port. A duplicate (a
// retransmitted SYN, or one packet captured twice) has the same ports and the same TCP sequence number as one before it:
// docs/protocol.md, "Transport".

import type { KnockEvent } from '../packet/knock-event.ts';

/** Knocks in one sequence. */
export const SEQUENCE_LENGTH = 8;
/** A duplicate of any of the last sixteen knocks is noticed, also when a new sequence has begun since. */
const REMEMBERED = 16;

/** What a knock adds: the last eight ports in order, or why there are none to try. */
export type Added = 'duplicate' | 'waiting' | 'too-slow' | readonly number[];

/** The window of one source. */
export class KnockWindow {
  readonly #ports: number[] = [];
  readonly #timesMs: number[] = [];
  readonly #seen: number[] = [];
  #sinceReport = 0;

  /**
   * Takes a knock.
   * @returns the last eight ports in order when they came within the time
   */
  add(event: KnockEvent, timeoutMs: number): Added {
    if (this.#isDuplicate(event)) return 'duplicate';
    this.#ports.push(event.destinationPort);
    this.#timesMs.push(event.timeMs);
    if (this.#ports.length > SEQUENCE_LENGTH) {
      this.#ports.shift();
      this.#timesMs.shift();
    }
    this.#sinceReport++;
    if (this.#ports.length < SEQUENCE_LENGTH) return 'waiting';
    const span = event.timeMs - (this.#timesMs[0] as number);
    return span >= 0 && span <= timeoutMs ? this.#ports : 'too-slow';
  }

  /** How many knocks are held. */
  get knocks(): number {
    return this.#ports.length;
  }

  /** Begins anew after a sequence was recognised; duplicates of its knocks are still noticed. */
  clear(): void {
    this.#ports.length = 0;
    this.#timesMs.length = 0;
    this.#sinceReport = 0;
  }

  /** Is it time to report that nothing fits? Once for eight knocks, not for each position of the window. */
  shouldReport(): boolean {
    if (this.#sinceReport < SEQUENCE_LENGTH) return false;
    this.#sinceReport = 0;
    return true;
  }

  #isDuplicate({ sourcePort, destinationPort, protocol, sequenceNumber }: KnockEvent): boolean {
    const ports = (protocol === 'tcp' ? 0 : 0x100000000) + sourcePort * 0x10000 + destinationPort;
    for (let i = 0; i < this.#seen.length; i += 2) {
      if (this.#seen[i] === ports && this.#seen[i + 1] === sequenceNumber) return true;
    }
    this.#seen.push(ports, sequenceNumber);
    if (this.#seen.length > 2 * REMEMBERED) this.#seen.splice(0, 2);
    return false;
  }
}
