// What stands for a value in a command line's help, `<tcp|udp>` or `[file]` → which words it may be. Pure.

import type { Argument, Option } from 'commander';

/** Which words a value may be. */
export interface ValueWords {
  /** As the help shows it, without brackets: `auto|source|ADDRESS`, `file`. */
  readonly placeholder: string;
  /** Words to be typed as they are. */
  readonly literals: readonly string[];
  /** What else it may be, in lower case: `file`, `server`, `n`. What that means is the caller's affair. */
  readonly kinds: readonly string[];
}

/**
 * Reads a placeholder. A single word names a kind. Of several with `|` between them, those in lower case are typed as
 * they are, those in capitals name kinds: `<auto|source|ADDRESS>`.
 * @param choices where commander knows them (`.choices()`)
 */
export function readPlaceholder(placeholder: string, choices?: readonly string[]): ValueWords {
  if (choices !== undefined) return { placeholder, literals: choices, kinds: [] };
  const words = placeholder.split('|');
  if (words.length === 1) return { placeholder, literals: [], kinds: [placeholder.toLowerCase()] };
  const isKind = (word: string) => /^[A-Z_-]+$/.test(word);
  return {
    placeholder,
    literals: words.filter((word) => !isKind(word)),
    kinds: words.filter(isKind).map((word) => word.toLowerCase()),
  };
}

/** The value of an option; absent where it takes none. */
export function valueOfOption({ flags, required, optional, argChoices }: Option): ValueWords | undefined {
  if (!required && !optional) return undefined;
  const placeholder = /[<[](.*?)(?:\.\.\.)?[\]>]/.exec(flags)?.[1] ?? '';
  return readPlaceholder(placeholder, argChoices);
}

/** The value of an argument. */
export function valueOfArgument(argument: Argument): ValueWords {
  return readPlaceholder(argument.name(), argument.argChoices);
}
