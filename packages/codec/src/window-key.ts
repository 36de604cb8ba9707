// Time windows and the key of each: docs/protocol.md, "Key".

import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { requireBytes, requireInteger, requireText } from './require.ts';

/** Seconds one window lasts. */
export const WINDOW_SECONDS = 30;

/** Bytes of a client's secret. */
export const SECRET_BYTES = 32;

const KEY_INFO = utf8ToBytes('eightknock v1');
const ADDRESS_INFO = utf8ToBytes('eightknock v1 address');

/**
 * The window that a moment belongs to.
 * @param unixSeconds seconds since 1970-01-01 UTC, 0 or more; fractions are allowed
 * @throws TypeError or RangeError when it is not a number, negative or not finite
 */
export function windowAt(unixSeconds: number): number {
  if (typeof unixSeconds !== 'number') throw new TypeError('unixSeconds must be a number');
  if (!(unixSeconds >= 0 && unixSeconds <= Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`unixSeconds must be 0 or more, not ${unixSeconds}`);
  }
  return Math.floor(unixSeconds / WINDOW_SECONDS);
}

/**
 * Checks a server id.
 * @param serverId text of 1 to 64 bytes as UTF-8
 * @returns its UTF-8 bytes
 * @throws TypeError when it is not a string, RangeError when it is empty or too long, or half of a surrogate pair is in it
 */
export function serverIdBytes(serverId: string): Uint8Array {
  requireText('serverId', serverId);
  // UTF-8 has no bytes for it: every such half would count as the same character.
  if (/\p{Surrogate}/u.test(serverId)) throw new RangeError('serverId must be well-formed Unicode');
  const bytes = utf8ToBytes(serverId);
  if (bytes.length < 1 || bytes.length > 64) {
    throw new RangeError(`serverId must be 1 to 64 bytes as UTF-8, not ${bytes.length}`);
  }
  return bytes;
}

/**
 * Derives the key of one client for one window: HKDF-SHA256 (RFC 5869), docs/protocol.md, "Key".
 * @param secret 32 bytes
 * @param serverId 1 to 64 bytes as UTF-8
 * @param window 0 or more, see {@link windowAt}
 * @returns 32 bytes
 * @throws TypeError or RangeError that names the argument
 */
export function deriveWindowKey(secret: Uint8Array, serverId: string, window: number): Uint8Array {
  requireBytes('secret', secret, SECRET_BYTES);
  requireInteger('window', window, 0, Number.MAX_SAFE_INTEGER);
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(window));
  return hkdf(sha256, secret, serverIdBytes(serverId), concatBytes(KEY_INFO, number), 32);
}

/**
 * The four bytes that stand for an IPv6 address in a block: docs/protocol.md, "Block", address.
 * @param windowKey 32 bytes, see {@link deriveWindowKey}
 * @param address 16 bytes
 * @returns 4 bytes
 * @throws TypeError or RangeError that names the argument
 */
export function ipv6AddressField(windowKey: Uint8Array, address: Uint8Array): Uint8Array {
  requireBytes('windowKey', windowKey, 32);
  requireBytes('address', address, 16);
  return hmac(sha256, windowKey, concatBytes(ADDRESS_INFO, address)).slice(0, 4);
}
