// Text → TOML table. Gives the table or what is wrong with the text. Must never pass on smol-toml's own message whole:
// it quotes the lines around the mistake, and one of them may be the secret.

import { parse, TomlError } from 'smol-toml';
import { findImpossibleDates } from './impossible-dates.ts';
import { formatPath } from './key-path.ts';
import type { Problem } from './problem.ts';

/** Deeper than any key of ours; far less than what would exhaust the stack. */
const MAX_DEPTH = 20;

/** What a text is as TOML. */
export interface TomlText {
  /** Absent when the text is not TOML. Its objects have no prototype; integers too large for a number are bigints. */
  readonly table?: Readonly<Record<string, unknown>>;
  readonly problems: readonly Problem[];
}

/**
 * Reads TOML 1.0.
 * @param file the name for problems
 */
export function readToml(text: string, file: string): TomlText {
  try {
    const table = parse(text, { integersAsBigInt: 'asNeeded', maxDepth: MAX_DEPTH });
    const problems = findImpossibleDates(text, table).map(({ path, text: value }) => {
      return { file, path: formatPath(path), value, expected: 'a day that is in the calendar' };
    });
    return { table, problems };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return { problems: [syntaxProblem(error, file)] };
  }
}

function syntaxProblem(error: TomlError, file: string): Problem {
  const reason = (error.message.split('\n', 1)[0] ?? '').replace(/^Invalid TOML document: /, '').replace(/\.$/, '');
  return { file, path: `line ${error.line}, column ${error.column}`, expected: `TOML, but: ${reason}` };
}
