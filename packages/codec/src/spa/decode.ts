// A single packet → its fields, or why not. Cheapest check first, the HMAC before anything is decrypted, every field after
// it. It never throws for a packet, and decides neither whether the client may have what it asks nor whether it is a replay.

import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { requireInteger } from '../require.ts';
import { base64Length, tryDecodeBase64 } from './base64.ts';
import { decryptCbc } from './cipher.ts';
import { readFields, type SpaFields, textOfBytes } from './fields.ts';
import { equalBytes, hashBytes, hmacOf } from './hash.ts';
import { requireKey, type SpaKey } from './key.ts';
import type { SpaRejection } from './rejection.ts';
import { authenticated, hasPrefix, isSealedLength, looksLikeGpg, readSealed } from './sealed.ts';

/** Seconds that a packet may be old, or come from the future, where nothing else is said: as fwknopd has it. */
export const DEFAULT_MAX_AGE_SECONDS = 120;

/** Characters of the longest packet that fwknop makes, GnuPG's included. A datagram may have 65,507. */
const MAX_LOOKED_AT = 1500;

/** A packet that was recognised. */
export interface DecodedSpa extends SpaFields {
  readonly ok: true;
  /**
   * 32 bytes, for the memory of replays: SHA-256 of the plaintext without its digest. What was sent is the same packet
   * whenever this is the same, in whatever way it was encrypted, authenticated or written.
   */
  readonly identity: Uint8Array;
}

/**
 * Reads a packet with one client's keys. The inverse of `encodeSpa`.
 * @param packet the payload of a datagram, whatever it is
 * @param key what client and server share
 * @param unixSeconds the receiver's clock, 0 or more; fractions are allowed
 * @param maxAgeSeconds how far the packet's time may be off, either way, 0 or more
 * @throws TypeError or RangeError that names the argument; never for what is in a packet
 */
export function decodeSpa(
  packet: Uint8Array | string,
  key: SpaKey,
  unixSeconds: number,
  maxAgeSeconds = DEFAULT_MAX_AGE_SECONDS,
): DecodedSpa | SpaRejection {
  requireKey(key);
  requireSeconds(unixSeconds);
  requireInteger('maxAgeSeconds', maxAgeSeconds, 0, Number.MAX_SAFE_INTEGER);
  if (typeof packet !== 'string' && !(packet instanceof Uint8Array)) {
    throw new TypeError('packet must be a Uint8Array or a string');
  }

  const plaintext = openPacket(packet, key);
  if (typeof plaintext !== 'string') return plaintext;
  const read = readFields(plaintext);
  if (!read.ok) return read;
  const ageSeconds = Math.floor(unixSeconds) - read.fields.timestamp;
  if (Math.abs(ageSeconds) > maxAgeSeconds) return { ok: false, reason: 'wrong-time', ageSeconds };
  return { ok: true, ...read.fields, identity: sha256(utf8ToBytes(read.covered)) };
}

/** The plaintext of an authentic packet, one character for each byte. */
function openPacket(packet: Uint8Array | string, { encryptionKey, hmacKey, hmacHash }: SpaKey): string | SpaRejection {
  if (packet.length > MAX_LOOKED_AT) return { ok: false, reason: 'wrong-length' };
  const all = typeof packet === 'string' ? packet : textOfBytes(packet);
  if (hasPrefix(all)) return { ok: false, reason: 'prefix-sent' };
  if (looksLikeGpg(all)) return { ok: false, reason: 'gpg' };
  const end = all.length - base64Length(hashBytes(hmacHash));
  if (!isSealedLength(end)) return { ok: false, reason: 'wrong-length' };

  const text = all.slice(0, end);
  const given = tryDecodeBase64(all.slice(end));
  const sealed = readSealed(text);
  if (!given || !sealed) return { ok: false, reason: 'not-base64' };
  if (!equalBytes(hmacOf(hmacHash, hmacKey, authenticated(text)), given)) return { ok: false, reason: 'hmac-mismatch' };
  const clear = decryptCbc(encryptionKey, sealed.salt, sealed.blocks);
  return clear ? textOfBytes(clear) : { ok: false, reason: 'decryption-failed' };
}

function requireSeconds(unixSeconds: unknown): asserts unixSeconds is number {
  if (typeof unixSeconds !== 'number') throw new TypeError('unixSeconds must be a number');
  if (!(unixSeconds >= 0 && unixSeconds <= Number.MAX_SAFE_INTEGER)) {
    throw new RangeError(`unixSeconds must be 0 or more, not ${unixSeconds}`);
  }
}
