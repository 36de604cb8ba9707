import test from 'ava';
import fc from 'fast-check';
import { base64Length, encodeBase64, tryDecodeBase64 } from '#src/spa/base64.js';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const texts: readonly [bytes: string, text: string][] = [
  // RFC 4648, section 10, without "="
  ['', ''],
  ['f', 'Zg'],
  ['fo', 'Zm8'],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg'],
  ['fooba', 'Zm9vYmE'],
  ['foobar', 'Zm9vYmFy'],
];
for (const [bytes, text] of texts) {
  test(`"${bytes}" is "${text}"`, (t) => {
    t.is(encodeBase64(Buffer.from(bytes)), text);
    t.deepEqual(tryDecodeBase64(text), Uint8Array.from(Buffer.from(bytes)));
  });
}

test('what is written is what Node writes, and is read back', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const text = encodeBase64(bytes);
      t.is(text, Buffer.from(bytes).toString('base64').replace(/=+$/, ''));
      t.is(text.length, base64Length(bytes.length));
      t.deepEqual(tryDecodeBase64(text), bytes);
    }),
  );
});

test('of all last characters only those are read that are written', (t) => {
  for (const start of ['', 'A', 'AA', 'AAA']) {
    for (const last of ALPHABET) {
      const bytes = tryDecodeBase64(start + last);
      t.is(bytes && encodeBase64(bytes), bytes && start + last);
    }
  }
  t.is([...ALPHABET].filter((last) => tryDecodeBase64(`A${last}`)).length, 4);
  t.is([...ALPHABET].filter((last) => tryDecodeBase64(`AA${last}`)).length, 16);
  t.is([...ALPHABET].filter((last) => tryDecodeBase64(`AAA${last}`)).length, 64);
});

const wrong = [
  'A',
  'AAAAA',
  'AB',
  'AAB',
  'Zg==',
  'Zg=',
  'Zm8=',
  'Z g',
  ' Zg',
  'Zg\n',
  'Z-_g',
  'Zm9é',
  'Zm9\u0141',
  '\0A',
  '\ud800A',
];
for (const text of wrong) {
  test(`not read: ${JSON.stringify(text)}`, (t) => t.is(tryDecodeBase64(text), undefined));
}

test('whatever is read is written as it was', (t) => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...ALPHABET, '=', '-') }));
  fc.assert(
    fc.property(text, (some) => {
      const bytes = tryDecodeBase64(some);
      if (bytes) t.is(encodeBase64(bytes), some);
      t.pass();
    }),
    { numRuns: process.env.SLOW ? 1_000_000 : 1000 },
  );
});
