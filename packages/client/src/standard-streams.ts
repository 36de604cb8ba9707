// Standard input and output as plain streams of bytes, for a program that only passes them on. Unlike process.stdout,
// which never closes its descriptor, this output can be closed: so its reader learns of the end.

import { closeSync, createWriteStream, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { devNull } from 'node:os';
import type { LocalStreams } from './carry.ts';

const STDOUT = 1;

/** Takes both streams; from now on nothing else may be written to standard output, and nothing be read from input. */
export function takeStandardStreams(): LocalStreams {
  const status = fstatSync(STDOUT);
  const { stdin: input } = process;
  // Nothing waits for the end of a file or a terminal.
  if (!status.isFIFO() && !status.isSocket()) {
    return { input, output: createWriteStream('', { fd: STDOUT, autoClose: false }) };
  }
  const output = new Socket({ fd: STDOUT, readable: false, writable: true });
  output.on('close', closeStdout);
  return { input, output };
}

/**
 * libuv closes none of the descriptors 0 to 2. That holds for whatever has such a number: another file takes this one's
 * at once, or it would be a socket's that is opened later and could never be closed.
 */
function closeStdout(): void {
  closeSync(STDOUT);
  openSync(devNull, 'w');
}
