// Values → JSON that is harmless on a terminal: what JSON leaves as it is, but a terminal obeys, is escaped. Pure.

/** DEL, C1, line separators, and marks that turn the direction of writing. C0 is escaped by JSON itself. */
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Writes JSON. It reads back as the same value: such characters stand in texts only, where JSON may escape them.
 * @param spaces how far inner lines are indented; 0: all in one line
 */
export function safeJson(value: unknown, spaces = 0): string {
  return JSON.stringify(value, null, spaces).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
