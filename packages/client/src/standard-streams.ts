// Standard input and output as plain streams of bytes, for a program that only passes them on. Unlike process.stdout,
// which never closes its descriptor, this output can be closed: so its reader learns of the end.

import { createWriteStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { LocalStreams } from './carry.ts';

const STDOUT = 1;

/** Takes both streams; from now on nothing else may be written to standard output, and nothing be read from input. */
export function takeStandardStreams(): LocalStreams {
  const status = fstatSync(STDOUT);
  const isPipe = status.isFIFO() || status.isSocket();
  // A pipe is written to without blocking the other direction; for a file or a terminal there is no such thing.
  const output = isPipe
    ? new Socket({ fd: STDOUT, readable: false, writable: true })
    : createWriteStream('', { fd: STDOUT });
  return { input: process.stdin, output };
}
