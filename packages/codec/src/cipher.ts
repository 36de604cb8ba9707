// Blowfish-ECB on one block, and nothing else. The only importer of blowfish-node, which makes the key schedule. Its traps end
// here: an empty key never returns, a key over 56 bytes is cut silently, its decode() strips trailing zero bytes and is slow, and
// an instance that is kept takes three times the memory of its tables.

import Blowfish from 'blowfish-node';
import { type BlowfishTables, BOX_WORDS, decryptOne, encryptOne, ROUND_KEYS } from './blowfish-rounds.ts';
import { requireBytes } from './require.ts';

/** Bytes in one Blowfish block. */
export const BLOCK_BYTES = 8;

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
   * Decrypts one block and makes nothing for it.
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
 * @throws TypeError when `key` is not a Uint8Array, RangeError when it is empty or longer than 56 bytes
 */
export function createBlockCipher(key: Uint8Array): BlockCipher {
  const tables = createTables(1);
  writeTables(tables, 0, key);
  return new TableCipher(tables);
}

/** Memory for the tables of `keys` keys. The system gives it when a key is written, not before. */
export function createTables(keys: number): BlowfishTables {
  return { rounds: new Int32Array(keys * ROUND_KEYS), boxes: new Int32Array(keys * BOX_WORDS) };
}

/**
 * Writes the tables of a key; see {@link createBlockCipher}.
 * @param place from 0; what was there is overwritten
 */
export function writeTables({ rounds, boxes }: BlowfishTables, place: number, key: Uint8Array): void {
  requireBytes('key', key, 1, 56);
  const { p, s } = new Blowfish(key, Blowfish.MODE.ECB, Blowfish.PADDING.NULL);
  rounds.set(p, place * ROUND_KEYS);
  let at = place * BOX_WORDS;
  for (const box of s) {
    boxes.set(box, at);
    at += box.length;
  }
}

class TableCipher implements BlockCipher {
  readonly #tables: BlowfishTables;

  constructor(tables: BlowfishTables) {
    this.#tables = tables;
  }

  encrypt(block: Uint8Array): Uint8Array {
    requireBytes('block', block, BLOCK_BYTES);
    encryptOne(this.#tables, 0, readWord(block, 0), readWord(block, 4), halves);
    return writeHalves(halves[0] as number, halves[1] as number);
  }

  decrypt(block: Uint8Array): Uint8Array {
    requireBytes('block', block, BLOCK_BYTES);
    decryptOne(this.#tables, 0, readWord(block, 0), readWord(block, 4), halves);
    return writeHalves(halves[0] as number, halves[1] as number);
  }

  decryptHalves(left: number, right: number, into: Int32Array): void {
    decryptOne(this.#tables, 0, left, right, into);
  }
}

/** Holds one block for as long as a call takes. */
const halves = new Int32Array(2);

/** Four bytes as one big-endian number of 32 bits, signed. */
export function readWord(bytes: Uint8Array, at: number): number {
  const [a, b] = [bytes[at] as number, bytes[at + 1] as number];
  const [c, d] = [bytes[at + 2] as number, bytes[at + 3] as number];
  return (a << 24) | (b << 16) | (c << 8) | d;
}

/** The eight bytes of two such numbers. */
export function writeHalves(left: number, right: number): Uint8Array {
  const bytes = new Uint8Array(BLOCK_BYTES);
  writeWord(bytes, 0, left);
  writeWord(bytes, 4, right);
  return bytes;
}

function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}
