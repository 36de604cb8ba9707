// Time as a thing that is handed in, so that the loop that waits is tested without waiting.

import { setTimeout as sleep } from 'node:timers/promises';

/** The time of day, a stopwatch, and waiting. */
export interface Clock {
  /** Milliseconds since 1970-01-01 UTC: which window it is. */
  unixMs(): number;
  /** Milliseconds since some moment in the past; never goes back when the clock is set. */
  elapsedMs(): number;
  /** Waits; 0 or less: not at all. Ends early, and without an error, when `signal` is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of this machine. */
export const systemClock: Clock = {
  unixMs: () => Date.now(),
  elapsedMs: () => performance.now(),
  sleep: async (milliseconds, signal) => {
    if (milliseconds <= 0) return;
    await sleep(milliseconds, undefined, signal && { signal }).catch((error: unknown) => {
      if (!signal?.aborted) throw error;
    });
  },
};
