// Tumbler's datagram: `TUMBLER1: ` and a SHA-256 over the minute, the sender's address and a secret. Its documentation names
// what is hashed, but programs differ in how they write it: so the text is a pattern with macros.
// https://tumbler.sourceforge.net

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { requireBytes, requireInteger, requireText } from './require.ts';

/** What is hashed unless something else is said: minute (UTC), address, secret. */
export const TUMBLER_TEXT = '%YEAR%-%MONTH%-%DAY%T%HOUR%:%MINUTE%Z%IP%%SECRET%';
/** Bytes of the longest datagram that is read. */
export const MAX_TUMBLER_BYTES = 128;

/** The years from 0 to 9999, which are written with four digits. */
const FIRST_MINUTE = Date.parse('0000-01-01T00:00Z') / 60_000;
const LAST_MINUTE = Date.parse('9999-12-31T23:59Z') / 60_000;
const HASH_BYTES = 32;

const MACROS = ['YEAR', 'MONTH', 'DAY', 'HOUR', 'MINUTE', 'IP', 'SECRET', 'NAME'];
/** Without these anybody could repeat it, or make it. */
const NEEDED = ['MINUTE', 'IP', 'SECRET'];
const DATAGRAM = /^TUMBLER1: ([0-9a-f]{64})(?:\r?\n)?$/;

/** What a Tumbler hash is made from. */
export interface TumblerFields {
  /** See {@link TUMBLER_TEXT}. */
  readonly text: string;
  /** Minutes since 1970, an integer; the year has four digits. */
  readonly minute: number;
  /** Canonical text. */
  readonly address: string;
  readonly secret: string;
  /** Of the door. */
  readonly name: string;
}

/**
 * @returns the macro that is missing or unknown; undefined when the text can be hashed
 * @throws TypeError when it is not a string
 */
export function tumblerMacroProblem(text: string): string | undefined {
  requireText('text', text);
  const used = (text.match(/%[A-Z]+%/g) ?? []).map((macro) => macro.slice(1, -1));
  return used.find((macro) => !MACROS.includes(macro)) ?? NEEDED.find((macro) => !used.includes(macro));
}

/**
 * @returns the hash, 32 bytes
 * @throws TypeError or RangeError that names the field, and never shows the secret
 */
export function tumblerHash({ text, minute, address, secret, name }: TumblerFields): Uint8Array {
  requireText('text', text);
  requireInteger('minute', minute, FIRST_MINUTE, LAST_MINUTE);
  requireText('address', address);
  requireText('secret', secret);
  requireText('name', name);
  const [date = '', time = ''] = new Date(minute * 60_000).toISOString().split('T');
  const [YEAR = '', MONTH = '', DAY = ''] = date.split('-');
  const [HOUR = '', MINUTE = ''] = time.split(':');
  const values: Readonly<Record<string, string>> = {
    YEAR,
    MONTH,
    DAY,
    HOUR,
    MINUTE,
    IP: address,
    SECRET: secret,
    NAME: name,
  };
  return sha256(utf8ToBytes(text.replace(/%([A-Z]+)%/g, (macro, key: string) => values[key] ?? macro)));
}

/**
 * Writes the datagram.
 * @param hash 32 bytes
 * @throws TypeError or RangeError when it is not 32 bytes
 */
export function encodeTumbler(hash: Uint8Array): Uint8Array {
  requireBytes('hash', hash, HASH_BYTES);
  return utf8ToBytes(`TUMBLER1: ${bytesToHex(hash)}`);
}

/**
 * Reads a datagram. The inverse of {@link encodeTumbler}; a line break at its end is let through.
 * @param payload any bytes
 * @returns the hash, 32 bytes; undefined when it is none
 * @throws TypeError when `payload` is not a Uint8Array
 */
export function decodeTumbler(payload: Uint8Array): Uint8Array | undefined {
  requireBytes('payload', payload, 0, Number.MAX_SAFE_INTEGER);
  if (payload.length > MAX_TUMBLER_BYTES) return undefined;
  const hex = DATAGRAM.exec(String.fromCharCode(...payload))?.[1];
  return hex === undefined
    ? undefined
    : Uint8Array.from({ length: HASH_BYTES }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
