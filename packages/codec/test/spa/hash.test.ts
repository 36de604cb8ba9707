// The hash functions are those of Node, and all of fwknop's are there.

import { createHash, createHmac } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { equalBytes, hashBytes, hashOf, hmacOf, requireHash, SPA_HASHES } from '#src/spa/hash.js';
import { refuses, untyped } from '../wrong-use.ts';

test('there are seven, and of those with the same length the usual one comes first', (t) => {
  t.deepEqual(SPA_HASHES, ['md5', 'sha1', 'sha256', 'sha384', 'sha512', 'sha3-256', 'sha3-512']);
  t.deepEqual(SPA_HASHES.map(hashBytes), [16, 20, 32, 48, 64, 32, 64]);
});

for (const hash of SPA_HASHES) {
  test(`${hash} and its HMAC`, (t) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 200 }), (message, key) => {
        t.deepEqual(hashOf(hash, message), Uint8Array.from(createHash(hash).update(message).digest()));
        t.deepEqual(hmacOf(hash, key, message), Uint8Array.from(createHmac(hash, key).update(message).digest()));
      }),
      { numRuns: 30 },
    );
  });
}

test('rows of bytes are the same when every byte is', (t) => {
  const bytes = Uint8Array.from({ length: 64 }, (_, i) => i);
  t.true(equalBytes(bytes, bytes.slice()));
  t.true(equalBytes(new Uint8Array(), new Uint8Array()));
  t.false(equalBytes(bytes, bytes.slice(0, -1)));
  t.false(equalBytes(bytes.slice(0, -1), bytes));
  for (let i = 0; i < bytes.length; i++) {
    for (let bit = 1; bit < 256; bit <<= 1) {
      const other = bytes.slice();
      other[i] = i ^ bit;
      t.false(equalBytes(bytes, other));
    }
  }
});

test('another name is refused', (t) => {
  refuses(t, ['a name', RangeError, 'digestHash', () => requireHash('digestHash', 'sha224')]);
  refuses(t, ["a name of an object's", RangeError, 'digestHash', () => requireHash('digestHash', 'toString')]);
  refuses(t, ['no name', TypeError, 'digestHash', () => requireHash('digestHash', untyped(undefined))]);
});
