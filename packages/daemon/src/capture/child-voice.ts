// How the capture process speaks to the daemon: lines of status on its standard output, records on another descriptor.

import { writeSync } from 'node:fs';
import { messageOf } from '../message-of.ts';
import { cutMessage } from './child-message.ts';
import type { Libc } from './libc.ts';
import type { ChildStatus, OpenFailure } from './status.ts';

const RECORDS_FD = 3;
const STATUS_FD = 1;

/** fcntl(2). */
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;

/** From now on no write of records blocks: while the daemon does not read, packets must be taken all the same. */
export function writeWithoutBlocking(libc: Pick<Libc, 'fcntl'>): void {
  libc.fcntl(RECORDS_FD, F_SETFL, O_NONBLOCK);
}

/** Hands over records. @returns for how many bytes there was room */
export function writeRecords(bytes: Buffer): number {
  return writeSome(RECORDS_FD, bytes);
}

/** Says a line of status. */
export function say(status: ChildStatus): void {
  writeAll(STATUS_FD, Buffer.from(`${JSON.stringify(status)}\n`));
}

/** Says why it could not begin, and ends the process. */
export function fail(failure: OpenFailure, error: unknown): never {
  say({ state: 'failed', failure, message: cutMessage(messageOf(error)) });
  process.exit(1);
}

/** Status lines are few, and the daemon reads them whatever else it does. */
function writeAll(fd: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSome(fd, bytes.subarray(written));
}

function writeSome(fd: number, bytes: Buffer): number {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    process.exit(0); // the daemon is gone
  }
}
