// A door that is to stay open is knocked at again before its time runs out. Clock and knock are handed in; when to knock
// is counted from the knock before, so that nothing adds up.

import type { Clock } from './clock.ts';

/** The part of the time after which it knocks again: two renewals fall within each time, so that one may get lost. */
const RENEW_AFTER = 2 / 5;
/** How long after a renewal that failed it tries again. */
const RETRY_MS = 5000;
/** The longest pause between two looks at the clocks: while a machine is suspended, its timers stand still. */
const SLICE_MS = 5000;

/** What the loop works with. */
export interface RenewParts {
  readonly clock: Clock;
  /** For how long each knock opens, 1–254. */
  readonly minutes: number;
  /** Sends a sequence. */
  readonly knock: () => Promise<void>;
  /** Called when `knock` throws, each time. */
  readonly onFailure: (error: unknown) => void;
  /** Called when `knock` works again after it had failed. */
  readonly onRecovery: () => void;
  /** Ends it. A knock that has begun is finished. */
  readonly signal: AbortSignal;
}

/** A moment on both clocks. */
interface Moment {
  readonly elapsedMs: number;
  readonly unixMs: number;
}

/**
 * How long it is until something is due.
 * @param since the moment from which `waitMs` are counted
 * @returns milliseconds, 0 or less when it is due. The clock that has gone further counts: the stopwatch may stand still
 *   while the machine sleeps, the time of day may be set back.
 */
export function remainingMs(since: Moment, now: Moment, waitMs: number): number {
  return waitMs - Math.max(now.elapsedMs - since.elapsedMs, now.unixMs - since.unixMs);
}

/**
 * Renews until `signal` is aborted; the door was opened just now. Never throws. What is open without limit is left alone: without a
 * pause between them, renewals would be a flood.
 */
export async function renewUntil(parts: RenewParts): Promise<void> {
  const { clock, minutes, knock, onFailure, onRecovery, signal } = parts;
  if (!(minutes >= 1)) return;
  const now = (): Moment => ({ elapsedMs: clock.elapsedMs(), unixMs: clock.unixMs() });
  const periodMs = minutes * 60_000 * RENEW_AFTER;
  let since = now();
  let hasFailed = false;
  for (;;) {
    const waitMs = hasFailed ? RETRY_MS : periodMs;
    for (let rest = waitMs; rest > 0 && !signal.aborted; rest = remainingMs(since, now(), waitMs)) {
      await clock.sleep(Math.min(rest, SLICE_MS), signal);
    }
    if (signal.aborted) return;
    since = now();
    try {
      await knock();
      if (hasFailed) onRecovery();
      hasFailed = false;
    } catch (error) {
      onFailure(error);
      hasFailed = true;
    }
  }
}
