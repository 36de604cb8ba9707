// Sheds load in the capture process: looks at the kernel's counts, asks load-shedding.ts, and changes the program in the
// kernel. Driven by packets and by a timer, as during a flood no timer may come round. Where the kernel cannot do it, losses
// are counted all the same.

import type { LoadShedding } from './load-shedding.ts';
import type { RingCounts } from './packet-sockets.ts';
import type { Shedding } from './shed-filter.ts';
import type { ShedStatus } from './status.ts';

/** How losses are counted, and load can be shed. */
export interface SheddingEdge {
  /** What the kernel counted since this was last asked. */
  counts(): RingCounts;
  /** Has the kernel shed; absent where it cannot. @throws Error when the kernel refuses */
  readonly attach?: (shedding: Shedding) => void;
}

/** What it needs of the world. */
export interface ShedderEdge extends SheddingEdge {
  onLost(packets: number): void;
  /** Knocks for which the daemon had no time since this was last asked: as good as lost. */
  overload(): number;
}

/** Connects the decision with the kernel. */
export class Shedder {
  readonly #decision: LoadShedding;
  readonly #edge: ShedderEdge;
  /** What the kernel has not been told yet. */
  #wanted: Shedding | undefined;

  constructor(decision: LoadShedding, edge: ShedderEdge) {
    this.#decision = decision;
    this.#edge = edge;
  }

  /** To be called for every packet, and by a timer. @param nowMs of a clock that does not step */
  passTime(nowMs: number): void {
    if (!this.#decision.isDue(nowMs)) return;
    const counts = this.#edge.counts();
    if (counts.dropped > 0) this.#edge.onLost(counts.dropped);
    const { attach } = this.#edge;
    if (!attach) return;
    const lost = Math.min(counts.received, counts.dropped + this.#edge.overload());
    const shedding = this.#decision.look(nowMs, { ...counts, dropped: lost });
    if (shedding) this.#wanted = shedding;
    if (!this.#wanted) return;
    try {
      attach(this.#wanted);
      this.#wanted = undefined;
    } catch {
      // The kernel lacks memory: the program that it has stays, and the next look tries again.
    }
  }

  /** How it stands. */
  status(nowMs: number): ShedStatus {
    const { passing } = this.#decision;
    return passing === undefined ? {} : { passing, blocked: this.#decision.blockedCount(nowMs) };
  }
}
