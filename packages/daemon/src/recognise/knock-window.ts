// The last nine distinct knocks of one source: a sliding window with no notion of a wrong port; eight are a sequence. A
// duplicate (a retransmitted SYN, or one packet captured twice) has the same ports and the same TCP sequence number as one
// before it: docs/protocol.md, "Transport".

import { parseSource, type Source } from '@eightknock/codec';
import type { KnockEvent } from '../packet/knock-event.ts';
import { BURST_BEGINNING, BURST_PAUSE_MS, REMEMBERED_KNOCKS, standApart } from '../packet/stand-apart.ts';
import { TokenBucket } from './token-bucket.ts';

/** Knocks in one sequence. */
export const SEQUENCE_LENGTH = 8;
/** Orders of eight knocks that are tried for one source at once: those of a scan of the whole range. */
export const ORDERS_AT_ONCE = 400;
/** Orders that come back to one source each second. */
export const ORDERS_PER_SECOND = 10;
/**
 * Of all these, orders at once of knocks that do not stand apart, and those that come back each second: docs/decisions/0028.
 * As many come of a scan, or of a client that knocks in the middle of one.
 */
export const CROWDED_ORDERS_AT_ONCE = 200;
export const CROWDED_ORDERS_PER_SECOND = 1;

/** What a knock adds: eight that can be tried, or why there are none. */
export type Added = 'duplicate' | 'waiting' | 'too-slow' | 'eight';

/** The window of one source. */
export class KnockWindow {
  readonly #ports: number[] = [];
  readonly #timesMs: number[] = [];
  /** Ports and sequence numbers of the remembered knocks; the next one takes the place of the oldest. */
  readonly #seen: number[] = [];
  #oldestSeen = 0;
  #sinceReport = 0;
  #burst = 0;
  #orders: TokenBucket | undefined;
  #crowdedOrders: TokenBucket | undefined;
  #recognisedAs: string | undefined;
  readonly #sourceAddress: string;
  #source: Source | undefined;

  /** @param sourceAddress whose window it is */
  constructor(sourceAddress: string) {
    this.#sourceAddress = sourceAddress;
  }

  /** Where the knocks come from: read when it is first asked for, as most sources of a flood never send eight knocks. */
  get source(): Source {
    this.#source ??= parseSource(this.#sourceAddress);
    return this.#source;
  }

  /**
   * Takes a knock.
   * @param timeoutMs within which eight knocks must come
   */
  add(event: KnockEvent, timeoutMs: number): Added {
    if (this.#isDuplicate(event)) return 'duplicate';
    const pauseMs = event.timeMs - (this.#timesMs.at(-1) ?? event.timeMs);
    this.#burst = Math.abs(pauseMs) > BURST_PAUSE_MS ? 1 : this.#burst + 1;
    this.#ports.push(event.destinationPort);
    this.#timesMs.push(event.timeMs);
    if (this.#ports.length > SEQUENCE_LENGTH + 1) {
      this.#ports.shift();
      this.#timesMs.shift();
    }
    this.#sinceReport++;
    if (this.#ports.length < SEQUENCE_LENGTH) return 'waiting';
    return this.#cameWithin(SEQUENCE_LENGTH, timeoutMs) ? 'eight' : 'too-slow';
  }

  /** The last eight ports in the order they came; fewer when there are not as many. */
  get eight(): readonly number[] {
    return this.#ports.slice(-SEQUENCE_LENGTH);
  }

  /** How many knocks are held. */
  get knocks(): number {
    return this.#ports.length;
  }

  /** The last nine ports in order, when there are nine and they came within the time. */
  nine(timeoutMs: number): readonly number[] | undefined {
    const length = SEQUENCE_LENGTH + 1;
    return this.#ports.length === length && this.#cameWithin(length, timeoutMs) ? this.#ports : undefined;
  }

  /** From the first of the last eight knocks to the last, milliseconds. */
  get spanMs(): number {
    return (this.#timesMs.at(-1) ?? 0) - (this.#timesMs.at(-SEQUENCE_LENGTH) ?? 0);
  }

  /** Position of the last knock in its burst, from 1; 0: there is none. See {@link BURST_PAUSE_MS}. */
  get burst(): number {
    return this.#burst;
  }

  /** Whose sequence was recognised from this source the last time; undefined: none. */
  get recognisedAs(): string | undefined {
    return this.#recognisedAs;
  }

  /**
   * Takes from what this source may cost. Knocks of a source that goes on and on, and has used up what it has for that, are tried
   * only where they stand apart, as those of a client do.
   * @param orders how many orders of eight knocks are to be tried on all keys
   * @returns what is used up, in words; undefined: they may be tried
   */
  takeOrders(orders: number, nowMs: number): string | undefined {
    if (!this.#standApart()) {
      this.#crowdedOrders ??= new TokenBucket(CROWDED_ORDERS_PER_SECOND, CROWDED_ORDERS_AT_ONCE);
      if (!this.#crowdedOrders.take(nowMs, orders)) return 'this source without a pause before the knocks';
    }
    this.#orders ??= new TokenBucket(ORDERS_PER_SECOND, ORDERS_AT_ONCE);
    return this.#orders.take(nowMs, orders) ? undefined : 'this source';
  }

  /** Do the last eight knocks stand apart? Or are there no more than nine, of which one may be foreign? */
  #standApart(): boolean {
    // Then the time of the knock before them is not known, or longer ago than any pause in between may be.
    if (this.#burst <= BURST_BEGINNING) return true;
    const times = this.#timesMs;
    const pauseMs = (i: number) => (times[i] as number) - (times[i - 1] as number);
    let longestMs = 0;
    for (let i = 2; i < times.length; i++) longestMs = Math.max(longestMs, Math.abs(pauseMs(i)));
    return standApart(pauseMs(1), longestMs);
  }

  #cameWithin(knocks: number, timeoutMs: number): boolean {
    const spanMs = (this.#timesMs.at(-1) as number) - (this.#timesMs.at(-knocks) as number);
    return spanMs >= 0 && spanMs <= timeoutMs;
  }

  /** Begins anew after a sequence of this client was recognised; duplicates of its knocks are still noticed. */
  clear(client: string): void {
    this.#ports.length = 0;
    this.#timesMs.length = 0;
    this.#sinceReport = 0;
    this.#burst = 0;
    this.#recognisedAs = client;
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
    this.#seen[this.#oldestSeen] = ports;
    this.#seen[this.#oldestSeen + 1] = sequenceNumber;
    this.#oldestSeen = (this.#oldestSeen + 2) % (2 * REMEMBERED_KNOCKS);
    return false;
  }
}
