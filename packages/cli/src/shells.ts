// The shells that completion is made for, and what is safe to hand to any of them.

/** In the order of the help. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** A shell. */
export type Shell = (typeof SHELLS)[number];

/**
 * Whether no shell reads anything into this word. Only such words are offered: bash puts them into the command line as they
 * are, and a first `:` says what else to offer.
 */
export function isPlainWord(word: string): boolean {
  return /^[A-Za-z0-9._/@%+=,-][A-Za-z0-9._/@%+=,:-]*$/.test(word);
}
