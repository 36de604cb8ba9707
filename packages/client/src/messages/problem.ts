// Problems as lines on stderr, with their hints; and what nobody foresaw. For all of this folder: plain values in, text
// out. Never a secret, a link or a key: what comes from outside goes through `showValue` or `makeSafe`.

import { makeSafe } from '@eightknock/codec';
import type { Problem } from '../exit.ts';
import { PROGRAM } from './words.ts';

const HELP_HINT = `"${PROGRAM} --help" shows all options`;

/** Each problem in a line, `knockclient: error: …`, its hint in the next; a hint that repeats comes once. */
export function formatProblems(problems: readonly Problem[]): string {
  const hints = new Set<string>();
  return problems
    .map(({ message, hint }) => {
      const isNew = hint !== undefined && !hints.has(hint);
      if (isNew) hints.add(hint);
      return `${PROGRAM}: error: ${message}\n${isNew ? formatHint(hint) : ''}`;
    })
    .join('');
}

/** A hint that stands by itself. */
export function formatHint(hint: string): string {
  return `${PROGRAM}: hint: ${hint}\n`;
}

/** A line for `--debug`. */
export function formatDebug(text: string): string {
  return `${PROGRAM}: debug: ${makeSafe(text)}\n`;
}

/** A problem, with or without a hint. */
export function problem(message: string, hint?: string): Problem {
  return hint === undefined ? { message } : { message, hint };
}

/** What commander says of a wrong command line, in our form: `error: unknown option '--prot'\n(Did you mean --port?)`. */
export function commandLineProblem(text: string): Problem {
  const [first = '', second = ''] = text.replace(/^error: /, '').split('\n');
  const meant = /^\(Did you mean (?:one of )?(.*)\?\)$/.exec(second)?.[1];
  const message = makeSafe(first)
    .replaceAll(/'([^']*)'/g, '"$1"')
    .replace(/\.$/, '');
  return problem(message, meant === undefined ? HELP_HINT : `did you mean ${makeSafe(meant)}?`);
}

/** The problems that an error carries (see Failure), or the error as one. */
export function problemsOf(error: unknown): readonly Problem[] {
  const { problems } = error as { readonly problems?: readonly Problem[] };
  return problems ?? [unexpectedProblem(error, false)];
}

/** An error that nobody foresaw, with its stack only when that was asked for. */
export function unexpectedProblem(error: unknown, debug: boolean): Problem {
  if (debug && error instanceof Error && error.stack !== undefined) {
    return { message: error.stack.split('\n').map(makeSafe).join('\n') };
  }
  return problem(makeSafe(error instanceof Error ? error.message : String(error)), '--debug shows where it comes from');
}
