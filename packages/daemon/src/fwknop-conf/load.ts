// access.conf with the files that it includes, and fwknopd.conf, from the disk. Bounded in the number of files and in depth.

import { readdir } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { showValue } from '@eightknock/codec';
import { ConfigError, type Problem } from '../config/problem.ts';
import { readConfigFile } from '../config/read-file.ts';
import type { FwknopConf } from './import-access.ts';
import { END_OF_FILE, keysOnly, parseAccess } from './parse-access.ts';
import { type Entry, readEntries } from './read-entries.ts';
import { NO_SERVER_CONF, parseServerConf, type ServerConf } from './server-conf.ts';

const MAX_FILES = 256;
const MAX_DEPTH = 3;

/**
 * Loads them.
 * @param accessFile absent: the one that fwknopd.conf names, or access.conf beside it
 * @param serverFile absent: fwknopd.conf in the folder of the other, if it is there
 * @throws ConfigError with every problem in them
 */
export async function loadFwknop(accessFile: string | undefined, serverFile: string | undefined): Promise<FwknopConf> {
  const problems: Problem[] = [];
  const beside = serverFile ?? join(dirname(accessFile ?? '.'), 'fwknopd.conf');
  const isThere = serverFile !== undefined || (await exists(beside));
  const server = isThere ? await loadServer(beside, problems) : NO_SERVER_CONF;
  const file = accessFile ?? besideOf(beside, server.accessFile ?? 'access.conf');
  const found: { entries: Entry[]; files: number } = { entries: [], files: 0 };
  await loadAccess(file, 0, found, problems);
  const { stanzas, problems: all } = parseAccess(found.entries, file, problems);
  if (!stanzas) throw new ConfigError(all);
  return { stanzas, server, files: isThere ? [file, beside] : [file] };
}

async function exists(file: string): Promise<boolean> {
  const { problems } = await readConfigFile(file, true);
  return !problems.some(({ value }) => value === 'missing');
}

async function loadServer(file: string, problems: Problem[]): Promise<ServerConf> {
  const { text, problems: own } = await readConfigFile(file, true);
  const parsed = text === undefined ? { problems: own } : parseServerConf(text, file);
  problems.push(...parsed.problems);
  return ('conf' in parsed ? parsed.conf : undefined) ?? NO_SERVER_CONF;
}

async function loadAccess(
  file: string,
  depth: number,
  found: { entries: Entry[]; files: number },
  problems: Problem[],
): Promise<void> {
  for (const entry of await readFileEntries(file, found, problems)) {
    const { key, value, line } = entry;
    const place = { file: entry.file, path: `line ${line}, ${key}` };
    found.entries.push(entry);
    if (!key.startsWith('%include') || !['', '_folder', '_keys'].includes(key.slice('%include'.length))) continue;
    const name = value.trim();
    if (!isAbsolute(name)) {
      problems.push({ ...place, value: showValue(name), expected: 'an absolute path' });
    } else if (depth >= MAX_DEPTH) {
      problems.push({ ...place, expected: `at most ${MAX_DEPTH} files within each other` });
    } else if (key === '%include_keys') {
      const keys = keysOnly(await readFileEntries(name, found, problems));
      found.entries.push(...keys.entries);
      problems.push(...keys.problems);
    } else {
      const files = key === '%include' ? [name] : await filesOf(name, place, problems);
      for (const one of files) {
        await loadAccess(one, depth + 1, found, problems);
        found.entries.push({ ...entry, key: END_OF_FILE });
      }
    }
  }
}

async function readFileEntries(file: string, found: { files: number }, problems: Problem[]): Promise<readonly Entry[]> {
  found.files++;
  if (found.files > MAX_FILES) {
    if (found.files === MAX_FILES + 1) problems.push({ file, expected: `at most ${MAX_FILES} files` });
    return [];
  }
  const { text, problems: own } = await readConfigFile(file, true);
  const read = text === undefined ? { entries: [], problems: own } : readEntries(text, file);
  problems.push(...read.problems);
  return read.entries;
}

/** The files of a folder whose names end in ".conf". */
async function filesOf(folder: string, place: Pick<Problem, 'file' | 'path'>, problems: Problem[]): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith('.conf'))
      .sort()
      .slice(0, MAX_FILES + 1)
      .map((name) => join(folder, name));
  } catch (error) {
    const value = (error as NodeJS.ErrnoException).code ?? 'not readable';
    problems.push({ ...place, value, expected: 'a folder that can be read' });
    return [];
  }
}

/** A name as fwknopd.conf has it: alone, it is beside that file. */
function besideOf(file: string, name: string): string {
  return isAbsolute(name) ? name : join(dirname(file), name);
}
