// AES-256-CBC with a key and an IV made of passphrase and salt, as `openssl enc -md md5` makes them (OpenSSL's
// EVP_BytesToKey(3), one round). The only importer of @noble/ciphers: it decrypts whatever it is given, so that the HMAC
// must have been found right before anything comes here.

import { cbc } from '@noble/ciphers/aes.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { hashOf } from './hash.ts';

/** Bytes of the salt. */
export const SALT_BYTES = 8;
/** Bytes of a block of AES. */
export const AES_BLOCK_BYTES = 16;

/** Key and IV: MD5 over what it gave before, passphrase and salt, until there are 48 bytes. */
function deriveKeyAndIv(passphrase: Uint8Array, salt: Uint8Array): { key: Uint8Array; iv: Uint8Array } {
  const first = hashOf('md5', concatBytes(passphrase, salt));
  const second = hashOf('md5', concatBytes(first, passphrase, salt));
  const iv = hashOf('md5', concatBytes(second, passphrase, salt));
  return { key: concatBytes(first, second), iv };
}

/**
 * Encrypts, with 1 to 16 bytes of padding (RFC 5652, section 6.3).
 * @param passphrase 1–32 bytes
 * @param salt 8 bytes, random for each packet
 * @returns whole blocks
 */
export function encryptCbc(passphrase: Uint8Array, salt: Uint8Array, clear: Uint8Array): Uint8Array {
  const { key, iv } = deriveKeyAndIv(passphrase, salt);
  return cbc(key, iv).encrypt(clear);
}

/**
 * Decrypts. The inverse of {@link encryptCbc}.
 * @param blocks one or more whole blocks, which are authentic
 * @returns undefined when the padding is wrong: the passphrase is another one
 */
export function decryptCbc(passphrase: Uint8Array, salt: Uint8Array, blocks: Uint8Array): Uint8Array | undefined {
  const { key, iv } = deriveKeyAndIv(passphrase, salt);
  const padded = cbc(key, iv, { disablePadding: true }).decrypt(blocks);
  const padding = padded.at(-1) ?? 0;
  if (padding < 1 || padding > AES_BLOCK_BYTES) return undefined;
  const end = padded.length - padding;
  return padded.subarray(end).every((byte) => byte === padding) ? padded.subarray(0, end) : undefined;
}
