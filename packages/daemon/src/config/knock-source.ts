// `source = …` and `log_pattern = …`: where knocks are read from. Pure: whether a file exists is not asked here, it may come
// later.

import * as z from 'zod';
import { allowLinearPatterns } from '../linear-patterns.ts';
import { compilePattern, MAX_PATTERN_CHARACTERS, NEEDED_GROUPS, OTHER_GROUPS } from '../packet/pattern-line.ts';
import type { KnockSource } from './config.ts';

/** What `source` has to be. */
export const EXPECTED_SOURCE =
  '"pcap", "nflog:N" with N from 0 to 65535, "log:FILE" with an absolute path, or "journal"';
const EXPECTED_PATTERN = `a regular expression of at most ${MAX_PATTERN_CHARACTERS} characters`;

/** @returns undefined when the text is no source */
export function readSource(text: string): KnockSource | undefined {
  if (text === 'pcap' || text === 'journal') return { kind: text };
  const group = /^nflog:(0|[1-9]\d{0,4})$/.exec(text)?.[1];
  if (group !== undefined) return Number(group) <= 0xffff ? { kind: 'nflog', group: Number(group) } : undefined;
  const file = /^log:(\/[^\0\n]*[^\0\n/])$/.exec(text)?.[1];
  return file === undefined ? undefined : { kind: 'log', file };
}

/** Checks the value of `log_pattern`, as a transform of its schema. */
export function readLogPattern(value: unknown, context: z.RefinementCtx): string | undefined {
  if (value === undefined) return undefined;
  const problem = typeof value === 'string' ? patternProblem(value) : EXPECTED_PATTERN;
  if (problem === undefined) return value as string;
  context.issues.push({ code: 'custom', message: problem, input: value });
  return z.NEVER;
}

/** @returns what was expected; undefined when the pattern can be used */
function patternProblem(pattern: string): string | undefined {
  if (pattern.length > MAX_PATTERN_CHARACTERS || pattern.includes('\0')) return EXPECTED_PATTERN;
  allowLinearPatterns();
  const names = groupNames(pattern);
  if (typeof names === 'string') return names;
  const missing = NEEDED_GROUPS.filter((name) => !names.includes(name));
  if (missing.length > 0) return `the named ${missing.map((name) => `group (?<${name}>…)`).join(' and ')} in it`;
  const unknown = names.filter((name) => !NEEDED_GROUPS.includes(name) && !OTHER_GROUPS.includes(name));
  if (unknown.length === 0) return undefined;
  return `no other named groups than ${[...NEEDED_GROUPS, ...OTHER_GROUPS].join(', ')}`;
}

/** Of a pattern that can be compiled; otherwise what was expected. */
function groupNames(pattern: string): string[] | string {
  try {
    compilePattern(pattern);
    // With an empty alternative it matches the empty text, and tells its groups.
    return Object.keys(compilePattern(`${pattern}|`).exec('')?.groups ?? {});
  } catch (error) {
    const why = error instanceof Error ? error.message.slice(error.message.lastIndexOf(': ') + 2) : '';
    if (why.includes('linear time')) {
      return 'a regular expression that can be run in linear time: no look-around, no back-references, no very large counts';
    }
    return `a regular expression: ${why.toLowerCase()}`;
  }
}
