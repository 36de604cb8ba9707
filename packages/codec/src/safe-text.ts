// What somebody wrote → text for a message: one line, harmless on a terminal, never a secret that was put in the wrong place.

import { hideSecrets, looksLikeSecret, nameLooksLikeSecret } from './like-a-secret.ts';

const MAX_CHARACTERS = 60;
/**
 * What a terminal or a log may obey and JSON leaves as it is: DEL, C1, separators of lines, marks that turn the direction
 * of writing (Unicode Standard Annex 9). C0 is escaped by JSON itself.
 */
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Shows a value in a message.
 * @param value anything that a command line or a file can give; `undefined` is shown as `missing`
 * @returns one line; a text in double quotes, cut off after 60 characters, or what kind of thing it is
 */
export function showValue(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value === 'string') return showText(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'object' && value !== null) return 'a table';
  return String(value);
}

/**
 * Shows the name of a host or of something that was saved: whole, where {@link showValue} would take it for a secret or cut it off.
 * @param name which is known to be such a name
 * @returns one line; in double quotes, unless it could be a secret all the same
 */
export function showName(name: string): string {
  return nameLooksLikeSecret(name) ? describeHidden(name) : escapeUnsafe(JSON.stringify(name));
}

function describeHidden(text: string): string {
  return `a text of ${text.length} characters`;
}

function showText(text: string): string {
  if (looksLikeSecret(text)) return describeHidden(text);
  const characters = Array.from(text);
  const shown = characters.length > MAX_CHARACTERS ? `${characters.slice(0, MAX_CHARACTERS).join('')}…` : text;
  return escapeUnsafe(JSON.stringify(shown));
}

/**
 * Escapes what a terminal or a log would obey; for names of files and keys, which are not quoted.
 * @param text any text
 * @returns one line
 */
export function escapeControls(text: string): string {
  return escapeUnsafe(JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll('\\\\', '\\'));
}

/**
 * The same, without what is written like a secret: for messages of somebody else.
 * @param text any text
 * @returns one line, with … in place of what could be a secret
 */
export function makeSafe(text: string): string {
  return escapeControls(hideSecrets(text));
}

/**
 * Escapes in JSON what JSON itself does not.
 * @param json which reads back as the same value: such characters stand in texts only, where JSON may escape them
 */
export function escapeUnsafe(json: string): string {
  return json.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
