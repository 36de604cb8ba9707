// What is wrong with a file.

import { makeSafe, showValue } from '@eightknock/codec';
import type { Problem } from '../exit.ts';
import { problem } from './problem.ts';

/** What is wrong with a file as a whole. */
export function fileProblem(file: string, reason: string, mostBytes = 0): Problem {
  const name = makeSafe(file);
  if (reason === 'ENOENT') return problem(`${name}: there is no such file`, undefined);
  if (reason === 'EACCES' || reason === 'EPERM') return problem(`${name}: this user may not read it`, undefined);
  if (reason === 'not-a-file' || reason === 'EISDIR') return problem(`${name}: expected a regular file`, undefined);
  if (reason === 'too-big') return problem(`${name}: expected at most ${mostBytes} bytes`, undefined);
  if (reason === 'not-utf8') return problem(`${name}: expected text in UTF-8`, undefined);
  return problem(`${name}: it cannot be read: ${reason}`, undefined);
}

/** Somebody else changes a saved server. */
export function serverLockedProblem(lock: string): Problem {
  return problem(
    `${makeSafe(lock)} is there: another knockclient changes this server`,
    'if none does, remove that file',
  );
}

/** What was to be printed is lost. */
export function outputLostProblem(code: string): Problem {
  const text = FILE_CODES[code]?.[0];
  return problem(`the output could not be written: ${text === undefined ? makeSafe(code) : `${text} (${code})`}`);
}

const ELSEWHERE = 'XDG_CONFIG_HOME chooses another place for what is saved';
const ROOM = 'make room there and try again';
const FILE_CODES: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  EACCES: ['this user has no right to it', `is it yours? ${ELSEWHERE}`],
  EPERM: ['this user has no right to it', `is it yours? ${ELSEWHERE}`],
  EROFS: ['the file system is read-only', ELSEWHERE],
  ENOTDIR: ['a part of this path is not a folder', ELSEWHERE],
  ENOENT: ['it is not there and cannot be made', ELSEWHERE],
  ENOSPC: ['there is no space left', ROOM],
  EDQUOT: ['the quota of this user is used up', ROOM],
  EIO: ['the device failed', 'is the disk all right?'],
};

/**
 * A folder or file of this program's configuration, or of what it works with, that the file system refuses.
 * @param error anything that was thrown
 * @returns undefined when it is not such an error
 */
export function fileSystemProblem(error: unknown): Problem | undefined {
  const { code = '', path } = (error ?? {}) as NodeJS.ErrnoException;
  const words = FILE_CODES[code];
  return words && path !== undefined ? problem(`${makeSafe(path)}: ${words[0]} (${code})`, words[1]) : undefined;
}

/** Others could read or change a secret. */
export function fileModeProblem(file: string, mode: number): Problem {
  const octal = (mode & 0o7777).toString(8).padStart(4, '0');
  const name = makeSafe(file);
  return problem(
    `${name}: mode ${octal}: expected a file that neither group nor others may read or write`,
    `chmod 600 ${name}`,
  );
}

/**
 * `FILE: PATH: VALUE: expected …`.
 * @param shown holds the value to be shown; absent for secrets and where there is nothing to show
 */
export function expectedInFile(
  file: string,
  expected: string,
  path?: string,
  shown?: { readonly value: unknown },
): Problem {
  const place = [
    makeSafe(file),
    ...(path === undefined ? [] : [makeSafe(path)]),
    ...(shown ? [showValue(shown.value)] : []),
  ];
  return problem(`${place.join(': ')}: expected ${makeSafe(expected)}`, undefined);
}
