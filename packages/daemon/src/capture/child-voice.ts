// How the capture process speaks to the daemon: lines of status on its standard output, records on another descriptor.
// Every write blocks until the daemon has read: that is the back-pressure.

import { writeSync } from 'node:fs';
import { type ChildStatus, MESSAGE_CHARACTERS, type OpenFailure } from './status.ts';

const RECORDS_FD = 3;
const STATUS_FD = 1;

/** Hands over records. */
export function writeRecords(bytes: Buffer): void {
  writeAll(RECORDS_FD, bytes);
}

/** Says a line of status. */
export function say(status: ChildStatus): void {
  writeAll(STATUS_FD, Buffer.from(`${JSON.stringify(status)}\n`));
}

/** Says why it could not begin, and ends the process. */
export function fail(failure: OpenFailure, error: unknown): never {
  say({ state: 'failed', failure, message: cutMessage(error instanceof Error ? error.message : String(error)) });
  process.exit(1);
}

/** A message of a length that the daemon takes. */
export function cutMessage(message: string): string {
  return message.slice(0, MESSAGE_CHARACTERS);
}

/** What does not fit waits where it came from: in libpcap's ring, or in the log. */
function writeAll(fd: number, bytes: Buffer): void {
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written, bytes.length - written);
  } catch {
    process.exit(0); // the daemon is gone
  }
}
