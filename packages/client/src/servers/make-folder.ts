// A folder with all that are above it. Unlike Node's own recursive mkdir it comes to an end everywhere: that one tries again for ever
// where nothing can be made, as below /proc/sys.

import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it that are missing, each with mode 0700.
 * @param folder absolute
 * @throws the error of the file system; ENOTDIR when there is something else of that name
 */
export async function makeFolder(folder: string): Promise<void> {
  if (await tryMake(folder)) return;
  const above = dirname(folder);
  if (above !== folder) await makeFolder(above);
  if (!(await tryMake(folder)))
    throw Object.assign(new Error('no folder can be made'), { code: 'ENOENT', path: folder });
}

/** @returns false when the one above is missing */
async function tryMake(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    // On Windows a drive, and elsewhere a folder of a read-only file system, may be told otherwise than by EEXIST.
    const status = await stat(folder).catch(() => undefined);
    if (status?.isDirectory()) return true;
    if (code === 'EEXIST') throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR', path: folder });
    throw error;
  }
}
