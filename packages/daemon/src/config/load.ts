// The files of the configuration → Config. Reads knockdaemon.toml and clients_dir, judges who else could read them, and
// throws one error with all problems of all files. Writes nothing.

import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { makeSafe, showValue } from '@eightknock/codec';
import { CLIENT_FILE_EXTENSION, combineFiles } from './combine.ts';
import type { Config } from './config.ts';
import type { DoorConfig } from './door-config.ts';
import { EXPECTED_SECRET, isDoorSecret } from './doors/kinds.ts';
import { lineProblems } from './doors/one-time-lines.ts';
import { valueAt } from './key-path.ts';
import { MAX_CLIENTS, type ParsedClientFile, type ParsedMain, parseClientFile, parseMain } from './parse.ts';
import { ConfigError, type Problem } from './problem.ts';
import { readConfigFile } from './read-file.ts';
import { readMainFile } from './read-main-file.ts';
import { readToml } from './read-toml.ts';
import { DEFAULT_STATE_DIR, stateDirSchema } from './schema.ts';

/** The folder beside knockdaemon.toml where clients are looked for when clients_dir says nothing. */
const DEFAULT_CLIENTS_DIR = 'clients.d';

/** A configuration without problems. */
export interface LoadedConfig {
  readonly config: Config;
  /** Where new clients are written; absolute. It may not exist yet. */
  readonly clientsDir: string;
  /** The files besides knockdaemon.toml that were read; each holds a secret. */
  readonly secretFiles: readonly string[];
  /** Whether knockdaemon.toml holds one, too. */
  readonly holdsSecrets: boolean;
}

/**
 * Loads the configuration.
 * @param file the name of knockdaemon.toml; a relative clients_dir is relative to its folder
 * @throws ConfigError with every problem
 */
export async function loadConfig(file: string): Promise<LoadedConfig> {
  const { main, problems: ofSecrets } = await withSecrets(await loadMain(file));
  const clientsDir = folderOfClients(main);
  const clientFiles = clientsDir === undefined ? [] : await loadClientFiles(clientsDir, main);
  const combined = combineFiles(main, clientFiles);
  const ofLines = await oneTimeProblems(main);
  const ofFiles = [...ofSecrets, ...ofLines];
  if (!combined.ok || clientsDir === undefined || ofFiles.length > 0) {
    throw new ConfigError([...(combined.ok ? [] : combined.problems), ...ofFiles]);
  }
  const secretFiles = [...clientFiles.flatMap(({ client }) => client?.file ?? []), ...main.doors.flatMap(fileOfDoor)];
  return { config: combined.config, clientsDir, secretFiles, holdsSecrets: main.holdsSecrets };
}

function fileOfDoor(door: DoorConfig): string[] {
  if (door.kind === 'one-time') return [door.file];
  return door.kind === 'tumbler' && door.secretFile !== undefined ? [door.secretFile] : [];
}

/**
 * The state folder as far as it can be known when the configuration is wrong: what the file says of it, if that makes sense.
 * @param file the name of knockdaemon.toml; absent: none
 */
export async function stateDirOf(file: string | undefined): Promise<string> {
  const { text } = file === undefined ? {} : await readConfigFile(file, true);
  const { table } = text === undefined ? {} : readToml(text, file ?? '');
  return stateDirSchema.safeParse(table && valueAt(table, ['state_dir'])).data ?? DEFAULT_STATE_DIR;
}

async function loadMain(file: string): Promise<ParsedMain> {
  const { text, problems, secretProblems, changeProblems } = await readMainFile(file);
  if (text === undefined) return { file, clients: [], doors: [], holdsSecrets: false, problems };
  const main = parseMain(text, file);
  const accessProblems = main.holdsSecrets ? secretProblems : changeProblems;
  return { ...main, problems: [...accessProblems, ...main.problems] };
}

/** Undefined when clients_dir is there and makes no sense: then no other folder is meant either. */
function folderOfClients({ file, clientsDir = DEFAULT_CLIENTS_DIR }: ParsedMain): string | undefined {
  return typeof clientsDir === 'string' ? resolve(dirname(file), clientsDir) : undefined;
}

/** Puts the secrets of doors that stand in files of their own in their place. */
async function withSecrets(main: ParsedMain): Promise<{ readonly main: ParsedMain; readonly problems: Problem[] }> {
  const problems: Problem[] = [];
  const doors: DoorConfig[] = [];
  for (const door of main.doors) {
    if (door.kind !== 'tumbler' || door.secretFile === undefined) {
      doors.push(door);
      continue;
    }
    const read = await readSecretOf(door.secretFile, 'a file that holds a secret, in one line');
    const secret = (read.text ?? '').replace(/\r?\n$/, '');
    problems.push(...read.problems);
    if (read.text !== undefined && !isDoorSecret(secret)) {
      problems.push({ file: door.secretFile, expected: EXPECTED_SECRET });
    }
    doors.push({ ...door, secret });
  }
  return { main: { ...main, doors, ...(main.settings && { settings: { ...main.settings, doors } }) }, problems };
}

/** A file that only root, the owner of its folder or the user who runs this may read. @param expected if it is missing */
async function readSecretOf(
  file: string,
  expected: string,
): Promise<{ readonly text?: string; readonly problems: Problem[] }> {
  const trusted = await ownerOf(dirname(file)).catch(() => undefined);
  const { text, problems, secretProblems } = await readConfigFile(file, false, trusted);
  const all = problems.map((problem) =>
    problem.value === 'missing' ? { ...problem, expected, hint: 'docs/doors.md says what is in it' } : problem,
  );
  return { ...(text !== undefined && { text }), problems: [...all, ...secretProblems] };
}

/** The files of one-time sequences: who could read them, and whether every line is one. */
async function oneTimeProblems({ doors }: ParsedMain): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const door of doors) {
    if (door.kind !== 'one-time') continue;
    const read = await readSecretOf(door.file, 'a file of one-time sequences');
    problems.push(...read.problems, ...lineProblems(read.text ?? '', door.file));
  }
  return problems;
}

async function loadClientFiles(folder: string, main: ParsedMain): Promise<ParsedClientFile[]> {
  let names: string[];
  let trusted: number | undefined;
  try {
    trusted = await ownerOf(folder);
    names = (await readdir(folder)).filter(isClientFile).sort();
  } catch (error) {
    return folderProblems(error, folder, main).map((problem) => ({ problems: [problem] }));
  }
  if (names.length > MAX_CLIENTS) {
    const expected = `at most ${MAX_CLIENTS} clients`;
    return [{ problems: [{ file: folder, value: `${names.length} files`, expected }] }];
  }
  const parsed: ParsedClientFile[] = [];
  for (const name of names) parsed.push(await loadClientFile(join(folder, name), trusted));
  return parsed;
}

/** Root reads the clients of a daemon that runs as a user of its own: folder and files belong to that user. */
async function ownerOf(folder: string): Promise<number | undefined> {
  const { uid, mode } = await stat(folder);
  return (mode & 0o022) === 0 ? uid : undefined;
}

function isClientFile(name: string): boolean {
  return name.endsWith(CLIENT_FILE_EXTENSION) && !name.startsWith('.');
}

async function loadClientFile(file: string, trusted: number | undefined): Promise<ParsedClientFile> {
  const { text, problems, secretProblems } = await readConfigFile(file, false, trusted);
  if (text === undefined) return { problems: [...secretProblems, ...problems] };
  const parsed = parseClientFile(text, file);
  return { ...parsed, problems: [...secretProblems, ...parsed.problems] };
}

function folderProblems(error: unknown, folder: string, { file, clientsDir }: ParsedMain): Problem[] {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === undefined) throw error;
  if (code === 'ENOENT' && clientsDir === undefined) return [];
  const place = { file, path: 'clients_dir', value: showValue(folder) };
  if (code === 'ENOENT') {
    return [{ ...place, expected: 'a folder that exists', hint: `mkdir -m 700 ${makeSafe(folder)}` }];
  }
  if (code === 'EACCES') return [{ ...place, expected: 'a folder that this user may read', hint: 'run it as root' }];
  return [{ ...place, expected: `a folder that can be read, but: ${code}` }];
}
