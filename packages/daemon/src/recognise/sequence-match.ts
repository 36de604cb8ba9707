// Have the knocks of one source been the sequence? Two ways to see it. `strict`: the last ones, on ports of the sequence,
// are it. `tolerant`: they are among all that came, in their order. Either within the time. Pure, bounded by its length.

import type { TransportPort } from '@eightknock/codec';
import type { KnockEvent } from '../packet/knock-event.ts';

/** What is remembered of one source. */
export interface SequenceMatch {
  /** Takes a knock on a port of the sequence. @returns whether the sequence is complete with it; then it begins anew */
  add(knock: Pick<KnockEvent, 'protocol' | 'destinationPort' | 'timeMs'>): boolean;
  /** With the last knock, how many of the sequence have come; 0: it was none of them, or has completed it. */
  readonly stage: number;
}

/** A number for a port of a protocol. */
export function portKey(protocol: TransportPort['protocol'], port: number): number {
  return protocol === 'tcp' ? port : 0x10000 + port;
}

/** @param keys the sequence, as {@link portKey} */
export function startMatch(order: 'strict' | 'tolerant', keys: readonly number[], timeoutMs: number): SequenceMatch {
  return order === 'strict' ? new StrictMatch(keys, timeoutMs) : new TolerantMatch(keys, timeoutMs);
}

class StrictMatch implements SequenceMatch {
  readonly #keys: readonly number[];
  readonly #timeoutMs: number;
  readonly #last: number[] = [];
  readonly #timesMs: number[] = [];

  constructor(keys: readonly number[], timeoutMs: number) {
    this.#keys = keys;
    this.#timeoutMs = timeoutMs;
  }

  add({ protocol, destinationPort, timeMs }: KnockEvent): boolean {
    this.#last.push(portKey(protocol, destinationPort));
    this.#timesMs.push(timeMs);
    if (this.#last.length > this.#keys.length) {
      this.#last.shift();
      this.#timesMs.shift();
    }
    if (this.#last.length < this.#keys.length || !this.#keys.every((key, i) => key === this.#last[i])) return false;
    if (!isWithin(this.#timesMs[0] as number, timeMs, this.#timeoutMs)) return false;
    this.#last.length = 0;
    this.#timesMs.length = 0;
    return true;
  }

  /** The most knocks at the end that are those at the beginning of the sequence. */
  get stage(): number {
    for (let stage = Math.min(this.#last.length, this.#keys.length - 1); stage > 0; stage--) {
      const from = this.#last.length - stage;
      if (!isWithin(this.#timesMs[from] as number, this.#timesMs.at(-1) as number, this.#timeoutMs)) continue;
      if (this.#keys.slice(0, stage).every((key, i) => key === this.#last[from + i])) return stage;
    }
    return 0;
  }
}

class TolerantMatch implements SequenceMatch {
  readonly #keys: readonly number[];
  readonly #timeoutMs: number;
  /** When the latest beginning of so many knocks of the sequence was. */
  readonly #beganMs: number[];
  #stage = 0;

  constructor(keys: readonly number[], timeoutMs: number) {
    this.#keys = keys;
    this.#timeoutMs = timeoutMs;
    this.#beganMs = keys.map(() => Number.NEGATIVE_INFINITY);
  }

  add({ protocol, destinationPort, timeMs }: KnockEvent): boolean {
    const key = portKey(protocol, destinationPort);
    this.#stage = 0;
    // From the end, so that one knock is not taken for two.
    for (let i = this.#keys.length - 1; i >= 0; i--) {
      if (this.#keys[i] !== key) continue;
      const beganMs = i === 0 ? timeMs : (this.#beganMs[i - 1] as number);
      if (!isWithin(beganMs, timeMs, this.#timeoutMs)) continue;
      const beforeMs = this.#beganMs[i] as number;
      // What begins in the future was before the clock was set back.
      this.#beganMs[i] = beforeMs > timeMs ? beganMs : Math.max(beganMs, beforeMs);
      this.#stage = Math.max(this.#stage, i + 1);
    }
    if (key !== this.#keys.at(-1)) return false;
    if (!isWithin(this.#beganMs.at(-1) as number, timeMs, this.#timeoutMs)) return false;
    this.#beganMs.fill(Number.NEGATIVE_INFINITY);
    this.#stage = 0;
    return true;
  }

  get stage(): number {
    return this.#stage;
  }
}

function isWithin(fromMs: number, toMs: number, timeoutMs: number): boolean {
  return toMs - fromMs >= 0 && toMs - fromMs <= timeoutMs;
}
