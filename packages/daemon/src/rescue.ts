// A way back in before the first guard: the guard lapses unless somebody who can still get in confirms it in time. The
// kernel lifts it (FirewallPlan.guardMs), so that a daemon that died locks nobody out.

import type { Later } from './clock.ts';

/** Minutes of a rescue, at most. */
export const MAX_RESCUE_MINUTES = 60;

/** One `run --rescue`. */
export class Rescue {
  readonly #nowMs: () => number;
  readonly #endMs: number;
  readonly #cancel: () => void;
  #pending = true;

  /**
   * Begins.
   * @param minutes 1–60
   * @param nowMs milliseconds of a clock that nobody sets
   * @param onLapsed called once, when nobody confirmed
   */
  constructor(minutes: number, nowMs: () => number, after: Later, onLapsed: () => void) {
    this.#nowMs = nowMs;
    this.#endMs = nowMs() + minutes * 60_000;
    this.#cancel = after(minutes * 60_000, () => {
      this.#pending = false;
      onLapsed();
    });
  }

  /** How long the guard still stands, 1 or more; undefined when it stays. */
  remainingMs(): number | undefined {
    return this.#pending ? Math.max(1, Math.round(this.#endMs - this.#nowMs())) : undefined;
  }

  /** The guard stays. @returns false when that was decided already */
  confirm(): boolean {
    if (!this.#pending) return false;
    this.#pending = false;
    this.#cancel();
    return true;
  }

  /** The daemon ends: what becomes of the guard is the kernel's. */
  stop(): void {
    this.#cancel();
  }
}
