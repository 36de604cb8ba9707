// The fields of a single packet ↔ its plaintext: texts with colons between them, and a digest of them at the end. Each field
// has one spelling, so that the same fields always make the same plaintext.

import { utf8ToBytes } from '@noble/hashes/utils.js';
import { requireInteger, requireText } from '../require.ts';
import { base64Length, encodeBase64, tryDecodeBase64 } from './base64.ts';
import { equalBytes, hashBytes, hashOf, requireHash, SPA_HASHES, type SpaHash } from './hash.ts';
import type { SpaRejection } from './rejection.ts';
import { hasNatAccess, readRequest, type SpaRequest, shapeOfType, writeRequest } from './request.ts';

/** fwknop's version of the format: the only one that is written, and that is read. */
export const SPA_VERSION = '3.0.0';
/** Bytes of the longest user name: 64 characters in base64. */
export const MAX_USER_BYTES = 48;
/** The last moment that ten digits can tell, in the year 2286. */
const MAX_TIMESTAMP = 9_999_999_999;

/** What a packet says. */
export interface SpaFields {
  /** 16 decimal digits, random for each packet, see {@link randomSpaDigits}. */
  readonly randomDigits: string;
  /** 1–48 characters of printable ASCII, but none of `" / \ [ ] : ; | = , + * ? < >`. */
  readonly user: string;
  /** The sender's clock: whole seconds since 1970-01-01 UTC, 1–9999999999. */
  readonly timestamp: number;
  readonly request: SpaRequest;
  /** The hash function of the digest inside. It protects nothing: the HMAC does. fwknop's default is `sha256`. */
  readonly digestHash: SpaHash;
}

/** A plaintext that was read. */
export interface ReadFields {
  readonly ok: true;
  readonly fields: SpaFields;
  /** The plaintext without its digest. */
  readonly covered: string;
}

/**
 * Writes the plaintext.
 * @throws TypeError or RangeError that names the field
 */
export function writeFields({ randomDigits, user, timestamp, request, digestHash }: SpaFields): string {
  requireText('randomDigits', randomDigits);
  if (!isRandom(randomDigits)) throw new RangeError('randomDigits must be 16 decimal digits');
  requireText('user', user);
  if (!isUser(user)) {
    throw new RangeError(
      `user must be 1 to ${MAX_USER_BYTES} printable characters, none of " / \\ [ ] : ; | = , + * ? < >`,
    );
  }
  requireInteger('timestamp', timestamp, 1, MAX_TIMESTAMP);
  requireHash('digestHash', digestHash);
  const { type, message, natAccess, timeout } = writeRequest(request);
  const parts = [randomDigits, inBase64(user), `${timestamp}`, SPA_VERSION, type, inBase64(message)];
  if (natAccess !== undefined) parts.push(inBase64(natAccess));
  if (timeout !== undefined) parts.push(timeout);
  const covered = parts.join(':');
  return `${covered}:${encodeBase64(hashOf(digestHash, utf8ToBytes(covered)))}`;
}

/**
 * Reads a plaintext. The inverse of {@link writeFields}.
 * @param plaintext anything
 */
export function readFields(plaintext: string): ReadFields | SpaRejection {
  const parts = plaintext.split(':');
  const [random = '', user = '', timestamp = '', version, type = '', message = '', ...optional] = parts.slice(0, -1);
  const shape = shapeOfType(type);
  const [withNat, withTimeout] = [shape !== undefined && hasNatAccess(shape.kind), shape?.hasTimeout ?? false];
  if (parts.length < 7 || (shape && optional.length !== Number(withNat) + Number(withTimeout))) {
    return { ok: false, reason: 'wrong-field-count' };
  }
  const covered = plaintext.slice(0, plaintext.lastIndexOf(':'));
  const digestHash = findHash(covered, parts.at(-1) ?? '');
  if (!digestHash) return { ok: false, reason: 'digest-mismatch' };

  if (!isRandom(random)) return { ok: false, reason: 'bad-field', field: 'random' };
  const userName = ofBase64(user);
  if (userName === undefined || !isUser(userName)) return { ok: false, reason: 'bad-field', field: 'user' };
  if (!/^[1-9]\d{0,9}$/.test(timestamp)) return { ok: false, reason: 'bad-field', field: 'timestamp' };
  if (version !== SPA_VERSION) return { ok: false, reason: 'bad-field', field: 'version' };
  const request = readRequest({
    type,
    message: ofBase64(message) ?? '',
    ...(withNat ? { natAccess: ofBase64(optional[0] ?? '') ?? '' } : {}),
    ...(withTimeout ? { timeout: optional.at(-1) ?? '' } : {}),
  });
  if (typeof request === 'string') return { ok: false, reason: 'bad-field', field: request };
  const fields = { randomDigits: random, user: userName, timestamp: Number(timestamp), request, digestHash };
  return { ok: true, fields, covered };
}

/**
 * Makes the random digits of a packet.
 * @param random gives that many bytes from a cryptographically secure source, for instance
 *   `(length) => crypto.getRandomValues(new Uint8Array(length))`
 * @returns 16 decimal digits
 * @throws RangeError when `random` gives fewer bytes than it is asked for
 */
export function randomSpaDigits(random: (length: number) => Uint8Array): string {
  const bytes = random(16);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // 64 bits for eight digits: none is preferred by more than one in 10^11.
  return [0, 8].map((at) => String(view.getBigUint64(at) % 100_000_000n).padStart(8, '0')).join('');
}

function isRandom(text: string): boolean {
  return /^\d{16}$/.test(text);
}

function isUser(text: string): boolean {
  return text.length <= MAX_USER_BYTES && /^[ -~]+$/.test(text) && !/["/\\[\]:;|=,+*?<>]/.test(text);
}

/** The hash function whose digest it is. Two have the same length: which it was only the digest itself tells. */
function findHash(covered: string, digest: string): SpaHash | undefined {
  const given = tryDecodeBase64(digest);
  if (!given) return undefined;
  const bytes = utf8ToBytes(covered);
  return SPA_HASHES.find(
    (hash) => digest.length === base64Length(hashBytes(hash)) && equalBytes(hashOf(hash, bytes), given),
  );
}

function inBase64(text: string): string {
  return encodeBase64(utf8ToBytes(text));
}

/** The text in base64; undefined when it is none. Every byte becomes one character: what is not ASCII is found later. */
function ofBase64(text: string): string | undefined {
  const bytes = tryDecodeBase64(text);
  return bytes && textOfBytes(bytes);
}

/** One character for each byte. */
export function textOfBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
