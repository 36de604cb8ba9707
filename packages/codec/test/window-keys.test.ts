// Where the keys of four windows lie, and how they go from one list of owners to another.

import test from 'ava';
import { decryptOne } from '#src/blowfish-rounds.js';
import { createBlockCipher, readWord, writeHalves } from '#src/cipher.js';
import { deriveWindowKey } from '#src/window-key.js';
import { WindowKeys } from '#src/window-keys.js';
import { NOW_WINDOW, SERVER_ID, secretOf } from './decoder-clients.ts';

const ownersOf = (numbers: readonly number[]) => numbers.map((number) => ({ secret: secretOf(number), number }));
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);
const BLOCK = new Uint8Array(8).fill(9);

function keysOf(numbers: readonly number[], now = NOW_WINDOW): WindowKeys {
  const keys = new WindowKeys(SERVER_ID, ownersOf(numbers));
  keys.turnTo(now);
  for (let window = now - 1; window <= now + 2; window++) keys.derive(window, numbers.length);
  return keys;
}

/** Are these the right keys, at the right places? */
function areRight(keys: WindowKeys, numbers: readonly number[]): boolean {
  return keys.around.every((window, i) =>
    numbers.every((number, owner) => {
      const place = keys.places[i * numbers.length + owner] as number;
      const key = deriveWindowKey(secretOf(number), SERVER_ID, window);
      const halves = new Int32Array(2);
      decryptOne(keys.tables, place, readWord(BLOCK, 0), readWord(BLOCK, 4), halves);
      const opened = writeHalves(halves[0] as number, halves[1] as number);
      return (
        keys.derived(window) === numbers.length &&
        Buffer.from(keys.keyAt(place)).equals(key) &&
        Buffer.from(opened).equals(createBlockCipher(key).decrypt(BLOCK))
      );
    }),
  );
}

test('a window that begins is written over the one that is over: no memory is taken for it', (t) => {
  const numbers = upTo(3);
  const keys = keysOf(numbers);
  const { tables } = keys;
  for (let now = NOW_WINDOW; now < NOW_WINDOW + 6; now++) {
    keys.turnTo(now);
    t.true(areRight(keys, numbers));
    t.is(keys.derived(now + 2), now === NOW_WINDOW ? 3 : 0);
    t.is(keys.derive(now + 2, 10), now === NOW_WINDOW ? 0 : 3);
    t.is(keys.tables, tables);
  }
});

const moves: readonly [string, number[], number[]][] = [
  ['fewer', [0, 1, 2, 3, 4], [3, 1]],
  ['another order', [0, 1, 2], [2, 0, 1]],
  ['many fewer, which need no memory for all', upTo(80), [70, 3]],
  ['one more, for whom there is a place', upTo(16), upTo(17)],
  ['more than there is memory for', upTo(4), upTo(9)],
  ['others between them', [0, 1, 2, 3], [0, 9, 2, 8]],
];
for (const [title, before, after] of moves) {
  test(`keys go over to ${title}`, (t) => {
    const [old, keys] = [keysOf(before), new WindowKeys(SERVER_ID, ownersOf(after))];
    keys.adopt(
      old,
      after.map((number) => before.indexOf(number)),
      4 * after.length,
    );
    t.true(areRight(keys, after));
    t.is(keys.derived(NOW_WINDOW + 2), after.length);
    for (const window of keys.around) keys.derive(window, after.length);
    t.true(areRight(keys, after));
    // Whoever they were taken from has lost them, and finds new ones.
    old.turnTo(NOW_WINDOW);
    t.is(old.derived(NOW_WINDOW), 0);
    for (const window of old.around) t.is(old.derive(window, before.length), before.length);
    t.true(areRight(old, before) && areRight(keys, after));
  });
}

test('the memory of very many goes when few are left, that of some more stays', (t) => {
  const sizes = (after: readonly number[]) => {
    const [old, keys] = [keysOf(upTo(80)), new WindowKeys(SERVER_ID, ownersOf(after))];
    const { tables } = old;
    keys.adopt(old, after, 0);
    return keys.tables === tables;
  };
  t.true(sizes(upTo(40)));
  t.false(sizes(upTo(2)));
});
