// Reads a stream in portions, so that whoever writes it as fast as it can does not keep the event loop for itself: after
// each portion everything else has its turn. What is not read waits in the pipe, and its writer with it.

import type { Readable } from 'node:stream';

/**
 * Gives the stream's chunks.
 * @param most bytes in one turn of the event loop; the chunk with which they are reached is still given
 * @returns how to stop reading for good
 */
export function readPaced(stream: Readable, most: number, onChunk: (chunk: Buffer) => void): () => void {
  let bytes = 0;
  let scheduled = false;
  let stopped = false;
  const nextTurn = () => {
    scheduled = false;
    bytes = 0;
    if (!stopped) stream.resume();
  };
  stream.on('data', (chunk: Buffer) => {
    if (stopped) return;
    bytes += chunk.length;
    if (bytes >= most) stream.pause();
    if (!scheduled) {
      scheduled = true;
      setImmediate(nextTurn);
    }
    onChunk(chunk);
  });
  // A broken pipe ends the process at its other end too; its exit tells.
  stream.on('error', () => {});
  return () => {
    stopped = true;
    stream.pause();
  };
}
