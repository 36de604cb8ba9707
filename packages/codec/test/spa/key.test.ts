import test from 'ava';
import fc from 'fast-check';
import { decodeSpaKey, encodeSpaKey, requireKey, spaKeyOfText } from '#src/spa/key.js';
import { toHex } from '../vectors.ts';
import { refuses, untyped, type WrongUse } from '../wrong-use.ts';

const SECRET = 'aHVzaCwgaHVzaA==';

test('a key as text is its UTF-8', (t) => {
  t.is(toHex(spaKeyOfText('testkey1234')), '746573746b657931323334');
  t.is(toHex(spaKeyOfText('Schlüssel ')), '5363686cc3bc7373656c20');
});

test('a key in base64 is read with "=" and without', (t) => {
  t.is(toHex(decodeSpaKey(SECRET)), toHex(Buffer.from('hush, hush')));
  t.is(toHex(decodeSpaKey('aHVzaCwgaHVzaA')), toHex(Buffer.from('hush, hush')));
});

test('what is written is what base64 writes, and is read back', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 128 }), (key) => {
      t.is(encodeSpaKey(key), Buffer.from(key).toString('base64'));
      t.deepEqual(decodeSpaKey(encodeSpaKey(key)), key);
    }),
  );
});

const key = { encryptionKey: Uint8Array.of(1), hmacKey: Uint8Array.of(2), hmacHash: 'sha256' } as const;
const wrongUses: readonly WrongUse[] = [
  ['no text', TypeError, 'key', () => spaKeyOfText(untyped(Uint8Array.of(1)))],
  ['an empty text', RangeError, 'key', () => spaKeyOfText('')],
  ['half a character', RangeError, 'key', () => spaKeyOfText('hush\ud800')],
  ['no text for base64', TypeError, 'key', () => decodeSpaKey(untyped(undefined))],
  ['empty base64', RangeError, 'key', () => decodeSpaKey('')],
  ['nothing but "="', RangeError, 'key', () => decodeSpaKey('====')],
  ['one "=" too few', RangeError, 'key', () => decodeSpaKey('aHVzaCwgaHVzaA=')],
  ['one "=" too many', RangeError, 'key', () => decodeSpaKey('aHVzaCwgaHVzaA===')],
  ['"=" in the middle', RangeError, 'key', () => decodeSpaKey('aHVzaA==aHVzaA==')],
  ['a space', RangeError, 'key', () => decodeSpaKey('aHVzaCwg aHVzaA')],
  ['base64url', RangeError, 'key', () => decodeSpaKey('aHVzaC-_')],
  ['a last character that is not written', RangeError, 'key', () => decodeSpaKey('aHVzaCwgaHVzaB==')],
  ['to write no bytes', TypeError, 'key', () => encodeSpaKey(untyped('hush'))],
  ['to write none', RangeError, 'key', () => encodeSpaKey(new Uint8Array())],
  ['to write too many', RangeError, 'key', () => encodeSpaKey(new Uint8Array(129))],
  ['no encryption key', RangeError, 'encryptionKey', () => requireKey({ ...key, encryptionKey: new Uint8Array() })],
  ['33 bytes', RangeError, 'encryptionKey', () => requireKey({ ...key, encryptionKey: new Uint8Array(33) })],
  ['a key as text', TypeError, 'encryptionKey', () => requireKey({ ...key, encryptionKey: untyped('hush') })],
  ['no HMAC key', RangeError, 'hmacKey', () => requireKey({ ...key, hmacKey: new Uint8Array() })],
  ['one key for both', RangeError, 'hmacKey', () => requireKey({ ...key, hmacKey: key.encryptionKey })],
  ['129 bytes', RangeError, 'hmacKey', () => requireKey({ ...key, hmacKey: new Uint8Array(129) })],
  ['another hash', RangeError, 'hmacHash', () => requireKey({ ...key, hmacHash: untyped('sha224') })],
];
for (const row of wrongUses) test(`wrong use: ${row[0]}`, (t) => refuses(t, row, ['hush', 'aHVz']));

test('keys of the greatest and the smallest length are taken', (t) => {
  t.notThrows(() => requireKey(key));
  t.notThrows(() => requireKey({ ...key, encryptionKey: new Uint8Array(32), hmacKey: new Uint8Array(128) }));
});
