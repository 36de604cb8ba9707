// One file of the configuration → its text, and whether others could read or change it. What is judged is the file that
// was opened, so that it cannot be exchanged in between. Never waits: a pipe in the place of a file is refused.

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { geteuid } from 'node:process';
import { escapeControls } from '@eightknock/codec';
import type { Problem } from './problem.ts';

/** The most bytes of a configuration file. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Read and write, for group and others. */
const FOREIGN_ACCESS = 0o066;
const FOREIGN_WRITE = 0o022;
const NOT_READABLE = 'run it as root, or give the file to the user that the daemon runs as (chown)';

/** A file as it was read. */
export interface FileText {
  /** Absent when it could not be read; then `problems` says why. */
  readonly text?: string;
  readonly problems: readonly Problem[];
  /** What is wrong with the file if it holds a secret: its mode or its owner. */
  readonly secretProblems: readonly Problem[];
  /** What is wrong with it even if it holds none: whoever can change it, or owns it, commands the daemon. */
  readonly changeProblems: readonly Problem[];
}

/**
 * Reads a file.
 * @param file its name, used in problems as it is
 * @param followLink whether it may be a symbolic link; the target is judged then
 * @param trusted a user to whom it may belong, besides root and the one who runs this
 */
export async function readConfigFile(file: string, followLink: boolean, trusted?: number): Promise<FileText> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK | (followLink ? 0 : constants.O_NOFOLLOW));
    return await readOpenFile(handle, file, trusted);
  } catch (error) {
    return unreadable([openProblem(error, file)]);
  } finally {
    await handle?.close();
  }
}

async function readOpenFile(handle: FileHandle, file: string, trusted?: number): Promise<FileText> {
  const status = await handle.stat();
  if (!status.isFile()) return unreadable([{ file, expected: 'a regular file' }]);
  if (status.size > MAX_BYTES) {
    return unreadable([{ file, value: `${status.size} bytes`, expected: `at most ${MAX_BYTES} bytes (4 MiB)` }]);
  }
  const ownerProblems = (why: string) => (status.uid === trusted ? [] : foreignOwnerProblems(status.uid, file, why));
  const secretProblems = [...modeProblems(status.mode, file), ...ownerProblems('it holds a secret')];
  const changeProblems = [...writeProblems(status.mode, file), ...ownerProblems('it says what the daemon does')];
  const bytes = new Uint8Array(status.size);
  let length = 0;
  for (;;) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length));
    return { text, problems: [], secretProblems, changeProblems };
  } catch {
    return { problems: [{ file, expected: 'text in UTF-8' }], secretProblems, changeProblems };
  }
}

function modeProblems(mode: number, file: string): Problem[] {
  if ((mode & FOREIGN_ACCESS) === 0) return [];
  const value = `mode ${(mode & 0o7777).toString(8).padStart(4, '0')}`;
  const expected = 'a file that neither group nor others may read or write: it holds a secret';
  return [{ file, value, expected, hint: `chmod 600 ${escapeControls(file)}` }];
}

function writeProblems(mode: number, file: string): Problem[] {
  if ((mode & FOREIGN_WRITE) === 0) return [];
  const value = `mode ${(mode & 0o7777).toString(8).padStart(4, '0')}`;
  const expected = 'a file that neither group nor others may write: it says what the daemon does';
  return [{ file, value, expected, hint: `chmod go-w ${escapeControls(file)}` }];
}

function foreignOwnerProblems(owner: number, file: string, why: string): Problem[] {
  const user = geteuid?.() ?? 0;
  if (owner === 0 || owner === user) return [];
  const expected = `a file that belongs to root or to the user who runs this: ${why}`;
  return [{ file, value: `owner ${owner}`, expected, hint: `chown root ${escapeControls(file)}` }];
}

function openProblem(error: unknown, file: string): Problem {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return { file, value: 'missing', expected: 'a configuration file' };
  if (code === 'ELOOP') return { file, value: 'a symbolic link', expected: 'a regular file' };
  if (code === 'EACCES' || code === 'EPERM') {
    return { file, value: 'not readable', expected: 'a file that this user may read', hint: NOT_READABLE };
  }
  if (code === undefined) throw error;
  return { file, value: code, expected: 'a file that can be read' };
}

function unreadable(problems: readonly Problem[]): FileText {
  return { problems, secretProblems: [], changeProblems: [] };
}
