// The text of an access.conf or fwknopd.conf → its entries, with their lines. Knows the form, not the meaning. As fwknopd
// reads it: a key, blanks, and a value up to ";" or the end of the line; a colon after the key does not count; "#" begins a
// comment at the start of a line only. No problem shows the text of a line: a key that slipped in there would be seen.

import type { Problem } from '../config/problem.ts';

/** Longer lines are cut in two by fwknopd. */
export const MAX_LINE_CHARACTERS = 1023;
/** More entries than this are not taken. */
export const MAX_ENTRIES = 20_000;

/** `KEY value`. */
export interface Entry {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Without the colon. */
  readonly key: string;
  /** Blanks at its end belong to it: fwknopd makes them part of a passphrase. */
  readonly value: string;
}

/** What a text is. */
export interface ReadEntries {
  readonly entries: readonly Entry[];
  readonly problems: readonly Problem[];
}

/** Reads the form of a file. @param file the name for problems */
export function readEntries(text: string, file: string): ReadEntries {
  const entries: Entry[] = [];
  const problems: Problem[] = [];
  const lines = (text.startsWith('\ufeff') ? text.slice(1) : text).split('\n');
  for (const [i, whole] of lines.entries()) {
    const place = { file, path: `line ${i + 1}` };
    const line = whole.split('\r', 1)[0] as string;
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue;
    if (line.length > MAX_LINE_CHARACTERS) {
      const expected = `at most ${MAX_LINE_CHARACTERS} characters in a line`;
      problems.push({ ...place, value: `${line.length} characters`, expected });
      continue;
    }
    if (line.includes('\0')) {
      problems.push({ ...place, expected: 'a line without a zero byte' });
      continue;
    }
    const [, key = '', value] = /^[ \t]*([^ \t]+)[ \t]+([^;]+)/.exec(line) ?? [];
    if (value === undefined) {
      problems.push({ ...place, value: 'no value', expected: 'KEY, blanks, and a value, such as SOURCE ANY' });
      continue;
    }
    if (entries.length === MAX_ENTRIES) {
      problems.push({ ...place, expected: `at most ${MAX_ENTRIES} entries` });
      break;
    }
    entries.push({ file, line: i + 1, key: key.replace(/:$/, ''), value });
  }
  return { entries, problems };
}
