// Tries other orders of the knocks of one source after the plain one fitted nothing: docs/protocol.md, "Tolerance". Every
// try costs the decryptions of seven plain ones, so it is made only early in a burst of knocks, and under two budgets.

import type { DecodedSequence, SequenceDecoder } from '@eightknock/codec';
import { ARRANGEMENTS_PER_FAULT, unswapped, withoutOne } from './arrangements.ts';
import type { KnockWindow } from './knock-window.ts';
import type { Trace } from './recogniser.ts';
import { TokenBucket } from './token-bucket.ts';

/** From the seventeenth knock on, a source that makes no pause is given no tries: it scans or floods. */
export const BURST_KNOCKS = 16;
/** Decryptions a second for all sources together; as many at once. */
export const DECRYPTS_PER_SECOND = 300_000;
/** As many more for sources whose sequence was recognised before: a flood of strangers does not use these up. */
export const RESERVED_DECRYPTS_PER_SECOND = 100_000;

/** What is tried: whose knocks, and what they are. */
export interface TolerantTry {
  readonly window: KnockWindow;
  /** The last eight ports, in the order they came. */
  readonly eight: readonly number[];
  readonly timeoutMs: number;
}

/** What tries them. */
export type ArrangementDecoder = Pick<SequenceDecoder, 'decodeProven' | 'decryptsPerArrangement'>;

/** The budget of all sources, and the tries. */
export class Tolerance {
  readonly #decrypts = new TokenBucket(DECRYPTS_PER_SECOND, DECRYPTS_PER_SECOND);
  readonly #reserved = new TokenBucket(RESERVED_DECRYPTS_PER_SECOND, RESERVED_DECRYPTS_PER_SECOND);
  #refused = 0;

  /** Tries that were not made as a budget was used up. */
  get refused(): number {
    return this.#refused;
  }

  /** Tries the other orders. @returns what fits, proven by its address */
  try(
    { window, eight, timeoutMs }: TolerantTry,
    decoder: ArrangementDecoder,
    nowMs: number,
    trace?: Trace,
  ): DecodedSequence | undefined {
    // What a source knocked before its last pause is another attempt: with it no order is tried.
    if (window.burst < eight.length || window.burst > BURST_KNOCKS) return undefined;
    const nine = window.burst > eight.length ? window.nine(timeoutMs) : undefined;
    const faults = [['swapped', unswapped(eight)] as const, ['one foreign', nine && withoutOne(nine)] as const];
    for (const [fault, arrangements] of faults) {
      if (!arrangements) continue;
      if (!this.#mayTry(window, decoder, nowMs, trace)) return undefined;
      const found = decoder.decodeProven(arrangements, window.source, nowMs / 1000);
      trace?.('arrangement', found ? { fault, fits: true, knock: found.arrangement + 1 } : { fault, fits: false });
      if (found) return found.decoded;
    }
    return undefined;
  }

  #mayTry(window: KnockWindow, decoder: ArrangementDecoder, nowMs: number, trace?: Trace): boolean {
    const cost = ARRANGEMENTS_PER_FAULT * decoder.decryptsPerArrangement;
    const may = () => take(this.#decrypts, DECRYPTS_PER_SECOND, cost, nowMs);
    const mayAsKnown = () =>
      window.recognisedAs !== undefined && take(this.#reserved, RESERVED_DECRYPTS_PER_SECOND, cost, nowMs);
    const ofSource = window.takeOrders(ARRANGEMENTS_PER_FAULT, nowMs);
    const usedUp = ofSource ?? (may() || mayAsKnown() ? undefined : 'all sources');
    if (usedUp === undefined) return true;
    this.#refused++;
    trace?.('budget', { of: usedUp });
    return false;
  }
}

/** A try that costs more than the bucket holds, as there are many clients, takes a full one. */
function take(bucket: TokenBucket, holds: number, cost: number, nowMs: number): boolean {
  return bucket.take(nowMs, Math.min(cost, holds));
}
