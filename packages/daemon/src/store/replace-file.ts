// Puts a text in the place of a file: at every moment it is there as it was or as it is to be, also when the machine stops.

import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Who may do what with the file. */
export interface FileAccess {
  /** Permission bits, whatever the umask is. */
  readonly mode: number;
  /** Whose it is; absent: whoever writes it. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/**
 * Writes the text beside the file, brings it to the disk, and gives it its name.
 * @param file in a folder that is there
 * @throws the error of the file system; then nothing is changed, and nothing is left behind
 */
export function replaceFile(file: string, text: string, { mode, owner }: FileAccess): void {
  const folder = dirname(file);
  const beside = join(folder, `.${basename(file)}.${randomBytes(6).toString('hex')}`);
  try {
    const fd = openSync(
      beside,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      const own = fstatSync(fd);
      if (owner && (own.uid !== owner.uid || own.gid !== owner.gid)) fchownSync(fd, owner.uid, owner.gid);
      fchmodSync(fd, mode);
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(beside, file);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
