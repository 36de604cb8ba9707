// A client's secret: 32 random bytes ↔ 43 characters of base64url without padding (RFC 4648, section 5).

import { requireBytes, requireText } from './require.ts';
import { SECRET_BYTES } from './window-key.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const TEXT_LENGTH = 43;

/**
 * Makes a new secret.
 * @param random gives that many bytes from a cryptographically secure source, for instance
 *   `(length) => crypto.getRandomValues(new Uint8Array(length))`
 * @returns its text, 43 characters
 * @throws TypeError or RangeError when `random` does not give 32 bytes
 */
export function generateSecret(random: (length: number) => Uint8Array): string {
  return encodeSecret(random(SECRET_BYTES));
}

/**
 * Writes a secret as text.
 * @param secret 32 bytes
 * @returns 43 characters
 * @throws TypeError or RangeError when it is not 32 bytes
 */
export function encodeSecret(secret: Uint8Array): string {
  requireBytes('secret', secret, SECRET_BYTES);
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of secret) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text += ALPHABET[(value >> bits) & 63];
    }
  }
  return text + ALPHABET[(value << (6 - bits)) & 63];
}

/**
 * Reads the text of a secret. The inverse of {@link encodeSecret}: exactly one text stands for each secret.
 * @param text 43 characters of base64url, no padding, no spaces
 * @returns 32 bytes
 * @throws TypeError when it is not a string, RangeError when it is not such a text; the message never shows it
 */
export function decodeSecret(text: string): Uint8Array {
  requireText('secret', text);
  if (text.length !== TEXT_LENGTH) {
    throw new RangeError(`secret must be ${TEXT_LENGTH} characters of base64url, not ${text.length}`);
  }
  const secret = new Uint8Array(SECRET_BYTES);
  let bits = 0;
  let value = 0;
  let length = 0;
  for (const character of text) {
    const six = ALPHABET.indexOf(character);
    if (six < 0) throw new RangeError('secret must have only the characters A–Z a–z 0–9 - _');
    value = ((value << 6) | six) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      secret[length++] = (value >> bits) & 255;
    }
  }
  if ((value & ((1 << bits) - 1)) !== 0) {
    throw new RangeError('secret must end in a character whose two last bits are zero: is it copied whole?');
  }
  return secret;
}
