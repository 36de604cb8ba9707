// Notices that the machine's clock was set: wall time and monotonic time then no longer agree. A clock that is merely
// slewed by NTP never differs by so much from one look to the next.

import type { Clock } from './clock.ts';

/** A smaller difference between two looks is no step. */
export const MIN_STEP_MS = 1000;

/** Watches one clock against another. */
export class ClockSteps {
  readonly #wall: Clock;
  readonly #monotonicMs: () => number;
  #offsetMs: number;

  /** @param monotonicMs milliseconds of a clock that nobody sets; only differences count */
  constructor(wall: Clock, monotonicMs: () => number) {
    this.#wall = wall;
    this.#monotonicMs = monotonicMs;
    this.#offsetMs = this.#offset();
  }

  /** Looks. @returns by how many milliseconds the clock was set since the last look, forward positive; 0: it was not */
  look(): number {
    const offsetMs = this.#offset();
    const stepMs = Math.round(offsetMs - this.#offsetMs);
    this.#offsetMs = offsetMs;
    return Math.abs(stepMs) < MIN_STEP_MS ? 0 : stepMs;
  }

  #offset(): number {
    return this.#wall.nowMs() - this.#monotonicMs();
  }
}
