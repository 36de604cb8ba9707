// Bytes between a connection and a pair of streams, both ways, until both ways have ended. Each end is passed on: what
// ends on one side is ended on the other, and the opposite way goes on. Holds back a writer that is faster than its reader.

import type { Duplex, Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** The side of this machine. */
export interface LocalStreams {
  /** What is to be sent; its end becomes a FIN. */
  readonly input: Readable;
  /** Where what comes is written; it is ended when the FIN has come. */
  readonly output: Writable;
}

/**
 * How it ended. `done`: both ways came to their end · `unread`: nobody reads `output` any more · otherwise the code of
 * the system's error, for instance ECONNRESET.
 */
export type CarryEnd = 'done' | 'unread' | { readonly code: string };

/**
 * Carries until it has ended; all streams are closed then.
 * @param signal ends it at once
 * @throws the reason of `signal` when that was aborted
 */
export async function carry(connection: Duplex, streams: LocalStreams, signal?: AbortSignal): Promise<CarryEnd> {
  const { input, output } = streams;
  let end: CarryEnd | undefined;
  let hasEnded = false;
  const fail = (failed: CarryEnd) => {
    end ??= failed;
    for (const stream of [connection, input, output]) stream.destroy();
  };
  // A server that has said all and then refuses what is still sent has closed, as programs do: that is no failure.
  connection.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => fail(hasEnded ? 'done' : { code }));
  output.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => fail(code === 'EPIPE' ? 'unread' : { code }));
  input.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => fail({ code }));
  const stop = () => fail('done');
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  const there = pipeline(input, connection);
  const back = pipeline(connection, output).then(() => {
    hasEnded = true;
  });
  const results = await Promise.allSettled([there, back]);
  signal?.removeEventListener('abort', stop);
  connection.destroy();
  signal?.throwIfAborted();
  const failed = results.find((result) => result.status === 'rejected');
  return end ?? (failed ? { code: (failed.reason as NodeJS.ErrnoException).code ?? 'unknown' } : 'done');
}
