// A new file that holds a secret. It appears whole or not at all, is the owner's alone from its first moment on, and never
// takes the place of another. Written by root it belongs to the folder's owner.

import { randomBytes } from 'node:crypto';
import { type FileHandle, link, open, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { geteuid } from 'node:process';

/**
 * Writes it, mode 0600. When root does it and the folder is somebody else's, the file is theirs too.
 * @param file in a folder that is there
 * @returns false when there is such a file already: it stays as it is
 * @throws the error of the file system for anything else; nothing is left behind then
 */
export async function writeNewSecretFile(file: string, text: string): Promise<boolean> {
  const folder = dirname(file);
  // The leading dot keeps it from being read, as a client for instance, when this process dies half-way.
  const unfinished = join(folder, `.${basename(file)}.${randomBytes(6).toString('hex')}`);
  try {
    await writeDurably(unfinished, text, folder);
    // Unlike a rename, a link never replaces what is there.
    await link(unfinished, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(unfinished).catch(() => undefined);
  }
  await syncFolder(folder);
  return true;
}

async function writeDurably(file: string, text: string, folder: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.chmod(0o600);
    await giveToOwnerOf(folder, handle);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Only root can give a file away; any other user that writes here is also the one that reads it. */
async function giveToOwnerOf(folder: string, handle: FileHandle): Promise<void> {
  if (geteuid?.() !== 0) return;
  const { uid, gid } = await stat(folder);
  if (uid !== 0) await handle.chown(uid, gid);
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
