// The outside of a single packet: salt and blocks ↔ the text that is sent. The text begins with OpenSSL's "Salted__" in base64,
// which is covered by the HMAC and left out on the wire.

import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { base64Length, encodeBase64, tryDecodeBase64 } from './base64.ts';
import { AES_BLOCK_BYTES, SALT_BYTES } from './cipher.ts';

const MAGIC = utf8ToBytes('Salted__');
/** "Salted__" in base64, as far as the salt has no part in it: the HMAC begins with it, and it is not sent. */
export const SPA_UNSENT_PREFIX = 'U2FsdGVkX1';

/** The shortest plaintext has 65 bytes: five blocks. */
const MIN_BLOCKS = 5;
/** fwknop takes a text of 400 characters and more, prefix included and HMAC not, for GnuPG's: 17 blocks are the most. */
const MAX_BLOCKS = 17;
/** Bytes of the longest plaintext: one of the last block is padding. */
export const MAX_PLAINTEXT_BYTES = MAX_BLOCKS * AES_BLOCK_BYTES - 1;
const GPG_LENGTH = 400;

/** Salt and blocks of a packet. */
export interface Sealed {
  /** 8 bytes. */
  readonly salt: Uint8Array;
  /** 5 to 17 blocks of 16 bytes. */
  readonly blocks: Uint8Array;
}

/** Lengths that a text has on the wire, without its HMAC. */
const LENGTHS = new Set(
  Array.from({ length: MAX_BLOCKS - MIN_BLOCKS + 1 }, (_, i) => {
    const bytes = MAGIC.length + SALT_BYTES + (MIN_BLOCKS + i) * AES_BLOCK_BYTES;
    return base64Length(bytes) - SPA_UNSENT_PREFIX.length;
  }),
);

/** Has a packet without its HMAC this length? */
export function isSealedLength(length: number): boolean {
  return LENGTHS.has(length);
}

/** Is it a text as GnuPG's packets have it? They are long, and begin as ours cannot. Ask {@link hasPrefix} before. */
export function looksLikeGpg(text: string): boolean {
  return text.length >= GPG_LENGTH && /^[A-Za-z]/.test(text);
}

/** Does it begin with what is never sent? */
export function hasPrefix(text: string): boolean {
  return text.startsWith(SPA_UNSENT_PREFIX);
}

/** What the HMAC of a text is made of: prefix and text. */
export function authenticated(text: string): Uint8Array {
  return utf8ToBytes(SPA_UNSENT_PREFIX + text);
}

/** Writes salt and blocks as they are sent. */
export function writeSealed({ salt, blocks }: Sealed): string {
  return encodeBase64(concatBytes(MAGIC, salt, blocks)).slice(SPA_UNSENT_PREFIX.length);
}

/**
 * Reads what was sent, without its HMAC. The inverse of {@link writeSealed}.
 * @returns undefined when {@link writeSealed} would not have written it
 */
export function readSealed(text: string): Sealed | undefined {
  if (!isSealedLength(text.length)) return undefined;
  const bytes = tryDecodeBase64(SPA_UNSENT_PREFIX + text);
  // Eight bytes are ten characters and a bit: the first one that is sent has the magic's last four bits.
  if (!bytes || bytes[MAGIC.length - 1] !== MAGIC.at(-1)) return undefined;
  const start = MAGIC.length + SALT_BYTES;
  return { salt: bytes.slice(MAGIC.length, start), blocks: bytes.slice(start) };
}
