// Lines of the kernel from systemd's journal for a capture process: journalctl, started when it is wanted and ended with it.

import type { Writable } from 'node:stream';
import type { LineFeed } from './line-feed.ts';
import type { SourceProgram } from './spawn.ts';

/** Feeds the journal. */
export class JournalFeed implements LineFeed {
  readonly #start: () => SourceProgram;
  readonly #isThere: () => boolean;

  /**
   * @param start starts journalctl, see spawn.ts
   * @param isThere whether it can be started
   */
  constructor(start: () => SourceProgram, isThere: () => boolean) {
    this.#start = start;
    this.#isThere = isThere;
  }

  problem(): string | undefined {
    return this.#isThere() ? undefined : 'journalctl is missing';
  }

  attach(sink: Writable, onEnd: (how: string) => void): () => void {
    const program = this.#start();
    program.onExit((how) => onEnd(`journalctl ended: ${how}`));
    program.output.pipe(sink);
    return () => program.kill();
  }

  close(): void {
    // What runs was given to a capture process, and ends with it.
  }
}
