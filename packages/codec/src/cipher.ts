// Blowfish-ECB on one block, and nothing else. The only importer of blowfish-node, whose traps end here:
// an empty key never returns, a key over 56 bytes is cut silently, decoding strips trailing zero bytes.

import Blowfish from 'blowfish-node';
import { requireBytes } from './require.ts';

/** Bytes in one Blowfish block. */
export const BLOCK_BYTES = 8;

/** One key's schedule, ready for use. Making it costs about 200 µs, a block about 1 µs: keep it. */
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
}

/**
 * Prepares a key for use with single blocks (Schneier, "Description of a New Variable-Length Key, 64-Bit Block
 * Cipher (Blowfish)", 1994). No mode, no IV, no padding: see docs/protocol.md, "Key".
 * @param key 1 to 56 bytes
 * @throws TypeError when `key` is not a Uint8Array, RangeError when it is empty or longer than 56 bytes
 */
export function createBlockCipher(key: Uint8Array): BlockCipher {
  requireBytes('key', key, 1, 56);
  const blowfish = new Blowfish(key, Blowfish.MODE.ECB, Blowfish.PADDING.NULL);
  return {
    encrypt(block) {
      requireBytes('block', block, BLOCK_BYTES);
      return blowfish.encode(block);
    },
    decrypt(block) {
      requireBytes('block', block, BLOCK_BYTES);
      const stripped = blowfish.decode(block, Blowfish.TYPE.UINT8_ARRAY);
      if (stripped.length === BLOCK_BYTES) return stripped;
      const whole = new Uint8Array(BLOCK_BYTES);
      whole.set(stripped);
      return whole;
    },
  };
}
