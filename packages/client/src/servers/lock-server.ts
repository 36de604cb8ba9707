// One at a time for what changes a saved server: who reads, changes and replaces its file must not undo what another has written in
// between. The lock is a file beside it, which only one can make.

import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../clock.ts';
import { Failure } from '../exit.ts';
import { serverLockedProblem } from '../messages/files.ts';

/** A change takes some milliseconds; so long one waits for those of others. */
const MAX_WAIT_MS = 3000;
const RETRY_MS = 20;

/**
 * Does `change` while nobody else changes this server.
 * @param folder of the saved servers; it is there
 * @param clock by which it waits, 3 seconds at most
 * @throws Failure with exit code 1 when another one did not end in that time; what `change` throws; the error of the file system
 */
export async function withServerLock<T>(
  folder: string,
  name: string,
  change: () => Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  // The leading dot keeps it from being taken for a server.
  const lock = join(folder, `.${name}.lock`);
  const start = clock.elapsedMs();
  while (!(await tryLock(lock))) {
    if (clock.elapsedMs() - start >= MAX_WAIT_MS) throw new Failure(1, [serverLockedProblem(lock)]);
    await clock.sleep(RETRY_MS);
  }
  try {
    return await change();
  } finally {
    await unlink(lock);
  }
}

async function tryLock(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx', 0o600)).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
