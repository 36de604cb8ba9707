// Standard output, written to without ever waiting for its reader. Node's own writing waits, where standard output is a pipe or a file.

import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { loadLibrary } from './library.ts';

const STANDARD_OUTPUT = 1;
/** poll(2): POLLOUT; struct pollfd is the descriptor, 4 bytes, what is asked and what is so, 2 bytes each. */
const POLLOUT = 4;
const POLLFD_BYTES = 8;
const EVENTS_AT = 4;

/** See {@link openStandardOutput}. */
export interface StandardOutput {
  /** Would a write of 4,096 bytes return at once, with an error or without? */
  isReady(): boolean;
  /** @returns how many bytes were written @throws Error as `fs.writeSync` does, EAGAIN among them */
  write(bytes: Uint8Array): number;
}

/** Opens it. @throws Error when the C library cannot be called */
export function openStandardOutput(): StandardOutput {
  const poll = loadLibrary(null).func('int poll(void *fds, unsigned long count, int timeout)');
  const fd = withoutWaiting();
  const asked = new ArrayBuffer(POLLFD_BYTES);
  new Int32Array(asked, 0, 1)[0] = fd;
  new Int16Array(asked, EVENTS_AT, 1)[0] = POLLOUT;
  const pollfd = new Uint8Array(asked);
  return {
    // -1: interrupted, or out of memory; then writing tells.
    isReady: () => poll(pollfd, 1, 0) !== 0,
    write: (bytes) => writeSync(fd, bytes),
  };
}

/**
 * A terminal that has room for one byte says it is ready, and a longer write waits for the rest. So terminals and pipes are opened once
 * more: not to wait is a property of what was opened, and that of others, such as the shell, stays as it is. A file would begin at its
 * beginning, and of a socket there is no opening: these have what poll(2) says.
 */
function withoutWaiting(): number {
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = constants;
  try {
    const about = fstatSync(STANDARD_OUTPUT);
    if (!about.isFIFO() && !about.isCharacterDevice()) return STANDARD_OUTPUT;
    return openSync(`/proc/self/fd/${STANDARD_OUTPUT}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
  } catch {
    // it belongs to another user, or nobody reads it
    return STANDARD_OUTPUT;
  }
}
