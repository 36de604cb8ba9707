// The text of a knockd.conf → its sections and directives, with their lines. Knows the form, not the meaning: knockd(1),
// "Configuration". As knockd reads it: blanks around lines, keys and values do not count, "#" begins a comment at the start
// of a line only, a value goes to the end of its line.

import { showValue } from '@eightknock/codec';
import type { Problem } from '../config/problem.ts';

/** Longer lines are cut in two by knockd. */
export const MAX_LINE_CHARACTERS = 4095;

/** `Key = value`, or a key alone. */
export interface Directive {
  /** From 1. */
  readonly line: number;
  /** As it is written. */
  readonly key: string;
  /** Without blanks around it; absent: there was no "=". */
  readonly value?: string;
}

/** `[name]` and what follows it. */
export interface Section {
  readonly line: number;
  readonly name: string;
  readonly directives: Directive[];
}

/** What a text is. */
export interface KnockdLines {
  readonly sections: readonly Section[];
  readonly problems: readonly Problem[];
}

/** Reads the form of the file. @param file the name for problems */
export function readLines(text: string, file: string): KnockdLines {
  const sections: Section[] = [];
  const problems: Problem[] = [];
  const withoutMark = text.startsWith('\ufeff') ? text.slice(1) : text;
  withoutMark.split('\n').forEach((whole, i) => {
    const line = i + 1;
    const place = { file, path: `line ${line}` };
    const trimmed = whole.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return;
    if (whole.length > MAX_LINE_CHARACTERS) {
      const expected = `at most ${MAX_LINE_CHARACTERS} characters in a line`;
      problems.push({ ...place, value: `${whole.length} characters`, expected });
      return;
    }
    if (trimmed.includes('\0')) {
      problems.push({ ...place, value: showValue(trimmed), expected: 'a line without a zero byte' });
      return;
    }
    if (trimmed.startsWith('[')) {
      const name = /^\[(.*)\]$/.exec(trimmed)?.[1];
      if (name === undefined || name.trim() === '') problems.push({ ...place, ...sectionProblem(trimmed) });
      // What follows belongs to it all the same, so that it is looked at.
      sections.push({ line, name: name ?? (trimmed.slice(1).split(']', 1)[0] as string), directives: [] });
      return;
    }
    const section = sections.at(-1);
    if (!section) {
      const hint = 'every directive belongs under [options] or under the [name] of a door';
      problems.push({ ...place, value: showValue(trimmed), expected: 'a section such as [openSSH]', hint });
      return;
    }
    const at = trimmed.indexOf('=');
    if (at < 0) section.directives.push({ line, key: trimmed });
    else section.directives.push({ line, key: trimmed.slice(0, at).trim(), value: trimmed.slice(at + 1).trim() });
  });
  return { sections, problems };
}

function sectionProblem(trimmed: string): Pick<Problem, 'value' | 'expected' | 'hint'> {
  const value = showValue(trimmed);
  const hint = trimmed.includes(']') && !trimmed.endsWith(']') ? 'a comment has a line of its own' : undefined;
  return { value, expected: 'the name of a section in brackets, such as [openSSH]', ...(hint && { hint }) };
}
