// From a folder to a store: who may read it is judged, a damaged file is set aside, an older one brought to this version.

import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { WINDOW_SECONDS } from '@eightknock/codec';
import type { Problem } from '../config/problem.ts';
import { escapeControls, showValue } from '../config/show-value.ts';
import { type DatabaseError, isDatabaseError, isLocked, isOfTheMachine, openDatabase } from './database.ts';
import { migrate, SCHEMA_VERSION, schemaVersion } from './migrations.ts';
import { SqliteStore, type StoreLimits } from './sqlite-store.ts';

/** The file in the state folder. */
export const STORE_FILE = 'state.db';
/** Damaged files that are kept; then the oldest go. */
export const MOST_SET_ASIDE = 5;

/** What to open. */
export interface OpenStoreOptions {
  /** Absent: a store in memory, which forgets. */
  readonly stateDir?: string;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  readonly limits?: Partial<StoreLimits>;
}

/** An open store, or why there is none. */
export type OpenedStore =
  | { readonly store: SqliteStore; readonly setAside?: { readonly path: string; readonly message: string } }
  | { readonly problems: readonly Problem[] };

/** Opens the store. A file that cannot be read as one is kept under another name, and a new one begun. */
export function openStore({ stateDir, nowMs, limits = {} }: OpenStoreOptions): OpenedStore {
  if (stateDir === undefined) return { store: open(':memory:', true, limits) };
  const file = join(stateDir, STORE_FILE);
  const problems = folderProblems(stateDir);
  const isNew = !existsSync(file);
  if (problems.length === 0) problems.push(...fileProblems(file));
  if (problems.length > 0) return { problems };
  try {
    return { store: open(file, isNew, limits) };
  } catch (error) {
    if (error instanceof NewerStore) return { problems: [newerProblem(file, error.version)] };
    if (!(error instanceof DamagedStore || isDatabaseError(error))) throw error;
    if (isDatabaseError(error) && isOfTheMachine(error)) return { problems: [refusedProblem(file, error)] };
    const path = setAside(stateDir, nowMs);
    createFile(file);
    const store = open(file, true, limits);
    // Whatever was accepted in these windows is forgotten.
    store.forgetUntil(Math.floor(nowMs / 1000 / WINDOW_SECONDS));
    return { store, setAside: { path, message: error.message } };
  }
}

/** A database of a later program: it is not ours to change. */
class NewerStore extends Error {
  readonly version: number;

  constructor(version: number) {
    super('newer');
    this.version = version;
  }
}

/** Damage that SQLite itself does not call so. */
class DamagedStore extends Error {}

function open(path: string, isNew: boolean, limits: Partial<StoreLimits>): SqliteStore {
  const database = openDatabase(path);
  try {
    if (schemaVersion(database) > SCHEMA_VERSION) throw new NewerStore(schemaVersion(database));
    // What was there before had tables: an empty file has lost them.
    if (!isNew && schemaVersion(database) === 0) throw new DamagedStore('it is empty');
    const check = database.pragma('quick_check(1)', { simple: true });
    if (check !== 'ok') throw new DamagedStore(String(check));
    migrate(database);
    const store = new SqliteStore(database, limits);
    if (!store.isWhole) throw new DamagedStore('a row of the table "meta" is missing');
    return store;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Moves the file away with what belongs to it. @returns its new name */
function setAside(stateDir: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const taken = new Set(readdirSync(stateDir));
  let name = `${STORE_FILE}.corrupt-${stamp}`;
  for (let i = 2; taken.has(name); i++) name = `${STORE_FILE}.corrupt-${stamp}-${i}`;
  for (const suffix of ['', '-wal', '-shm', '-journal']) {
    if (taken.has(`${STORE_FILE}${suffix}`)) {
      renameSync(join(stateDir, `${STORE_FILE}${suffix}`), join(stateDir, `${name}${suffix}`));
    }
  }
  const older = [...taken].filter((other) => /^state\.db\.corrupt-[0-9TZ]+(?:-\d+)?$/.test(other)).sort();
  for (const other of older.slice(0, Math.max(0, older.length + 1 - MOST_SET_ASIDE))) {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(join(stateDir, `${other}${suffix}`), { force: true });
  }
  return join(stateDir, name);
}

function folderProblems(folder: string): Problem[] {
  const place = { path: 'state_dir', value: showValue(folder) };
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { mode, uid } = statSync(folder);
    if (!isOurs(uid)) return [{ ...place, expected: OWNER, hint: `chown root ${escapeControls(folder)}` }];
    if ((mode & 0o022) === 0) return [];
    const expected = 'a folder that neither group nor others may write';
    return [{ ...place, expected, hint: `chmod 700 ${escapeControls(folder)}` }];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    if (code === 'ENOTDIR' || code === 'EEXIST') return [{ ...place, expected: 'a folder' }];
    return [{ ...place, expected: `a folder that can be made and read, but: ${message}` }];
  }
}

function fileProblems(file: string): Problem[] {
  try {
    const { isFile, mode, uid } = createFile(file);
    const place = { file };
    if (!isFile) return [{ ...place, expected: 'a regular file' }];
    if (!isOurs(uid))
      return [{ ...place, value: `owner ${uid}`, expected: OWNER, hint: `chown root ${escapeControls(file)}` }];
    if ((mode & 0o077) === 0) return [];
    const value = `mode ${(mode & 0o7777).toString(8).padStart(4, '0')}`;
    const expected = 'a file that neither group nor others may read or write';
    return [{ ...place, value, expected, hint: `chmod 600 ${escapeControls(file)}` }];
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    if (code === 'ELOOP') return [{ file, value: 'a symbolic link', expected: 'a regular file' }];
    return [{ file, expected: `a file that can be read and written, but: ${message}` }];
  }
}

/** Makes the file if it is missing, closed to others from its first moment: SQLite gives its mode to those beside it. */
function createFile(file: string): { readonly isFile: boolean; readonly mode: number; readonly uid: number } {
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    const status = fstatSync(fd);
    return { isFile: status.isFile(), mode: status.mode, uid: status.uid };
  } finally {
    closeSync(fd);
  }
}

const OWNER = 'an owner who is root or the user who runs this';

function isOurs(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

function newerProblem(file: string, version: number): Problem {
  const expected = `a store of version ${SCHEMA_VERSION} or older`;
  return { file, value: `version ${version}`, expected, hint: 'it was written by a newer knockdaemon; use that one' };
}

function refusedProblem(file: string, error: DatabaseError): Problem {
  if (isLocked(error)) {
    const hint = 'stop it first: "knockdaemon status", "systemctl stop knockdaemon"';
    return { file, value: 'in use', expected: 'that no other knockdaemon uses it: another one is running', hint };
  }
  return { file, expected: `a file that can be read and written, but: ${error.message} (${error.code})` };
}
