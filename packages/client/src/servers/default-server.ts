// Which saved server is meant when none is named: one line in a file beside the folder of the servers.

import { randomBytes } from 'node:crypto';
import { readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** The longest name, and some blanks: what is longer was not written by us. */
const MAX_CHARACTERS = 80;

/** The file that names the default server. @param folder of the saved servers */
export function defaultServerFile(folder: string): string {
  return join(dirname(folder), 'default-server');
}

/**
 * Reads which server is the default.
 * @param folder of the saved servers
 * @returns what stands in the file, whether there is such a server or not; undefined when there is no file
 * @throws the error of the file system when the file is there and cannot be read
 */
export async function readDefaultServer(folder: string): Promise<string | undefined> {
  try {
    return (await readFile(defaultServerFile(folder), 'utf8')).slice(0, MAX_CHARACTERS).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * Makes a server the default: the file appears whole or not at all.
 * @param name of a saved server; undefined: none is
 * @throws the error of the file system
 */
export async function writeDefaultServer(folder: string, name: string | undefined): Promise<void> {
  const file = defaultServerFile(folder);
  if (name === undefined) {
    await unlink(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    return;
  }
  // A knock only reads: it need not load this.
  const { makeFolder } = await import('./make-folder.ts');
  await makeFolder(dirname(file));
  const unfinished = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(unfinished, `${name}\n`, { mode: 0o600, flag: 'wx' });
    await rename(unfinished, file);
  } catch (error) {
    // Not the name of the unfinished file, which is nowhere; and what write(2) says has none at all.
    throw Object.assign(error as Error, { path: file });
  } finally {
    await unlink(unfinished).catch(() => undefined);
  }
}
