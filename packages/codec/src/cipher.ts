// Blowfish-ECB on one block, and nothing else. The only importer of blowfish-node, which makes the key schedule. Its traps end
// here: an empty key never returns, a key over 56 bytes is cut silently, its decode() strips trailing zero bytes and is slow, and
// who keeps it keeps three times the memory.

import Blowfish from 'blowfish-node';
import { requireBytes } from './require.ts';

/** Bytes in one Blowfish block. */
export const BLOCK_BYTES = 8;
/** Words of a key schedule: those of the rounds, then four boxes of 256. */
const ROUND_KEYS = 18;
const BOX = 256;
export const SCHEDULE_WORDS = ROUND_KEYS + 4 * BOX;

/** One key's schedule, ready for use: 4 kB. Making it costs about 200 µs, a block less than 1 µs: keep it. */
export interface BlockCipher {
  /**
   * Encrypts one block.
   * @param block exactly 8 bytes; not changed
   * @returns 8 new bytes
   * @throws TypeError when `block` is not a Uint8Array, RangeError when it is not 8 bytes long
   */
  encrypt(block: Uint8Array): Uint8Array;
  /**
   * Decrypts one block.
   * @param block exactly 8 bytes; not changed
   * @returns 8 new bytes
   * @throws TypeError when `block` is not a Uint8Array, RangeError when it is not 8 bytes long
   */
  decrypt(block: Uint8Array): Uint8Array;
  /**
   * Decrypts one block and makes nothing for it: for the search among many keys, most of which do not fit.
   * @param left bytes 0–3 as one big-endian number of 32 bits, see {@link readWord}
   * @param right bytes 4–7
   * @param into two numbers, which become the halves of the block
   */
  decryptHalves(left: number, right: number, into: Int32Array): void;
}

/**
 * Prepares a key for use with single blocks (Schneier, "Description of a New Variable-Length Key, 64-Bit Block
 * Cipher (Blowfish)", 1994). No mode, no IV, no padding: see docs/protocol.md, "Key".
 * @param key 1 to 56 bytes
 * @param schedule where its schedule is put, {@link SCHEDULE_WORDS} words, which are the cipher's from then on: for who holds
 *   thousands. Default: memory of its own
 * @throws TypeError when `key` is not a Uint8Array, RangeError when it is empty or longer than 56 bytes
 */
export function createBlockCipher(key: Uint8Array, schedule: Int32Array = new Int32Array(SCHEDULE_WORDS)): BlockCipher {
  requireBytes('key', key, 1, 56);
  const { p, s } = new Blowfish(key, Blowfish.MODE.ECB, Blowfish.PADDING.NULL);
  schedule.set(p);
  for (const [i, box] of s.entries()) schedule.set(box, ROUND_KEYS + i * BOX);
  return new ScheduledCipher(schedule);
}

class ScheduledCipher implements BlockCipher {
  readonly #schedule: Int32Array;

  constructor(schedule: Int32Array) {
    this.#schedule = schedule;
  }

  encrypt(block: Uint8Array): Uint8Array {
    requireBytes('block', block, BLOCK_BYTES);
    encryptWords(this.#schedule, readWord(block, 0), readWord(block, 4), halves);
    return writeHalves(halves);
  }

  decrypt(block: Uint8Array): Uint8Array {
    requireBytes('block', block, BLOCK_BYTES);
    decryptWords(this.#schedule, readWord(block, 0), readWord(block, 4), halves);
    return writeHalves(halves);
  }

  decryptHalves(left: number, right: number, into: Int32Array): void {
    decryptWords(this.#schedule, left, right, into);
  }
}

/** Holds one block for as long as a call takes. */
const halves = new Int32Array(2);

/** The sixteen rounds on the key schedule, two at a time, so that the halves need not change places. */
function encryptWords(schedule: Int32Array, first: number, second: number, into: Int32Array): void {
  let left = first;
  let right = second;
  for (let i = 0; i < 16; i += 2) {
    left ^= schedule[i] as number;
    right ^= mix(schedule, left) ^ (schedule[i + 1] as number);
    left ^= mix(schedule, right);
  }
  into[0] = right ^ (schedule[17] as number);
  into[1] = left ^ (schedule[16] as number);
}

/**
 * The same backwards. A daemon decrypts every eight knocks with the keys of all clients; blowfish-node's own decode() takes six
 * times as long for a block.
 */
function decryptWords(schedule: Int32Array, first: number, second: number, into: Int32Array): void {
  let left = first;
  let right = second;
  for (let i = 17; i > 1; i -= 2) {
    left ^= schedule[i] as number;
    right ^= mix(schedule, left) ^ (schedule[i - 1] as number);
    left ^= mix(schedule, right);
  }
  into[0] = right ^ (schedule[0] as number);
  into[1] = left ^ (schedule[1] as number);
}

/** The cipher's function F. */
function mix(schedule: Int32Array, word: number): number {
  const a = schedule[ROUND_KEYS + (word >>> 24)] as number;
  const b = schedule[ROUND_KEYS + BOX + ((word >>> 16) & 255)] as number;
  const c = schedule[ROUND_KEYS + 2 * BOX + ((word >>> 8) & 255)] as number;
  const d = schedule[ROUND_KEYS + 3 * BOX + (word & 255)] as number;
  return (((a + b) ^ c) + d) | 0;
}

/** Four bytes as one big-endian number of 32 bits, signed. */
export function readWord(bytes: Uint8Array, at: number): number {
  const [a, b] = [bytes[at] as number, bytes[at + 1] as number];
  const [c, d] = [bytes[at + 2] as number, bytes[at + 3] as number];
  return (a << 24) | (b << 16) | (c << 8) | d;
}

/** The eight bytes of two such numbers. */
export function writeHalves(halves: Int32Array): Uint8Array {
  const bytes = new Uint8Array(BLOCK_BYTES);
  writeWord(bytes, 0, halves[0] as number);
  writeWord(bytes, 4, halves[1] as number);
  return bytes;
}

function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}
