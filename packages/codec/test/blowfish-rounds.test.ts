// Several blocks at once are decrypted as each of them alone.

import test from 'ava';
import fc from 'fast-check';
import { decryptBlocks, decryptOne } from '#src/blowfish-rounds.js';
import { createBlockCipher, createTables, readWord, writeHalves, writeTables } from '#src/cipher.js';
import { bytesOf } from './arbitraries.ts';

const KEYS = 5;
const tried = fc.record({ place: fc.nat(KEYS - 1), block: bytesOf(8) });

for (const count of [1, 2, 4]) {
  test(`${count} at once, with whatever keys`, (t) => {
    fc.assert(
      fc.property(
        fc.array(bytesOf(32), { minLength: KEYS, maxLength: KEYS }),
        fc.array(tried, { minLength: count, maxLength: count }),
        (keys, all) => {
          const tables = createTables(KEYS);
          for (const [place, key] of keys.entries()) writeTables(tables, place, key);
          const blocks = new Int32Array(8).fill(7);
          for (const [i, { block }] of all.entries()) blocks.set([readWord(block, 0), readWord(block, 4)], 2 * i);
          decryptBlocks(
            tables,
            Int32Array.from({ length: 4 }, (_, i) => all[i]?.place ?? 0),
            blocks,
            count,
          );
          for (const [i, { place, block }] of all.entries()) {
            const alone = new Int32Array(2);
            decryptOne(tables, place, readWord(block, 0), readWord(block, 4), alone);
            t.deepEqual(blocks.slice(2 * i, 2 * i + 2), alone);
            const opened = createBlockCipher(keys[place] as Uint8Array).decrypt(block);
            t.deepEqual(writeHalves(alone[0] as number, alone[1] as number), opened);
          }
          t.true(
            blocks.subarray(2 * count).every((half) => half === 7),
            'the others stay',
          );
        },
      ),
      { numRuns: 50 },
    );
  });
}
