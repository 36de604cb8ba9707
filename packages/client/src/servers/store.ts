// The folder of saved servers: one file each, for nobody else to read. A file appears whole or not at all, and takes the
// place of another only where that is wanted.

import { readdir, unlink } from 'node:fs/promises';
import { isClientName } from '@eightknock/codec';
import { readPrivateFile } from '../private-file.ts';
import { type SavedServer, SERVER_FILE_EXTENSION, serverFile } from './saved-server.ts';
import type { ParsedServer } from './schema.ts';

/** The most bytes of a file; the longest that `add` writes is far from it. */
const MAX_BYTES = 64 * 1024;

/**
 * The names under which servers are saved, sorted.
 * @throws the error of the file system when the folder is there and cannot be read
 */
export async function listServerNames(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return files
    .filter((file) => file.endsWith(SERVER_FILE_EXTENSION))
    .map((file) => file.slice(0, -SERVER_FILE_EXTENSION.length))
    .filter(isClientName)
    .sort();
}

/** Reads a saved server: all that is wrong with its file and with what stands in it. */
export async function readServer(folder: string, name: string): Promise<ParsedServer> {
  const file = serverFile(folder, name);
  const { text, problems } = await readPrivateFile(file, MAX_BYTES);
  if (text === undefined) return { problems };
  const { parseServer } = await import('./schema.ts');
  const parsed = parseServer(text, file);
  return problems.length === 0 ? parsed : { problems: [...problems, ...parsed.problems] };
}

/**
 * Saves a server: its file with mode 0600, the folder with mode 0700.
 * @param replace whether it may take the place of another
 * @returns false when there is one of that name already and it was left as it is
 * @throws the error of the file system; nothing is left behind then
 */
export async function saveServer(
  folder: string,
  name: string,
  server: SavedServer,
  replace: boolean,
): Promise<boolean> {
  const [{ formatServer }, { saveFiles }] = await Promise.all([import('./schema.ts'), import('./save-files.ts')]);
  return (await saveFiles(folder, new Map([[name, formatServer(server)]]), replace)) === undefined;
}

/**
 * Removes a saved server.
 * @returns false when there is none of that name
 * @throws the error of the file system
 */
export async function removeServer(folder: string, name: string): Promise<boolean> {
  try {
    await unlink(serverFile(folder, name));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
