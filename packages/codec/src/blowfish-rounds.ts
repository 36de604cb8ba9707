// Blowfish's sixteen rounds, on tables that lie one behind the other: for one block, and backwards for several keys at
// once. A processor that waits for the tables of one key, which with thousands of keys are in no cache, works on those of
// the next meanwhile.

/** The tables of many keys. */
export interface BlowfishTables {
  /** {@link ROUND_KEYS} words for each key. */
  readonly rounds: Int32Array;
  /** Four boxes for each key, {@link BOX_WORDS} words in all. */
  readonly boxes: Int32Array;
}

/** Words of one key that the halves are mixed with. */
export const ROUND_KEYS = 18;
const BOX = 256;
/** Words of one key's four boxes. */
export const BOX_WORDS = 4 * BOX;

/**
 * Encrypts one block, two rounds at a time, so that the halves need not change places.
 * @param place which key, from 0
 * @param first bytes 0–3 of the block as one big-endian number of 32 bits
 * @param second bytes 4–7
 * @param into two numbers, which become the halves of the encrypted block
 */
export function encryptOne(
  tables: BlowfishTables,
  place: number,
  first: number,
  second: number,
  into: Int32Array,
): void {
  const { rounds, boxes } = tables;
  const at = place * ROUND_KEYS;
  const box = place * BOX_WORDS;
  let left = first;
  let right = second;
  for (let i = 0; i < 16; i += 2) {
    left ^= rounds[at + i] as number;
    right ^= mix(boxes, box, left) ^ (rounds[at + i + 1] as number);
    left ^= mix(boxes, box, right);
  }
  into[0] = right ^ (rounds[at + 17] as number);
  into[1] = left ^ (rounds[at + 16] as number);
}

/**
 * The same backwards. A daemon decrypts every eight knocks with the keys of all clients; blowfish-node's own decode() takes six
 * times as long for a block.
 */
export function decryptOne(
  tables: BlowfishTables,
  place: number,
  first: number,
  second: number,
  into: Int32Array,
): void {
  const { rounds, boxes } = tables;
  const at = place * ROUND_KEYS;
  const box = place * BOX_WORDS;
  let left = first;
  let right = second;
  for (let i = 17; i > 1; i -= 2) {
    left ^= rounds[at + i] as number;
    right ^= mix(boxes, box, left) ^ (rounds[at + i - 1] as number);
    left ^= mix(boxes, box, right);
  }
  into[0] = right ^ (rounds[at] as number);
  into[1] = left ^ (rounds[at + 1] as number);
}

/**
 * Decrypts several blocks at once.
 * @param places of each one's key; the same key may come more than once
 * @param blocks their halves, one block behind the other, which become those of the decrypted blocks
 * @param count 1, 2 or 4
 */
export function decryptBlocks(tables: BlowfishTables, places: Int32Array, blocks: Int32Array, count: number): void {
  const a = places[0] as number;
  const b = places[1] as number;
  if (count === 4) decryptFour(tables, a, b, places[2] as number, places[3] as number, blocks);
  else if (count === 2) decryptTwo(tables, a, b, blocks);
  else decryptOne(tables, a, blocks[0] as number, blocks[1] as number, blocks);
}

function decryptTwo({ rounds, boxes }: BlowfishTables, a: number, b: number, blocks: Int32Array): void {
  const atA = a * ROUND_KEYS;
  const boxA = a * BOX_WORDS;
  const atB = b * ROUND_KEYS;
  const boxB = b * BOX_WORDS;
  let leftA = blocks[0] as number;
  let rightA = blocks[1] as number;
  let leftB = blocks[2] as number;
  let rightB = blocks[3] as number;
  for (let i = 17; i > 1; i -= 2) {
    leftA ^= rounds[atA + i] as number;
    leftB ^= rounds[atB + i] as number;
    rightA ^= mix(boxes, boxA, leftA) ^ (rounds[atA + i - 1] as number);
    rightB ^= mix(boxes, boxB, leftB) ^ (rounds[atB + i - 1] as number);
    leftA ^= mix(boxes, boxA, rightA);
    leftB ^= mix(boxes, boxB, rightB);
  }
  blocks[0] = rightA ^ (rounds[atA] as number);
  blocks[1] = leftA ^ (rounds[atA + 1] as number);
  blocks[2] = rightB ^ (rounds[atB] as number);
  blocks[3] = leftB ^ (rounds[atB + 1] as number);
}

function decryptFour(
  { rounds, boxes }: BlowfishTables,
  a: number,
  b: number,
  c: number,
  d: number,
  blocks: Int32Array,
): void {
  const atA = a * ROUND_KEYS;
  const boxA = a * BOX_WORDS;
  const atB = b * ROUND_KEYS;
  const boxB = b * BOX_WORDS;
  const atC = c * ROUND_KEYS;
  const boxC = c * BOX_WORDS;
  const atD = d * ROUND_KEYS;
  const boxD = d * BOX_WORDS;
  let leftA = blocks[0] as number;
  let rightA = blocks[1] as number;
  let leftB = blocks[2] as number;
  let rightB = blocks[3] as number;
  let leftC = blocks[4] as number;
  let rightC = blocks[5] as number;
  let leftD = blocks[6] as number;
  let rightD = blocks[7] as number;
  for (let i = 17; i > 1; i -= 2) {
    leftA ^= rounds[atA + i] as number;
    leftB ^= rounds[atB + i] as number;
    leftC ^= rounds[atC + i] as number;
    leftD ^= rounds[atD + i] as number;
    rightA ^= mix(boxes, boxA, leftA) ^ (rounds[atA + i - 1] as number);
    rightB ^= mix(boxes, boxB, leftB) ^ (rounds[atB + i - 1] as number);
    rightC ^= mix(boxes, boxC, leftC) ^ (rounds[atC + i - 1] as number);
    rightD ^= mix(boxes, boxD, leftD) ^ (rounds[atD + i - 1] as number);
    leftA ^= mix(boxes, boxA, rightA);
    leftB ^= mix(boxes, boxB, rightB);
    leftC ^= mix(boxes, boxC, rightC);
    leftD ^= mix(boxes, boxD, rightD);
  }
  blocks[0] = rightA ^ (rounds[atA] as number);
  blocks[1] = leftA ^ (rounds[atA + 1] as number);
  blocks[2] = rightB ^ (rounds[atB] as number);
  blocks[3] = leftB ^ (rounds[atB + 1] as number);
  blocks[4] = rightC ^ (rounds[atC] as number);
  blocks[5] = leftC ^ (rounds[atC + 1] as number);
  blocks[6] = rightD ^ (rounds[atD] as number);
  blocks[7] = leftD ^ (rounds[atD + 1] as number);
}

/** The cipher's function F with the boxes that begin at `at`. */
function mix(boxes: Int32Array, at: number, word: number): number {
  const a = boxes[at + (word >>> 24)] as number;
  const b = boxes[at + BOX + ((word >>> 16) & 255)] as number;
  const c = boxes[at + 2 * BOX + ((word >>> 8) & 255)] as number;
  const d = boxes[at + 3 * BOX + (word & 255)] as number;
  return (((a + b) ^ c) + d) | 0;
}
