// Where lines of the log go: to a descriptor whose reader may stand still, such as a terminal after Ctrl-S, or a pipe that nobody
// empties. Nothing waits for it: lines are kept until there is room again, and what is too much is counted. Bounded.

import type { Later } from './clock.ts';

/** Text that waits; lines beyond that are lost. */
export const MAX_WAITING_BYTES = 1024 * 1024;
/** So much is written at once: a pipe that is ready takes it whole (pipe(7), PIPE_BUF). */
const PIECE_BYTES = 4096;
const TRY_AGAIN_MS = 50;

/** What it needs of the world. */
export interface LogOutputEdge {
  /** Is there room, or an error that writing would tell? */
  isReady(): boolean;
  /** @returns how many bytes were written @throws Error as `fs.writeSync` does */
  write(bytes: Uint8Array): number;
  /** Must not keep a process alive that is done. */
  readonly later: Later;
  /** So many lines were lost; told when lines can be written again. */
  onLost(lines: number): void;
}

/** See the head of this file. */
export class LogOutput {
  readonly #edge: LogOutputEdge;
  readonly #waiting: Buffer[] = [];
  #bytes = 0;
  #lost = 0;
  #isLater = false;

  constructor(edge: LogOutputEdge) {
    this.#edge = edge;
  }

  /** Takes a line. Never throws, never waits: one that cannot be written (a full disk, a reader that went away) is lost. */
  write(line: string): void {
    const bytes = Buffer.from(line);
    if (this.#bytes + bytes.length > MAX_WAITING_BYTES) {
      this.#lost++;
      return;
    }
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    if (!this.#isLater) this.#drain();
  }

  #drain(): void {
    let isTaken = false;
    for (let line = this.#waiting.shift(); line; line = this.#waiting.shift()) {
      const rest = this.#writeSome(line);
      this.#bytes -= line.length - (rest?.length ?? 0);
      isTaken = rest?.length === 0;
      if (rest === undefined) this.#lost++;
      else if (rest.length > 0) {
        this.#waiting.unshift(rest);
        this.#tryLater();
        return;
      }
    }
    if (!isTaken || this.#lost === 0) return;
    const lost = this.#lost;
    this.#lost = 0;
    this.#edge.onLost(lost);
  }

  /** @returns what there was no room for; undefined: it cannot be written */
  #writeSome(line: Buffer): Buffer | undefined {
    let at = 0;
    try {
      while (at < line.length && this.#edge.isReady()) at += this.#edge.write(line.subarray(at, at + PIECE_BYTES));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return undefined;
    }
    return line.subarray(at);
  }

  #tryLater(): void {
    this.#isLater = true;
    this.#edge.later(TRY_AGAIN_MS, () => {
      this.#isLater = false;
      this.#drain();
    });
  }
}
