// In which portions packets are read. What wakes the process costs more than the packet that it is woken for, so while many
// come it rests a moment between two turns, and finds more of them waiting. The clocks are read once for many packets.
// A turn: from the first packet until the event loop comes round, when all that waited have been read.

/** Packets that are taken to come at the same time. */
export const PACKETS_PER_LOOK = 32;
/** How long a rest is; the smallest ring has room for the packets that come meanwhile, at 300,000 a second. */
export const REST_MS = 0.5;

/** What it needs of the world. */
export interface TurnEdge {
  /** Calls back when the packets at hand have been read. */
  soon(callback: () => void): void;
  /** Milliseconds of a clock that does not step. */
  nowMs(): number;
  /** Stands still for `ms` milliseconds. */
  rest(ms: number): void;
}

/** Counts packets, and rests. */
export class PacketTurns {
  readonly #edge: TurnEdge;
  #left = 0;
  #isOpen = false;
  #beganMs = 0;
  #endedMs = Number.NEGATIVE_INFINITY;

  constructor(edge: TurnEdge) {
    this.#edge = edge;
  }

  /** To be called for each packet. @returns whether the clocks are to be read */
  next(): boolean {
    if (this.#left > 0) {
      this.#left--;
      return false;
    }
    this.#left = PACKETS_PER_LOOK - 1;
    if (!this.#isOpen) this.#open();
    return true;
  }

  #open(): void {
    this.#isOpen = true;
    this.#beganMs = this.#edge.nowMs();
    this.#edge.soon(this.#end);
  }

  /** What began so soon after the last turn would go on packet by packet. */
  readonly #end = (): void => {
    this.#isOpen = false;
    this.#left = 0;
    if (this.#beganMs - this.#endedMs < REST_MS) this.#edge.rest(REST_MS);
    this.#endedMs = this.#edge.nowMs();
  };
}
