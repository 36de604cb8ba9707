// A value of the configuration or the command line → text for a message: quoted, short, one line, harmless on a
// terminal. Must never show what could be a secret, wherever it was put by mistake.

import { looksLikeSecret } from '@eightknock/codec';

const MAX_CHARACTERS = 60;
/** C0 is escaped by JSON already; these are DEL, C1, line separators and marks that turn the direction of writing. */
const UNSAFE = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Shows a value.
 * @param value anything that TOML or the command line can give; `undefined` is shown as `missing`
 * @returns one line; a text in double quotes, or what kind of thing it is
 */
export function showValue(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return showText(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' && value !== null) return 'a table';
  return String(value);
}

/** Escapes what a terminal or a log would take for a command; for names of files and keys, which are not quoted. */
export function escapeControls(text: string): string {
  return JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replaceAll('\\\\', '\\')
    .replace(UNSAFE, escapeUnicode);
}

function showText(text: string): string {
  if (looksLikeSecret(text)) return `a text of ${text.length} characters`;
  const characters = Array.from(text);
  const shown = characters.length > MAX_CHARACTERS ? `${characters.slice(0, MAX_CHARACTERS).join('')}…` : text;
  return JSON.stringify(shown).replace(UNSAFE, escapeUnicode);
}

function escapeUnicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
