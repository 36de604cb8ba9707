// The words before the one to be completed → where in the program that one stands. Pure. Reads the words as commander
// does, and passes over what it would refuse.

import type { CommandDescription, OptionDescription } from './describe-command.ts';

/** Where a word stands. */
export interface Place {
  /** The command whose argument or option it would be. */
  readonly command: CommandDescription;
  /** What can be said here: the command's own options, and those of the one that is run by default. */
  readonly options: readonly OptionDescription[];
  /** How many arguments of the command went before. */
  readonly position: number;
  /** The word is the value of this option, or may be. */
  readonly awaits?: OptionDescription;
  /** After `--`, or after the first argument of a command that passes options on: no option any more. */
  readonly isAfterDashes: boolean;
  /** Options that were given. */
  readonly used: ReadonlySet<OptionDescription>;
  /** Values of options that were given, by long name. */
  readonly typed: ReadonlyMap<string, string>;
}

/** Where the word after these stands. */
export function placeAfter(program: CommandDescription, words: readonly string[]): Place {
  let command = program;
  let position = 0;
  let awaits: OptionDescription | undefined;
  let isAfterDashes = false;
  const used = new Set<OptionDescription>();
  const typed = new Map<string, string>();
  const remember = ({ long, short }: OptionDescription, value: string) => typed.set(long ?? short ?? '', value);

  for (const word of words) {
    const isOption = !isAfterDashes && word.startsWith('-') && word !== '-';
    if (awaits && !(awaits.isValueOptional && isOption)) {
      remember(awaits, word);
      awaits = undefined;
    } else if (isOption && word === '--') {
      isAfterDashes = true;
      awaits = undefined;
    } else if (isOption) {
      const { name, value } = splitOption(word);
      const option = optionsOf(command).find(({ short, long }) => short === name || long === name);
      if (option) used.add(option);
      if (option?.value && value !== undefined) remember(option, value);
      awaits = option?.value && value === undefined ? option : undefined;
    } else {
      const known: readonly CommandDescription[] = position === 0 && !isAfterDashes ? command.commands : [];
      const next = known.find(({ name }) => name === word);
      if (next) command = next;
      else position++;
      isAfterDashes ||= !next && command.passesOptionsOn;
    }
  }
  const options = optionsOf(command);
  return { command, options, position, ...(awaits && { awaits }), isAfterDashes, used, typed };
}

function optionsOf({ options, defaultCommand }: CommandDescription): readonly OptionDescription[] {
  if (!defaultCommand) return options;
  const own = new Set(options.map(({ long }) => long));
  return [...options, ...defaultCommand.options.filter(({ long }) => !own.has(long))];
}

/** `--delay=5`; an option of one letter has its value in the next word, or nothing is known of it. */
function splitOption(word: string): { readonly name: string; readonly value?: string } {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1;
  return equals < 0 ? { name: word } : { name: word.slice(0, equals), value: word.slice(equals + 1) };
}
