// Lines of a log file for a capture process. Looks every tenth of a second for what was written; a process that does not keep up
// is waited for, and while there is none nothing is read.

import type { Writable } from 'node:stream';
import type { Later } from '../clock.ts';
import { FileFollower, type OpenFile } from './file-follower.ts';
import type { LineFeed } from './line-feed.ts';

/** How often the file is looked at. */
export const LOOK_MS = 100;
/** A rotation takes the name away for a moment; a file that is missing for longer than this, ms, is reported. */
export const MISSING_MS = 5000;

/** What the feed needs of the world. */
export interface FileFeedEdge {
  readonly open: OpenFile;
  readonly after: Later;
  /** Milliseconds; only differences count. Must not step with the clock. */
  nowMs(): number;
}

/** Feeds one file. */
export class FileFeed implements LineFeed {
  readonly #edge: FileFeedEdge;
  readonly #follower: FileFollower;
  #sink: Writable | undefined;
  #cancel: (() => void) | undefined;
  #wellMs: number;

  /** Follows from now on. */
  constructor(path: string, edge: FileFeedEdge) {
    this.#edge = edge;
    this.#follower = new FileFollower(path, edge.open);
    this.#wellMs = this.#follower.problem === undefined ? edge.nowMs() : Number.NEGATIVE_INFINITY;
  }

  problem(): string | undefined {
    // Nobody else looks while nothing is attached. What there is to read is read later.
    if (!this.#sink) this.#follower.look(this.#edge.nowMs());
    const { problem } = this.#follower;
    if (problem === undefined) this.#wellMs = this.#edge.nowMs();
    return this.#edge.nowMs() - this.#wellMs < MISSING_MS ? undefined : problem && `the file ${problem}`;
  }

  attach(sink: Writable): () => void {
    this.#sink = sink;
    this.#turn(sink);
    return () => this.#detach(sink);
  }

  close(): void {
    if (this.#sink) this.#detach(this.#sink);
    this.#follower.close();
  }

  #detach(sink: Writable): void {
    if (this.#sink !== sink) return;
    this.#sink = undefined;
    this.#cancel?.();
  }

  /** One chunk, then everything else has its turn. */
  #turn(sink: Writable): void {
    if (this.#sink !== sink) return;
    const lines = this.#follower.read(this.#edge.nowMs());
    const again = () => this.#turn(sink);
    if (!lines) this.#cancel = this.#edge.after(LOOK_MS, again);
    // A copy: the follower reads the next chunk into the same memory.
    else if (sink.write(Buffer.from(lines))) this.#cancel = this.#edge.after(0, again);
    else sink.once('drain', again);
  }
}
