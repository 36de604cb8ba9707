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

const WRITE_CODES: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no space left',
  EDQUOT: 'the quota of this user is used up',
  EIO: 'the device failed',
};

/** What was to be printed is lost. */
export function outputLostProblem(code: string): Problem {
  return problem(`the output could not be written: ${describeWriteCode(code)}`);
}

function describeWriteCode(code: string): string {
  const text = WRITE_CODES[code];
  return text === undefined ? makeSafe(code) : `${text} (${code})`;
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
