// A value from the command line or a file → text for a message: quoted, short, one line, harmless on a terminal.
// Must never show what could be a secret, wherever it was put by mistake.

import { hideSecrets, looksLikeSecret } from '@eightknock/codec';

const MAX_CHARACTERS = 60;
/** What moves the cursor or turns the direction of writing: C0, DEL, C1, separators of lines, marks of direction. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Shows a value.
 * @param value anything; `undefined` is shown as `missing`
 * @returns one line; a text in double quotes, or what kind of thing it is
 */
export function showValue(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'a table';
  if (typeof value !== 'string') return String(value);
  if (looksLikeSecret(value)) return `a text of ${value.length} characters`;
  const characters = Array.from(value);
  const short = characters.length > MAX_CHARACTERS ? `${characters.slice(0, MAX_CHARACTERS).join('')}…` : value;
  return `"${makeSafe(short)}"`;
}

/** Makes a text of unknown origin fit to be shown: takes out what could be a secret, escapes control characters. */
export function makeSafe(text: string): string {
  return hideSecrets(text).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
