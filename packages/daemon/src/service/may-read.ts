// Could a user read a file? Found out from owners and modes, as this runs as root, which can read everything.

import { constants, type Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Owner } from './install-files.ts';

/** Bits of a mode where they stand for all others. */
const READ = constants.S_IROTH;
const PASS = constants.S_IXOTH;

/**
 * Looks for what keeps a user from a file.
 * @param user absent: anybody
 * @returns the file, or a folder above it, that does not let the user in; undefined: it can be read
 */
export async function barrierTo(file: string, user?: Owner): Promise<string | undefined> {
  try {
    const real = await realpath(file);
    for (let folder = dirname(real); ; folder = dirname(folder)) {
      if (!lets(await stat(folder), user, PASS)) return folder;
      if (folder === '/') break;
    }
    return lets(await stat(real), user, READ) ? undefined : file;
  } catch {
    return file;
  }
}

/** Of owner, group and others only the first that fits counts: inode(7). */
function lets({ uid, gid, mode }: Stats, user: Owner | undefined, bit: number): boolean {
  if (user?.uid === uid) return (mode & (bit << 6)) !== 0;
  return (mode & (user?.gid === gid ? bit << 3 : bit)) !== 0;
}
