// Timers that go off when a test says so.

import type { Later } from '#src/clock.js';

/** Timers by their delay. */
export class FakeTimers {
  readonly #waiting = new Set<{ readonly delayMs: number; readonly callback: () => void }>();

  readonly after: Later = (delayMs, callback) => {
    const timer = { delayMs, callback };
    this.#waiting.add(timer);
    return () => void this.#waiting.delete(timer);
  };

  /** How many wait for that delay. */
  count(delayMs: number): number {
    return [...this.#waiting].filter((timer) => timer.delayMs === delayMs).length;
  }

  /** Lets all of that delay go off. */
  fire(delayMs: number): void {
    for (const timer of [...this.#waiting].filter((waiting) => waiting.delayMs === delayMs)) {
      this.#waiting.delete(timer);
      timer.callback();
    }
  }
}
