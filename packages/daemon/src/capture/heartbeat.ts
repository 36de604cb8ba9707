// The sign of life of the capture process, and with it what was dropped since the last one. Driven by a timer and by the
// packets: during a flood cap may not return to the event loop, and no timer would come round.

import type { ChildStatus, DropReason, ShedStatus } from './status.ts';

/** The daemon takes five of these without a sign for death. */
export const BEAT_MS = 1000;

/** Says `alive` at most once in {@link BEAT_MS}. */
export class Heartbeat {
  readonly #say: (status: ChildStatus) => void;
  readonly #shed: () => ShedStatus;
  readonly #drops = new Map<DropReason, number>();
  #beatenMs = Number.NEGATIVE_INFINITY;

  /** @param shed how load is shed now */
  constructor(say: (status: ChildStatus) => void, shed: () => ShedStatus) {
    this.#say = say;
    this.#shed = shed;
  }

  /** Counts packets that were no knock, or were lost. */
  drop(reason: DropReason, count = 1): void {
    this.#drops.set(reason, (this.#drops.get(reason) ?? 0) + count);
  }

  /** To be called for every packet, and by a timer. A clock that was set back makes it beat at once. */
  passTime(nowMs: number): void {
    if (nowMs - this.#beatenMs < BEAT_MS && nowMs >= this.#beatenMs) return;
    this.#beatenMs = nowMs;
    this.#say({ state: 'alive', dropped: Object.fromEntries(this.#drops), ...this.#shed() });
    this.#drops.clear();
  }
}
