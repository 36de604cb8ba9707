// The files of the store: who else could read or change them is judged, new ones are closed to others from their first
// moment, damaged ones are moved out of the way. Knows nothing of what is in them.

import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { escapeControls, showValue } from '@eightknock/codec';
import type { Problem } from '../config/problem.ts';
import { findUser } from '../system-user.ts';

/** The file in the state folder. */
export const STORE_FILE = 'state.db';
/** A new file until it is whole. */
export const NEW_FILE = `${STORE_FILE}.new`;
/** Damaged files that are kept; then the oldest go. */
export const MAX_SET_ASIDE = 5;

/** The database, and what SQLite keeps beside it. */
const SUFFIXES = ['', '-wal', '-shm', '-journal'] as const;
const ASIDE = /^state\.db\.corrupt-(\d{8}T\d{6}Z)(?:-(\d+))?$/;
const OWNER = 'an owner who is root or the user who runs this';

/** Makes the folder if it is missing. @returns what is wrong with it or with the files of the store in it */
export function stateProblems(folder: string): Problem[] {
  const problems = folderProblems(folder);
  if (problems.length > 0) return problems;
  return SUFFIXES.flatMap((suffix) => fileProblems(join(folder, `${STORE_FILE}${suffix}`)));
}

/** The files of the store that belong to others than who runs this. */
export function filesOfOthers(folder: string): string[] {
  return SUFFIXES.map((suffix) => join(folder, `${STORE_FILE}${suffix}`)).filter((file) => {
    const status = lstatSync(file, { throwIfNoEntry: false });
    return status !== undefined && status.uid !== process.geteuid?.();
  });
}

/** How who runs this gets what is not his: a command for root. */
export function chownHint(paths: readonly string[], option = ''): string {
  const uid = process.geteuid?.() ?? 0;
  const user = findUser(uid, '/')?.name ?? uid;
  return `as root: chown ${option}${user} ${paths.map(escapeControls).join(' ')}`;
}

/** Is there a store, or what is left of one? */
export function findStore(folder: string): 'present' | 'gone' | 'never' {
  const names = readdirSync(folder);
  if (names.includes(STORE_FILE)) return 'present';
  return names.some((name) => name.startsWith(STORE_FILE) && !name.startsWith(NEW_FILE)) ? 'gone' : 'never';
}

/** Makes an empty file for a new store, in place of one that was left unfinished. @returns its path */
export function beginFile(folder: string): string {
  const file = join(folder, NEW_FILE);
  for (const suffix of SUFFIXES) rmSync(`${file}${suffix}`, { force: true });
  const fd = openSync(file, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  try {
    // Whatever the umask is. SQLite gives the mode of this file to those beside it.
    fchmodSync(fd, 0o600);
  } finally {
    closeSync(fd);
  }
  return file;
}

/** Gives the new file its name, for good. */
export function finishFile(folder: string): void {
  renameSync(join(folder, NEW_FILE), join(folder, STORE_FILE));
  const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Moves the files of the store away, the database first: when this is cut short, what is left says that there was one.
 * @returns the new path of the database, those beside it keep their suffixes; undefined when there was nothing to move
 */
export function setAside(folder: string, nowMs: number): string | undefined {
  const stamp = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const taken = new Set(readdirSync(folder));
  const moved = SUFFIXES.filter((suffix) => taken.has(`${STORE_FILE}${suffix}`));
  if (moved.length === 0) return undefined;
  let name = `${STORE_FILE}.corrupt-${stamp}`;
  for (let i = 2; SUFFIXES.some((suffix) => taken.has(`${name}${suffix}`)); i++) {
    name = `${STORE_FILE}.corrupt-${stamp}-${i}`;
  }
  for (const suffix of moved) renameSync(join(folder, `${STORE_FILE}${suffix}`), join(folder, `${name}${suffix}`));
  const kept = [...new Set([...taken].map((other) => other.replace(/-(?:wal|shm|journal)$/, '')))].filter((other) =>
    ASIDE.test(other),
  );
  for (const other of kept.sort(byAge).slice(0, Math.max(0, kept.length + 1 - MAX_SET_ASIDE))) {
    for (const suffix of SUFFIXES) rmSync(join(folder, `${other}${suffix}`), { force: true });
  }
  return join(folder, name);
}

function byAge(a: string, b: string): number {
  const [, stampA = '', numberA = '1'] = ASIDE.exec(a) ?? [];
  const [, stampB = '', numberB = '1'] = ASIDE.exec(b) ?? [];
  return stampA.localeCompare(stampB) || Number(numberA) - Number(numberB);
}

function folderProblems(folder: string): Problem[] {
  const place = { path: 'state_dir', value: showValue(folder) };
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { mode, uid } = statSync(folder);
    if (!isOurs(uid)) return [{ ...place, expected: OWNER, hint: `chown root ${escapeControls(folder)}` }];
    if (!mayWrite(folder)) {
      const expected = 'a folder in which the user who runs this may write';
      return [{ ...place, expected, hint: chownHint([folder], '-R ') }];
    }
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

/** A disk that is read-only is another matter. */
function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'EACCES';
  }
}

/** By its name and not opened: the folder is ours alone, and SQLite would lose a lock of this process. */
function fileProblems(file: string): Problem[] {
  const status = lstatSync(file, { throwIfNoEntry: false });
  if (!status) return [];
  const { mode, uid } = status;
  if (status.isSymbolicLink()) return [{ file, value: 'a symbolic link', expected: 'a regular file' }];
  if (!status.isFile()) return [{ file, expected: 'a regular file' }];
  if (!isOurs(uid)) {
    return [{ file, value: `owner ${uid}`, expected: OWNER, hint: `chown root ${escapeControls(file)}` }];
  }
  if ((mode & 0o077) === 0) return [];
  const value = `mode ${(mode & 0o7777).toString(8).padStart(4, '0')}`;
  const expected = 'a file that neither group nor others may read or write';
  return [{ file, value, expected, hint: `chmod 600 ${escapeControls(file)}` }];
}

function isOurs(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.();
}
