// What client and server share for single packets: two keys and the name of a hash function. fwknop has keys as text (KEY,
// HMAC_KEY) and as base64 (KEY_BASE64, HMAC_KEY_BASE64); both become bytes here. No message ever shows one.

import { utf8ToBytes } from '@noble/hashes/utils.js';
import { requireBytes, requireText } from '../require.ts';
import { encodeBase64, tryDecodeBase64 } from './base64.ts';
import { equalBytes, requireHash, type SpaHash } from './hash.ts';

/** Bytes of the longest encryption key that fwknop takes. */
export const MAX_ENCRYPTION_KEY_BYTES = 32;
/** Bytes of the longest HMAC key that fwknop takes. */
export const MAX_HMAC_KEY_BYTES = 128;

/** The keys of one client. They are not the same: fwknop refuses that, and so do we. */
export interface SpaKey {
  /** 1–32 bytes. What AES is given is derived from it. */
  readonly encryptionKey: Uint8Array;
  /** 1–128 bytes. */
  readonly hmacKey: Uint8Array;
  /** The HMAC's hash function: it is agreed on, the packet does not say it. fwknop's default is `sha256`. */
  readonly hmacHash: SpaHash;
}

/** Throws unless a key can be used. @throws TypeError or RangeError that names the field */
export function requireKey({ encryptionKey, hmacKey, hmacHash }: SpaKey): void {
  requireBytes('encryptionKey', encryptionKey, 1, MAX_ENCRYPTION_KEY_BYTES);
  requireBytes('hmacKey', hmacKey, 1, MAX_HMAC_KEY_BYTES);
  requireHash('hmacHash', hmacHash);
  if (isSameKey(encryptionKey, hmacKey)) throw new RangeError('hmacKey must be another key than encryptionKey');
}

/** Are both keys one? Then neither may be used. */
export function isSameKey(encryptionKey: Uint8Array, hmacKey: Uint8Array): boolean {
  return equalBytes(encryptionKey, hmacKey);
}

/**
 * The bytes of a key that is written as text: a passphrase.
 * @param text not empty
 * @returns its UTF-8 bytes
 * @throws TypeError when it is not a string, RangeError when it is empty, or half of a surrogate pair is in it
 */
export function spaKeyOfText(text: string): Uint8Array {
  requireText('key', text);
  if (text === '') throw new RangeError('key must not be empty');
  if (/\p{Surrogate}/u.test(text)) throw new RangeError('key must be well-formed Unicode');
  return utf8ToBytes(text);
}

/**
 * Reads a key that is written in base64, as `fwknop --key-gen` prints it.
 * @param text base64 with the standard alphabet; the "=" at its end may all be missing
 * @throws TypeError when it is not a string, RangeError when it is empty or not such a text
 */
export function decodeSpaKey(text: string): Uint8Array {
  requireText('key', text);
  const bare = text.length % 4 === 0 ? text.replace(/={1,2}$/, '') : text;
  const key = tryDecodeBase64(bare);
  if (!key || key.length === 0) throw new RangeError('key must be base64 (A–Z a–z 0–9 + /): is it copied whole?');
  return key;
}

/**
 * Writes a key in base64, as `fwknop --key-gen` prints it. The inverse of {@link decodeSpaKey}.
 * @param key not empty
 * @returns base64 with "=" at its end where that belongs
 * @throws TypeError or RangeError when it is no such key
 */
export function encodeSpaKey(key: Uint8Array): string {
  requireBytes('key', key, 1, MAX_HMAC_KEY_BYTES);
  const text = encodeBase64(key);
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}
