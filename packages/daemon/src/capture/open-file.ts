// Opens log files for the follower: only regular files, never to write, and a pipe in the file's place cannot hold us up.

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { FileProblem, FollowedFile } from './file-follower.ts';

const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Opens a file, see `OpenFile` of file-follower.ts. */
export function openFile(path: string): FollowedFile | FileProblem {
  let fd: number;
  try {
    fd = openSync(path, FLAGS);
  } catch (error) {
    return { problem: describe((error as NodeJS.ErrnoException).code) };
  }
  const stats = fstatSync(fd);
  if (!stats.isFile()) {
    closeSync(fd);
    return { problem: 'is no regular file' };
  }
  return {
    identity: `${stats.dev}:${stats.ino}`,
    size: () => fstatSync(fd).size,
    read: (into, position) => readSync(fd, into, 0, into.length, position),
    close: () => closeSync(fd),
  };
}

function describe(code: string | undefined): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'is missing';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  return `cannot be opened: ${code}`;
}
