// What was found → lines for the script of a shell: a word each, with what it does where the shell shows that, and lines
// such as `:files` for what the shell finds itself. Pure.

import { type Candidate, type Completion, OTHER_PROGRAM } from './complete.ts';
import { isPlainWord, type Shell } from './shells.ts';

/** Kinds of values that a shell finds itself. */
const SHELLS_OWN: Readonly<Record<string, string>> = {
  file: ':files',
  path: ':files',
  folder: ':folders',
  [OTHER_PROGRAM]: ':programs',
};

/**
 * Formats what was found.
 * @param names values of the kinds that the machine was asked for
 * @param words as the shell gave them; see {@link joinBrokenWords}
 */
export function formatCompletion(
  shell: Shell,
  { candidates, kinds, prefix }: Completion,
  names: readonly string[],
  words: readonly string[],
): string {
  const current = joinBrokenWords(shell, words).at(-1) ?? '';
  const found = names.map((name) => `${prefix}${name}`).filter((word) => word.startsWith(current));
  const all = [...candidates, ...found.map((word) => ({ word, help: '' }))].filter(({ word }) => isPlainWord(word));
  const unique = all.filter(({ word }, i) => i === all.findIndex((other) => other.word === word));
  // What stands before a break is in the line already.
  const kept = shell === 'bash' ? current.length - lastPart(words).length : 0;
  const lines = unique.map((candidate) => LINES[shell](candidate, kept));
  const own = new Set(kinds.flatMap((kind) => SHELLS_OWN[kind] ?? []));
  return [...lines, ...own].map((line) => `${line}\n`).join('');
}

const LINES: Readonly<Record<Shell, (candidate: Candidate, kept: number) => string>> = {
  bash: ({ word }, kept) => word.slice(kept),
  zsh: ({ word, help }) => `${word.replaceAll(':', '\\:')}${help && `:${help}`}`,
  fish: ({ word, help }) => `${word}${help && `\t${help}`}`,
};

/** What bash breaks words at, though no blank is there (COMP_WORDBREAKS). */
const BREAKS = /^[=:]+$/;

/**
 * Puts together what bash has broken up: `--transport` `=` `u` is `--transport=u`. Other shells do not do that.
 * @param words the last one is what is completed
 */
export function joinBrokenWords(shell: Shell, words: readonly string[]): readonly string[] {
  if (shell !== 'bash') return words;
  const joined: string[] = [];
  let isOpen = false;
  for (const word of words) {
    const isBreak = BREAKS.test(word);
    if ((isBreak || isOpen) && joined.length > 0) joined.push(`${joined.pop()}${word}`);
    else joined.push(word);
    isOpen = isBreak;
  }
  return joined;
}

/** What bash replaces: nothing, after a break. */
function lastPart(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length > 1 && BREAKS.test(last) ? '' : last;
}
