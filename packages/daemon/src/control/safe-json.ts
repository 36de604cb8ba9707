// Values → JSON that is harmless on a terminal. Pure.

import { escapeUnsafe } from '@eightknock/codec';

/**
 * Writes JSON. It reads back as the same value.
 * @param spaces how far inner lines are indented; 0: all in one line
 */
export function safeJson(value: unknown, spaces = 0): string {
  return escapeUnsafe(JSON.stringify(value, null, spaces));
}
