// Where lines come from, and how they get to the capture process that reads them: it is given bytes, so that it needs no
// right to open anything.

import type { Writable } from 'node:stream';

/** A source of lines. */
export interface LineFeed {
  /** Why there is nothing to read now, a sentence; undefined: there is. Asked every half second. */
  problem(): string | undefined;
  /**
   * Gives the bytes to a capture process, as fast as it takes them; one at a time.
   * @param onEnd called once when the source has ended by itself
   * @returns how to stop
   * @throws Error when it cannot begin
   */
  attach(sink: Writable, onEnd: (how: string) => void): () => void;
  /** No more is wanted. */
  close(): void;
}
