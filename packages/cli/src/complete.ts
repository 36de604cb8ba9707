// The words of a command line so far → what the last one can become. Pure; takes any words at all, and offers nothing
// where they make no sense. Reads them as commander would: a word after an option that takes a value is that value.

import type { CommandDescription, OptionDescription } from './describe-command.ts';
import { type Place, placeAfter } from './place.ts';
import type { ValueWords } from './value-words.ts';

/** A word that can stand there. */
export interface Candidate {
  readonly word: string;
  /** What it does; may be empty. */
  readonly help: string;
}

/** What the last word can become. */
export interface Completion {
  /** Every one begins with the last word. */
  readonly candidates: readonly Candidate[];
  /** What else it may be that only the machine knows: `server`, `file`. */
  readonly kinds: readonly string[];
  /** What stands before such a value in the last word: `--key-file=`, or nothing. */
  readonly prefix: string;
  /** Values of options before it, by long name: `--config` → `/etc/…`. */
  readonly typed: ReadonlyMap<string, string>;
}

/** The kind for the name of another program, from a variadic `[command...]`; what follows it are files for all we know. */
export const OTHER_PROGRAM = 'other program';

/**
 * Completes.
 * @param program as `describeCommand` tells it
 * @param words without the name of the program; the last one, up to the cursor, is what is completed. None: as if empty
 */
export function complete(program: CommandDescription, words: readonly string[]): Completion {
  const current = words.at(-1) ?? '';
  const place = placeAfter(program, words.slice(0, -1));
  const { awaits, isAfterDashes } = place;
  if (awaits?.value && !(awaits.isValueOptional && isOptionWord(current)))
    return offerValue(place, awaits.value, current);
  if (!isAfterDashes && isOptionWord(current)) return offerOption(place, current);
  return offerArgument(place, program, current);
}

function isOptionWord(word: string): boolean {
  return word.startsWith('-');
}

function offerOption(place: Place, current: string): Completion {
  const prefix = /^--[^=]*=/.exec(current)?.[0];
  if (prefix === undefined) return offer(place, current, optionCandidates(place, current));
  const option = place.options.find(({ long }) => `${long}=` === prefix);
  return option?.value ? offerValue(place, option.value, current, prefix) : offer(place, current, []);
}

function optionCandidates({ options, used }: Place, current: string): Candidate[] {
  const left = options.filter((option) => !used.has(option));
  const named = (name: (option: OptionDescription) => string | undefined) =>
    left.flatMap((option) => {
      const word = name(option);
      return word === undefined ? [] : [{ word, help: option.help }];
    });
  // Short ones only where one dash was typed: nowhere else are they of use.
  return current === '-' ? [...named(({ long }) => long), ...named(({ short }) => short)] : named(({ long }) => long);
}

function offerValue(place: Place, { literals, kinds }: ValueWords, current: string, prefix = ''): Completion {
  const candidates = literals.map((literal) => ({ word: `${prefix}${literal}`, help: '' }));
  return offer(place, current, candidates, kinds, prefix);
}

function offerArgument(place: Place, program: CommandDescription, current: string): Completion {
  const { command, position, isAfterDashes } = place;
  const commands = position === 0 && !isAfterDashes ? command.commands.map(asCandidate) : [];
  const last = command.arguments.at(-1);
  const atPosition = command.arguments[position];
  const argument = atPosition ?? (last?.isVariadic ? last : undefined);
  if (argument === undefined) {
    const isNothingElse = commands.length === 0 && !isAfterDashes;
    return offer(place, current, isNothingElse ? optionCandidates(place, '') : commands);
  }
  const { literals, kinds } = argument.value;
  const candidates = [...commands, ...literals.map((word) => ({ word, help: argument.help }))];
  if (!kinds.includes('command')) return offer(place, current, candidates, kinds);
  if (argument.isVariadic) return offer(place, current, candidates, [argument === atPosition ? OTHER_PROGRAM : 'file']);
  return offer(place, current, [...candidates, ...program.commands.map(asCandidate)]);
}

function asCandidate({ name, help }: CommandDescription): Candidate {
  return { word: name, help };
}

function offer(
  { typed }: Place,
  current: string,
  candidates: readonly Candidate[],
  kinds: readonly string[] = [],
  prefix = '',
): Completion {
  return { candidates: candidates.filter(({ word }) => word.startsWith(current)), kinds, prefix, typed };
}
