// Texts → files in a folder of our own, for nobody else to read. Each appears whole or not at all, all of them or none, and
// takes the place of another only where that is wanted.

import { randomBytes } from 'node:crypto';
import { chmod, link, lstat, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../exit.ts';
import { withServerLock } from './lock-server.ts';
import { makeFolder } from './make-folder.ts';
import { serverFile } from './saved-server.ts';

type MakeLink = (from: string, to: string) => Promise<void>;

/**
 * Saves texts: each file with mode 0600, the folder with mode 0700.
 * @param texts by the names of their files, without extension
 * @param replace whether they may take the place of others
 * @param makeLink link(2), which exFAT and some of Android's file systems do not have
 * @returns the name that is taken, when nothing was saved for that; else nothing
 * @throws the error of the file system; nothing is left behind then, but for files that took the place of others
 */
export async function saveFiles(
  folder: string,
  texts: ReadonlyMap<string, string>,
  replace: boolean,
  makeLink: MakeLink = link,
): Promise<string | undefined> {
  await makeFolder(folder);
  await chmod(folder, 0o700);
  const random = randomBytes(6).toString('hex');
  // The leading dot keeps it from being taken for a server when this process dies half-way.
  const unfinished = (name: string) => join(folder, `.${name}.${random}`);
  const made: string[] = [];
  let current: string | undefined;
  try {
    for (const [name, text] of texts) await writeDurably(unfinished(name), text);
    for (const name of texts.keys()) {
      current = name;
      if (replace) await rename(unfinished(name), serverFile(folder, name));
      else await placeNew(unfinished(name), folder, name, makeLink);
      made.push(serverFile(folder, name));
    }
    return undefined;
  } catch (error) {
    if (!replace) for (const file of made) await unlink(file);
    if (!replace && (error as NodeJS.ErrnoException).code === 'EEXIST') return current;
    // Not the name of the unfinished file, which is nowhere; and what write(2) says has none at all.
    throw error instanceof Failure ? error : Object.assign(error as Error, { path: folder });
  } finally {
    for (const name of texts.keys()) await unlink(unfinished(name)).catch(() => undefined);
  }
}

/** @throws the error of the file system, EEXIST when the name is taken */
async function placeNew(from: string, folder: string, name: string, makeLink: MakeLink): Promise<void> {
  const to = serverFile(folder, name);
  try {
    // Unlike a rename, a link never replaces what is there.
    await makeLink(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
    // Codes differ where there are no links. The file is there whole all the same, and the lock keeps others of ours from the name.
    await withServerLock(folder, name, async () => {
      if (await exists(to)) throw Object.assign(new Error('the name is taken'), { code: 'EEXIST', path: to });
      await rename(from, to);
    });
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.chmod(0o600);
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
