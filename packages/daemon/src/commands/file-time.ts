// The time of a capture file: a clock and timers that go as its packets do. Pure.

import type { Clock, Later } from '../clock.ts';

/** Timers that one packet may set off, and those that are left at the end: no more are run. */
const MAX_TIMERS = 100_000;

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

/** Starts at 0, and goes on when it is told to; back, too, as clocks may. */
export class FileTime implements Clock {
  #nowMs = 0;
  #timers: Timer[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  /** See `Later` of clock.ts. */
  readonly later: Later = (delayMs, callback) => {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  /** Goes on to a moment; timers that are due by then are called in their order. */
  goTo(timeMs: number): void {
    for (let i = 0; i < MAX_TIMERS; i++) {
      const next = this.#earliest();
      if (!next || next.atMs > timeMs) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#nowMs = next.atMs;
      next.callback();
    }
    this.#nowMs = timeMs;
  }

  #earliest(): Timer | undefined {
    let first = this.#timers[0];
    for (const timer of this.#timers) if (first && timer.atMs < first.atMs) first = timer;
    return first;
  }
}
