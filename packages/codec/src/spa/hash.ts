// The hash functions that fwknop knows, for the digest inside a packet and for the HMAC outside. MD5 and SHA-1 are here
// because its clients may be configured for them; what protects a packet is the HMAC, where both still hold (RFC 6151,
// RFC 6194). New keys use SHA-256.

import { hmac } from '@noble/hashes/hmac.js';
import { md5, sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { sha3_256, sha3_512 } from '@noble/hashes/sha3.js';
import type { CHash } from '@noble/hashes/utils.js';

/** A hash function of fwknop's. */
export type SpaHash = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512' | 'sha3-256' | 'sha3-512';

const FUNCTIONS: Readonly<Record<SpaHash, CHash>> = {
  md5,
  sha1,
  sha256,
  sha384,
  sha512,
  'sha3-256': sha3_256,
  'sha3-512': sha3_512,
};

/** All of them; where two have the same length, the one that is used more comes first. */
export const SPA_HASHES = Object.keys(FUNCTIONS) as readonly SpaHash[];

/** Bytes that a hash function gives. */
export function hashBytes(hash: SpaHash): number {
  return FUNCTIONS[hash].outputLen;
}

/** The hash of a message. */
export function hashOf(hash: SpaHash, message: Uint8Array): Uint8Array {
  return FUNCTIONS[hash](message);
}

/** The HMAC of a message (RFC 2104). */
export function hmacOf(hash: SpaHash, key: Uint8Array, message: Uint8Array): Uint8Array {
  return hmac(FUNCTIONS[hash], key, message);
}

/** Throws unless `value` names a hash function. @throws TypeError or RangeError that names the argument */
export function requireHash(name: string, value: unknown): asserts value is SpaHash {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string`);
  if (!(SPA_HASHES as readonly string[]).includes(value)) {
    throw new RangeError(`${name} must be one of ${SPA_HASHES.join(', ')}`);
  }
}

/** Are two rows of bytes the same? Takes equally long wherever they differ. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}
