// The sign of life of the capture process, and with it what was dropped since the last one. Driven by a timer and by the
// packets: during a flood cap may not return to the event loop, and no timer would come round.

import type { ChildStatus, DropReason } from './status.ts';

/** The daemon takes five of these without a sign for death. */
export const BEAT_MS = 1000;

/** Says `alive` at most once in {@link BEAT_MS}. */
export class Heartbeat {
  readonly #say: (status: ChildStatus) => void;
  readonly #kernelDrops: () => number;
  readonly #drops = new Map<DropReason, number>();
  #beatenMs = Number.NEGATIVE_INFINITY;

  /** @param kernelDrops packets the kernel dropped since this was last asked */
  constructor(say: (status: ChildStatus) => void, kernelDrops: () => number) {
    this.#say = say;
    this.#kernelDrops = kernelDrops;
  }

  /** Counts a packet that is no knock. */
  drop(reason: DropReason, count = 1): void {
    this.#drops.set(reason, (this.#drops.get(reason) ?? 0) + count);
  }

  /** To be called for every packet, and by a timer. A clock that was set back makes it beat at once. */
  passTime(nowMs: number): void {
    if (nowMs - this.#beatenMs < BEAT_MS && nowMs >= this.#beatenMs) return;
    this.#beatenMs = nowMs;
    const inKernel = this.#kernelDrops();
    if (inKernel > 0) this.drop('kernel', inKernel);
    this.#say({ state: 'alive', dropped: Object.fromEntries(this.#drops) });
    this.#drops.clear();
  }
}
