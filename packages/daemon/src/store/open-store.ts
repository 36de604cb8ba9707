// From a folder to a store: it is taken for this process alone, a damaged file is set aside, an older one brought to this
// version. At every moment of it the machine may stop: what is found then says whether something was forgotten.

import { accessSync, constants, copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { showValue } from '@eightknock/codec';
import type { Problem } from '../config/problem.ts';
import { beginMemory, DamagedMemory, newestWindowAt } from './claim-memory.ts';
import { type DatabaseError, isDatabaseError, isLocked, isOfTheMachine, openDatabase } from './database.ts';
import { lockFolder } from './folder-lock.ts';
import { hasOurTables, migrate, SCHEMA_VERSION, schemaVersion } from './migrations.ts';
import { SqliteStore, type StoreLimits } from './sqlite-store.ts';
import {
  beginFile,
  chownHint,
  filesOfOthers,
  findStore,
  finishFile,
  STORE_FILE,
  setAside,
  stateProblems,
} from './state-files.ts';

/** Where a store on a read-only disk is read: in memory, on every Linux. shm_overview(7) */
const SHARED_MEMORY = '/dev/shm';
/** Nothing was forgotten: there was nothing. */
const NO_WINDOW = -1;

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

/** How a file is opened. */
interface Opening {
  readonly limits: Partial<StoreLimits>;
  readonly nowMs: number;
  readonly release: () => void;
}

/** Opens the store. A file that cannot be read as one is kept under another name, and a new one begun. */
export function openStore({ stateDir, nowMs, limits = {} }: OpenStoreOptions): OpenedStore {
  if (stateDir === undefined) return { store: openInMemory(limits, nowMs) };
  const problems = stateProblems(stateDir);
  if (problems.length > 0) return { problems };
  let release: (() => void) | undefined;
  try {
    release = lockFolder(stateDir);
    if (!release) return { problems: [inUseProblem(stateDir)] };
    const opened = openLocked(stateDir, { limits, nowMs, release });
    if ('problems' in opened) release();
    return opened;
  } catch (error) {
    release?.();
    if (isDatabaseError(error)) return { problems: [refusedProblem(stateDir, error)] };
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return { problems: [folderProblem(stateDir, error as Error)] };
  }
}

function openInMemory(limits: Partial<StoreLimits>, nowMs: number): SqliteStore {
  const database = openDatabase(':memory:');
  migrate(database);
  beginMemory(database, NO_WINDOW);
  return new SqliteStore(database, limits, nowMs);
}

function openLocked(stateDir: string, opening: Opening): OpenedStore {
  const file = join(stateDir, STORE_FILE);
  switch (findStore(stateDir)) {
    case 'never':
      makeFile(stateDir, NO_WINDOW);
      finishFile(stateDir);
      return { store: openFile(file, opening) };
    case 'gone':
      return beginAgain(stateDir, opening, 'the file is missing');
    case 'present':
      break;
  }
  try {
    return { store: isReadOnly(stateDir) ? openCopy(stateDir, opening) : openFile(file, opening) };
  } catch (error) {
    if (error instanceof NewerStore) return { problems: [newerProblem(file, error.version)] };
    if (!isDamaged(error)) throw error;
    return beginAgain(stateDir, opening, (error as Error).message);
  }
}

/** A new store in place of one that is damaged or gone: whatever was accepted until now is forgotten. */
function beginAgain(stateDir: string, opening: Opening, message: string): OpenedStore {
  makeFile(stateDir, newestWindowAt(opening.nowMs));
  // A -wal of an older file must not be taken for one of the new.
  const path = setAside(stateDir, opening.nowMs);
  finishFile(stateDir);
  const store = openFile(join(stateDir, STORE_FILE), opening);
  return path === undefined ? { store } : { store, setAside: { path, message } };
}

/** Makes a new store beside the old one. */
function makeFile(stateDir: string, forgottenWindow: number): void {
  const database = openDatabase(beginFile(stateDir));
  try {
    migrate(database);
    beginMemory(database, forgottenWindow);
  } finally {
    database.close();
  }
}

function openFile(file: string, { limits, nowMs, release }: Opening): SqliteStore {
  const database = openDatabase(file);
  try {
    const version = schemaVersion(database);
    if (version > SCHEMA_VERSION) throw new NewerStore(version);
    // What was there had tables: an empty file has lost them.
    if (!(version >= 1)) throw new DamagedFile('it is empty');
    const check = database.pragma('quick_check(1)', { simple: true });
    if (check !== 'ok') throw new DamagedFile(String(check));
    if (!hasOurTables(database)) throw new DamagedFile('its tables are not those of a knockdaemon');
    migrate(database);
    return new SqliteStore(database, limits, nowMs, release);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A store that can only be read: what is open is known, and no knock opens more. */
function openCopy(stateDir: string, opening: Opening): SqliteStore {
  const folder = mkdtempSync(join(SHARED_MEMORY, 'knockdaemon-'));
  try {
    for (const name of [STORE_FILE, `${STORE_FILE}-wal`]) {
      if (existsSync(join(stateDir, name))) copyFileSync(join(stateDir, name), join(folder, name));
    }
    const store = openFile(join(folder, STORE_FILE), opening);
    store.giveUpWriting(`${showValue(stateDir)} was read-only at the start; when it is not, restart`);
    return store;
  } finally {
    // The copy goes with the process that has it open.
    rmSync(folder, { recursive: true });
  }
}

function isReadOnly(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS';
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
class DamagedFile extends Error {}

function isDamaged(error: unknown): boolean {
  if (error instanceof DamagedFile || error instanceof DamagedMemory) return true;
  return isDatabaseError(error) && !isOfTheMachine(error);
}

function newerProblem(file: string, version: number): Problem {
  const expected = `a store of version ${SCHEMA_VERSION} or older`;
  return { file, value: `version ${version}`, expected, hint: 'it was written by a newer knockdaemon; use that one' };
}

function inUseProblem(folder: string): Problem {
  const expected = 'that no other knockdaemon uses it: another one is running';
  const hint = 'stop it first: "knockdaemon status", "systemctl stop knockdaemon"';
  return { path: 'state_dir', value: showValue(folder), expected, hint };
}

function refusedProblem(folder: string, error: DatabaseError): Problem {
  const file = join(folder, STORE_FILE);
  if (isLocked(error)) {
    const hint = 'another program has it open: "fuser" tells which';
    return { file, value: 'in use', expected: 'a file that nobody else uses', hint };
  }
  const others = filesOfOthers(folder);
  const expected = `a file that can be read and written, but: ${error.message} (${error.code})`;
  return { file, expected, ...(others.length > 0 && { hint: chownHint(others) }) };
}

function folderProblem(folder: string, { message }: Error): Problem {
  return {
    path: 'state_dir',
    value: showValue(folder),
    expected: `a folder that can be read and written, but: ${message}`,
  };
}
