// One daemon for a folder. The lock is on the folder and not on a file in it: files are moved and made anew. It goes with
// the process, however that ends. flock(2)

import { closeSync, constants, openSync } from 'node:fs';
import { loadLibrary } from '../native/library.ts';

/** asm-generic/fcntl.h */
const LOCK_EX = 2;
const LOCK_NB = 4;

/**
 * Takes a folder.
 * @returns how to give it back; undefined when somebody else has it
 * @throws Error of the file system when the folder cannot be opened
 */
export function lockFolder(folder: string): (() => void) | undefined {
  const flock = loadLibrary(null).func('int flock(int fd, int operation)');
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  if (flock(fd, LOCK_EX | LOCK_NB) === 0) return () => closeSync(fd);
  closeSync(fd);
  return undefined;
}
