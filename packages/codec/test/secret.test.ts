import test from 'ava';
import fc from 'fast-check';
import { decodeSecret, encodeSecret, generateSecret } from '#src/secret.js';
import { secret } from './arbitraries.ts';
import { fromHex, knock } from './vectors.ts';
import { refuses, untyped, type WrongUse } from './wrong-use.ts';

const TEXT = knock.secretText;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

test('the secret of the vectors has the text of the vectors', (t) => {
  t.is(encodeSecret(fromHex(knock.secret)), TEXT);
  t.deepEqual(decodeSecret(TEXT), fromHex(knock.secret));
});

test('the text is the base64url that Node writes, and is read back', (t) => {
  fc.assert(
    fc.property(secret, (bytes) => {
      const text = encodeSecret(bytes);
      t.is(text, Buffer.from(bytes).toString('base64url'));
      t.is(text.length, 43);
      t.deepEqual(decodeSecret(text), bytes);
    }),
  );
});

test('of the 64 last characters the 16 whose two last bits are zero are taken, each as another secret', (t) => {
  const secrets = new Set<string>();
  for (const [i, last] of [...ALPHABET].entries()) {
    const text = TEXT.slice(0, 42) + last;
    if (i % 4 === 0) secrets.add(decodeSecret(text).join());
    else refuses(t, [last, RangeError, 'secret', () => decodeSecret(text)], [text, TEXT.slice(0, 42)]);
  }
  t.is(secrets.size, 16);
});

test('of all characters exactly 64 are taken in the middle of a secret', (t) => {
  const taken: string[] = [];
  for (let code = 0; code < 0x300; code++) {
    const text = `${TEXT.slice(0, 20)}${String.fromCharCode(code)}${TEXT.slice(21)}`;
    try {
      t.is(encodeSecret(decodeSecret(text)), text);
      taken.push(String.fromCharCode(code));
    } catch (error) {
      t.true(error instanceof RangeError);
    }
  }
  t.is(taken.join(''), [...ALPHABET].sort().join(''));
});

test('a secret is made of 32 bytes of the source of randomness', (t) => {
  const asked: number[] = [];
  const random = (length: number) => {
    asked.push(length);
    return Uint8Array.from({ length }, (_, i) => i);
  };
  t.is(generateSecret(random), TEXT);
  t.deepEqual(asked, [32]);
});

const wrongUses: readonly WrongUse[] = [
  ['42 characters', RangeError, 'secret', () => decodeSecret(TEXT.slice(0, 42))],
  ['44 characters', RangeError, 'secret', () => decodeSecret(`${TEXT}A`)],
  ['no characters', RangeError, 'secret', () => decodeSecret('')],
  ['padding', RangeError, 'secret', () => decodeSecret(`${TEXT}=`)],
  ['padding within the length', RangeError, 'secret', () => decodeSecret(`${TEXT.slice(0, 42)}=`)],
  ['a space in front', RangeError, 'secret', () => decodeSecret(` ${TEXT}`)],
  ['a line end behind', RangeError, 'secret', () => decodeSecret(`${TEXT}\n`)],
  ['a plus', RangeError, 'secret', () => decodeSecret(`+${TEXT.slice(1)}`)],
  ['a slash', RangeError, 'secret', () => decodeSecret(`/${TEXT.slice(1)}`)],
  ['a character of two code units', RangeError, 'secret', () => decodeSecret(`😀${TEXT.slice(2)}`)],
  ['bytes instead of text', TypeError, 'secret', () => decodeSecret(untyped(fromHex(knock.secret)))],
  ['no text', TypeError, 'secret', () => decodeSecret(untyped(undefined))],
  ['31 bytes', RangeError, 'secret', () => encodeSecret(new Uint8Array(31))],
  ['33 bytes', RangeError, 'secret', () => encodeSecret(new Uint8Array(33))],
  ['text instead of bytes', TypeError, 'secret', () => encodeSecret(untyped(TEXT))],
  ['too little randomness', RangeError, 'secret', () => generateSecret(() => new Uint8Array(16))],
  ['no randomness', TypeError, 'secret', () => generateSecret(untyped(() => undefined))],
];
for (const row of wrongUses) {
  test(`wrong use: ${row[0]}`, (t) => refuses(t, row, [TEXT, TEXT.slice(1, 20), TEXT.slice(-20), '0,1,2']));
}

test('no text makes it throw anything but a RangeError that keeps the text to itself', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 41, maxLength: 45 }), (text) => {
      const error = t.throws(() => decodeSecret(text), { instanceOf: RangeError });
      t.false(error?.message.includes(text));
    }),
  );
});
