// How a command ends: the exit code, and the failure that carries what is to be said. Whatever is thrown anywhere ends
// in `reportError`, the one place where errors become messages.

import { CommanderError } from 'commander';
import { fileSystemProblem } from './messages/files.ts';
import { commandLineProblem, formatProblems, unexpectedProblem } from './messages/problem.ts';
import type { Output } from './output.ts';

/** What a command ends with: 0 done, 1 failed at run time, 2 wrong use or configuration. */
export type ExitCode = 0 | 1 | 2;

/** Something to be put right, in the words of messages/. Never contains a secret. */
export interface Problem {
  /** Without `error:`, in lower case, values quoted. */
  readonly message: string;
  /** A sentence that helps, or a command to type. */
  readonly hint?: string;
}

/** Thrown when a command cannot go on, for reasons that were foreseen. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly exitCode: ExitCode;
  /** In the order in which they are shown. Never empty. */
  readonly problems: readonly Problem[];
  /** More fields for the JSON object. */
  readonly details: Readonly<Record<string, unknown>>;

  /**
   * @param exitCode 1 or 2
   * @param problems at least one
   * @param details fields that `--json` shows besides `ok`, `error` and `hint`
   */
  constructor(exitCode: ExitCode, problems: readonly Problem[], details: Readonly<Record<string, unknown>> = {}) {
    super(problems.map(({ message }) => message).join('; '));
    this.exitCode = exitCode;
    this.problems = problems;
    this.details = details;
  }
}

/** @throws Failure with exit code 2 when there is any problem */
export function throwIfAny(problems: readonly Problem[]): void {
  if (problems.length > 0) throw new Failure(2, problems);
}

/**
 * Shows an error: lines on stderr, or with `json` one object on stdout.
 * @param error anything that was thrown
 * @returns the exit code it stands for
 */
export function reportError(error: unknown, mode: { readonly json: boolean; readonly debug: boolean }, output: Output) {
  const { exitCode, problems, details } = asFailure(error, mode.debug);
  if (problems.length === 0) return exitCode;
  if (mode.json) {
    const hints = problems.flatMap(({ hint }) => hint ?? []);
    const answer = {
      ok: false,
      error: problems.map(({ message }) => message).join('; '),
      hint: hints.length > 0 ? [...new Set(hints)].join('; ') : null,
      ...details,
    };
    output.stdout(`${JSON.stringify(answer)}\n`);
  } else {
    output.stderr(formatProblems(problems));
  }
  return exitCode;
}

function asFailure(error: unknown, debug: boolean): Pick<Failure, 'exitCode' | 'problems' | 'details'> {
  if (error instanceof Failure) return error;
  if (error instanceof CommanderError) {
    // Help and version come this way too; they are written already.
    if (error.exitCode === 0) return { exitCode: 0, problems: [], details: {} };
    return { exitCode: 2, problems: [commandLineProblem(error.message)], details: {} };
  }
  const foreseen = fileSystemProblem(error);
  return { exitCode: 1, problems: [foreseen ?? unexpectedProblem(error, debug)], details: {} };
}
