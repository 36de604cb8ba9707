// Base64 as fwknop writes it: the standard alphabet (RFC 4648, section 4) without "=". Exactly one text for each row of
// bytes: where a decoder takes two, whoever forwards a packet can change it and it is still valid.

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Code of a character → its six bits; −1 where it has none. */
const SIX_BITS = new Int8Array(128).fill(-1);
for (let i = 0; i < ALPHABET.length; i++) SIX_BITS[ALPHABET.charCodeAt(i)] = i;

/** Characters that a number of bytes is written with. */
export function base64Length(bytes: number): number {
  return Math.ceil((bytes * 4) / 3);
}

/**
 * Writes bytes as base64 without padding.
 * @returns {@link base64Length} characters
 */
export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  let value = 0;
  let bits = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xffff;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text += ALPHABET[(value >> bits) & 63];
    }
  }
  return bits === 0 ? text : text + ALPHABET[(value << (6 - bits)) & 63];
}

/**
 * Reads base64 without padding. The inverse of {@link encodeBase64}.
 * @param text anything
 * @returns undefined when {@link encodeBase64} would not have written it: another character, "=", a length that no number of
 *   bytes has, or a last character whose spare bits are not zero
 */
export function tryDecodeBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let length = 0;
  let value = 0;
  let bits = 0;
  for (let i = 0; i < text.length; i++) {
    const six = SIX_BITS[text.charCodeAt(i)] ?? -1;
    if (six < 0) return undefined;
    value = ((value << 6) | six) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[length++] = (value >> bits) & 255;
    }
  }
  return (value & ((1 << bits) - 1)) === 0 ? bytes : undefined;
}
