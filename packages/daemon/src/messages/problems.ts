// Errors and hints on stderr. For all of this folder: plain values in, text out; every text ends with a line break. Never a
// secret, a link or a key.

import { escapeControls, formatTransportPort, hideSecrets, showValue, type TransportPort } from '@eightknock/codec';
import { closestWord } from '../config/closest-word.ts';
import type { Problem } from '../config/problem.ts';
import { messageOf } from '../message-of.ts';
import { listOf, PROGRAM } from './words.ts';

/** An error, and a hint where one helps: `knockdaemon: error: …`. */
export function formatError(message: string, hint?: string): string {
  const error = `${PROGRAM}: error: ${message}\n`;
  return hint === undefined ? error : `${error}${PROGRAM}: hint: ${hint}\n`;
}

/** A hint that stands by itself. */
export function formatHint(hint: string): string {
  return `${PROGRAM}: hint: ${hint}\n`;
}

/** It cannot start, and has shut what it guarded last. */
export function formatHeldGuard(guarded: readonly TransportPort[]): string {
  const ports = listOf(guarded.map(formatTransportPort));
  return `${PROGRAM}: warning: the guard is put in place as it stood last (${ports}): nobody can open anything until this is mended\n`;
}

/** Each problem in one line, `FILE: PATH: VALUE: expected …`, its hint in the next; a hint that repeats comes once. */
export function formatProblems(problems: readonly Problem[]): string {
  return formatEach(problems, formatError);
}

/** The same of what is amiss, but refused by nobody: `knockdaemon: warning: …`. */
export function formatWarnings(problems: readonly Problem[]): string {
  return formatEach(problems, (message, hint) => {
    return `${PROGRAM}: warning: ${message}\n${hint === undefined ? '' : formatHint(hint)}`;
  });
}

function formatEach(problems: readonly Problem[], format: (message: string, hint?: string) => string): string {
  const hints = new Set<string>();
  return problems
    .map(({ file, path, value, expected, hint }) => {
      const place = [file && escapeControls(file), path, value].filter((part) => part !== undefined && part !== '');
      const isNew = hint !== undefined && !hints.has(hint);
      if (isNew) hints.add(hint);
      return format([...place, `expected ${expected}`].join(': '), isNew ? hint : undefined);
    })
    .join('');
}

/**
 * What commander says of a wrong command line, in our form.
 * @param message for instance `error: unknown option '--tset'\n(Did you mean --test?)`
 */
export function formatCommandLineError(message: string): string {
  const [first = '', second = ''] = message.replace(/^error: /, '').split('\n');
  const meant = /^\(Did you mean (?:one of )?(.*)\?\)$/.exec(second)?.[1];
  const hint = meant === undefined ? `"${PROGRAM} --help" lists commands and options` : `did you mean ${meant}?`;
  return formatError(escapeControls(hideSecrets(first).replaceAll(/'([^']*)'/g, '"$1"')), hint);
}

/** `knockdaemon foo`, where foo is no command. */
export function formatUnknownWord(word: string, commands: readonly string[]): string {
  const meant = closestWord(word, commands);
  const hint = meant === undefined ? `"${PROGRAM} --help" lists commands and options` : `did you mean "${meant}"?`;
  return formatError(`unknown command ${showValue(word)}`, hint);
}

/** An error that nobody foresaw, with its stack only when that was asked for. */
export function formatUnexpected(error: unknown, debug: boolean): string {
  if (debug && error instanceof Error && error.stack !== undefined) return formatError(error.stack);
  const message = escapeControls(messageOf(error));
  return formatError(message, '--debug shows where it comes from');
}
