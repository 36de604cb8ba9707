// Blowfish-ECB on one block, and nothing else. The only importer of blowfish-node, whose tables every key schedule begins with. Its
// traps end here: an empty key never returns, a key over 56 bytes is cut silently, its decode() strips trailing zero bytes and is slow,
// who keeps it keeps three times the memory, and each key schedule that it makes leaves 300 kB of garbage.

import Blowfish from 'blowfish-node';
import { type BlowfishTables, BOX_WORDS, decryptOne, encryptOne, ROUND_KEYS } from './blowfish-rounds.ts';
import { requireBytes } from './require.ts';

/** Bytes in one Blowfish block. */
export const BLOCK_BYTES = 8;

/** One key's schedule, ready for use: 4 kB. Making it costs about 50 µs, a block less than 1 µs: keep it. */
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

/** Memory for the tables of so many keys. The system gives it when a key is written, not before. */
export function createTables(keys: number): BlowfishTables {
  return { rounds: new Int32Array(keys * ROUND_KEYS), boxes: new Int32Array(keys * BOX_WORDS) };
}

/**
 * Writes the tables of a key; see {@link createBlockCipher}.
 * @param place from 0; what was there is overwritten
 */
export function writeTables(tables: BlowfishTables, place: number, key: Uint8Array): void {
  requireBytes('key', key, 1, 56);
  initial ??= initialTables();
  const { rounds, boxes } = tables;
  const [firstRound, firstBox] = [place * ROUND_KEYS, place * BOX_WORDS];
  boxes.set(initial.boxes, firstBox);
  // The key, over and over.
  for (let i = 0; i < 4 * ROUND_KEYS; i += 4) {
    const word = [0, 1, 2, 3].reduce((sum, j) => (sum << 8) | (key[(i + j) % key.length] as number), 0);
    rounds[firstRound + i / 4] = (initial.rounds[i / 4] as number) ^ word;
  }
  // Each two words are what the cipher, as it is by then, makes of the two before them.
  halves.fill(0);
  encryptInto(tables, place, rounds.subarray(firstRound, firstRound + ROUND_KEYS));
  encryptInto(tables, place, boxes.subarray(firstBox, firstBox + BOX_WORDS));
}

/** @param words some of the tables at that place; they change while they are used */
function encryptInto(tables: BlowfishTables, place: number, words: Int32Array): void {
  for (let at = 0; at < words.length; at += 2) {
    encryptOne(tables, place, halves[0] as number, halves[1] as number, halves);
    words[at] = halves[0] as number;
    words[at + 1] = halves[1] as number;
  }
}

/** What every schedule begins with: the digits of π. */
let initial: BlowfishTables | undefined;
/** The first of them. */
const PI = 0x243f6a88;

/**
 * blowfish-node exports its tables nowhere, and its constructor changes its copy of them: but for the same words that it finds there, if
 * they are what "encrypts" it, and for a key of zeros.
 */
function initialTables(): BlowfishTables {
  let word = 0;
  class Unchanged extends Blowfish {
    protected override _encryptBlock(): readonly [number, number] {
      const at = word;
      word += 2;
      if (at < ROUND_KEYS) return [this.p[at] as number, this.p[at + 1] as number];
      const box = this.s[Math.floor((at - ROUND_KEYS) / 256)] as readonly number[];
      const inBox = (at - ROUND_KEYS) % 256;
      return [box[inBox] as number, box[inBox + 1] as number];
    }
  }
  const { p, s } = new Unchanged(Uint8Array.of(0), Blowfish.MODE.ECB, Blowfish.PADDING.NULL);
  if (p[0] !== PI) throw new Error('blowfish-node makes its key schedule in another way than version 1.1.4');
  return { rounds: Int32Array.from(p), boxes: Int32Array.from(s.flat()) };
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
