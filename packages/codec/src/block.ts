// The eight bytes of a request before encryption: docs/protocol.md, "Block".

import { BLOCK_BYTES } from './cipher.ts';
import type { BlockRejection } from './rejection.ts';
import { requireBytes, requireInteger } from './require.ts';

/** `time` that opens without a limit. */
export const TIME_UNLIMITED = 0;
/** `time` that closes. */
export const TIME_CLOSE = 255;

/** What a block says. */
export interface BlockFields {
  /** 4 bytes: an IPv4 address, the field of an IPv6 address, or all zero for "the address this knock comes from". */
  readonly address: Uint8Array;
  /** 1–65535. */
  readonly port: number;
  /** 0 = open with no limit, 1–254 = open for that many minutes, 255 = close. */
  readonly time: number;
  /** 0–15. */
  readonly nonce: number;
}

/** The sum of the first fifteen nibbles, modulo 16: what the sixteenth must be. */
function checkNibble(block: Uint8Array): number {
  let sum = (block[7] as number) >> 4;
  for (let i = 0; i < 7; i++) {
    const byte = block[i] as number;
    sum += (byte >> 4) + (byte & 15);
  }
  return sum & 15;
}

/**
 * Has a block the right check nibble? As {@link decodeBlock} finds, but without making anything: 15 of 16 wrong keys end here.
 * @param left bytes 0–3 as one number of 32 bits
 * @param right bytes 4–7
 */
export function passesCheck(left: number, right: number): boolean {
  // Nibbles are added pairwise, side by side in four bytes; the product gathers the four sums in its highest byte.
  const sums = (left & 0x0f0f0f0f) + ((left >>> 4) & 0x0f0f0f0f);
  const others = (right & 0x0f0f0f0f) + ((right >>> 4) & 0x0f0f0f0f);
  const all = (Math.imul(sums, 0x01010101) >>> 24) + (Math.imul(others, 0x01010101) >>> 24);
  // The check nibble itself is one of the sixteen.
  return ((all - 2 * (right & 15)) & 15) === 0;
}

/**
 * Writes a block.
 * @returns 8 bytes
 * @throws TypeError or RangeError that names the field
 */
export function encodeBlock(fields: BlockFields): Uint8Array {
  requireBytes('address', fields.address, 4);
  requireInteger('port', fields.port, 1, 65535);
  requireInteger('time', fields.time, 0, 255);
  requireInteger('nonce', fields.nonce, 0, 15);
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(fields.address);
  block[4] = fields.port >> 8;
  block[5] = fields.port & 255;
  block[6] = fields.time;
  block[7] = fields.nonce << 4;
  block[7] |= checkNibble(block);
  return block;
}

/**
 * Reads a block. The inverse of {@link encodeBlock}.
 * @param block 8 bytes
 * @throws TypeError or RangeError when it is not 8 bytes
 */
export function decodeBlock(block: Uint8Array): ({ readonly ok: true } & BlockFields) | BlockRejection {
  requireBytes('block', block, BLOCK_BYTES);
  const last = block[7] as number;
  if ((last & 15) !== checkNibble(block)) return { ok: false, reason: 'check-failed' };
  const port = ((block[4] as number) << 8) | (block[5] as number);
  if (port === 0) return { ok: false, reason: 'port-zero' };
  // Not slice(): that of Node's Buffer is a view of the caller's bytes.
  const address = new Uint8Array(block.subarray(0, 4));
  return { ok: true, address, port, time: block[6] as number, nonce: last >> 4 };
}
