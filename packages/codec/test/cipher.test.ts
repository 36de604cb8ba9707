import test from 'ava';
import fc from 'fast-check';
import { BLOCK_BYTES, createBlockCipher, readWord, writeHalves } from '#src/cipher.js';
import { bytesOf } from './arbitraries.ts';
import { blowfish, fromHex, toHex } from './vectors.ts';
import { refuses, untyped, type WrongUse } from './wrong-use.ts';

test('the published set has 34 known answers, and one for each key length from 1 to 24 bytes', (t) => {
  t.is(blowfish.knownAnswers.length, 34);
  t.deepEqual(
    blowfish.keyLengths.map(({ key }) => fromHex(key).length),
    Array.from({ length: 24 }, (_, i) => i + 1),
  );
});

for (const [i, { key, clear, cipher }] of blowfish.knownAnswers.entries()) {
  test(`known answer ${i + 1}: key ${key}, block ${clear}`, (t) => {
    const blockCipher = createBlockCipher(fromHex(key));
    t.is(toHex(blockCipher.encrypt(fromHex(clear))), cipher);
    t.is(toHex(blockCipher.decrypt(fromHex(cipher))), clear);
  });
}

for (const { key, clear, cipher } of blowfish.keyLengths) {
  test(`known answer: key of ${key.length / 2} bytes`, (t) => {
    const blockCipher = createBlockCipher(fromHex(key));
    t.is(toHex(blockCipher.encrypt(fromHex(clear))), cipher);
    t.is(toHex(blockCipher.decrypt(fromHex(cipher))), clear);
  });
}

test('what is encrypted is decrypted, with keys of 1 to 56 bytes', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 56 }), bytesOf(8), (key, block) => {
      const cipher = createBlockCipher(key);
      t.deepEqual(cipher.decrypt(cipher.encrypt(block)), block);
      t.deepEqual(cipher.encrypt(cipher.decrypt(block)), block);
    }),
  );
});

test('halves are decrypted as the block that they make is', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 56 }), bytesOf(8), (key, block) => {
      const cipher = createBlockCipher(key);
      const halves = new Int32Array(2);
      cipher.decryptHalves(readWord(block, 0), readWord(block, 4), halves);
      t.deepEqual(writeHalves(halves[0] as number, halves[1] as number), cipher.decrypt(block));
    }),
  );
});

test('a block that ends in zero bytes keeps them', (t) => {
  const cipher = createBlockCipher(fromHex('0123456789abcdef'));
  for (let zeros = 0; zeros <= BLOCK_BYTES; zeros++) {
    const block = new Uint8Array(BLOCK_BYTES).fill(7, 0, BLOCK_BYTES - zeros);
    t.deepEqual(cipher.decrypt(cipher.encrypt(block)), block, `${zeros} zero bytes at the end`);
  }
});

test('neither way changes the block it is given, nor gives the same array twice', (t) => {
  const cipher = createBlockCipher(fromHex('0123456789abcdef'));
  const block = fromHex('0011223344556677');
  t.not(cipher.encrypt(block), cipher.encrypt(block));
  t.not(cipher.decrypt(block), cipher.decrypt(block));
  t.is(toHex(block), '0011223344556677');
});

test('the key may be overwritten once the cipher is made', (t) => {
  const key = fromHex('0000000000000000');
  const cipher = createBlockCipher(key);
  key.fill(255);
  t.is(toHex(cipher.encrypt(new Uint8Array(8))), '4ef997456198dd78');
});

const cipher = createBlockCipher(Uint8Array.of(1));
const wrongUses: readonly WrongUse[] = [
  // blowfish-node would never return
  ['an empty key', RangeError, 'key', () => createBlockCipher(new Uint8Array(0))],
  ['a key of 57 bytes', RangeError, 'key', () => createBlockCipher(new Uint8Array(57))],
  ['a key of 64 bytes', RangeError, 'key', () => createBlockCipher(new Uint8Array(64))],
  ['a key as text', TypeError, 'key', () => createBlockCipher(untyped('hush, hush'))],
  ['a key as an array', TypeError, 'key', () => createBlockCipher(untyped([1, 2, 3]))],
  ['no key', TypeError, 'key', () => createBlockCipher(untyped(undefined))],
  ['encrypt no bytes', RangeError, 'block', () => cipher.encrypt(new Uint8Array(0))],
  ['encrypt 7 bytes', RangeError, 'block', () => cipher.encrypt(new Uint8Array(7))],
  ['encrypt 16 bytes', RangeError, 'block', () => cipher.encrypt(new Uint8Array(16))],
  ['encrypt text', TypeError, 'block', () => cipher.encrypt(untyped('hush'))],
  ['decrypt 7 bytes', RangeError, 'block', () => cipher.decrypt(new Uint8Array(7))],
  ['decrypt 16 bytes', RangeError, 'block', () => cipher.decrypt(new Uint8Array(16))],
  ['decrypt text', TypeError, 'block', () => cipher.decrypt(untyped('hush'))],
];
for (const row of wrongUses) test(`wrong use: ${row[0]}`, (t) => refuses(t, row, ['hush']));
