// Tumbler's datagram: the hash is that of node:crypto over the text written by hand; whatever the bytes are, reading them is
// no error.

import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {
  decodeTumbler,
  encodeTumbler,
  MAX_TUMBLER_BYTES,
  TUMBLER_TEXT,
  tumblerHash,
  tumblerMacroProblem,
} from '#src/tumbler.js';
import { refuses, untyped, type WrongUse } from './wrong-use.ts';

const FIELDS = { minute: Date.UTC(2004, 6, 9, 5, 4) / 60_000, address: '192.0.2.7', secret: 'pAsSwOrD', name: 'ssh' };

const texts: readonly (readonly [text: string, hashed: string])[] = [
  [TUMBLER_TEXT, '2004-07-09T05:04Z192.0.2.7pAsSwOrD'],
  ['%YEAR%%MONTH%%DAY%%HOUR%%MINUTE% %IP% %SECRET% %NAME%', '200407090504 192.0.2.7 pAsSwOrD ssh'],
  ['%MINUTE%%IP%%SECRET%%SECRET%100%', '04192.0.2.7pAsSwOrDpAsSwOrD100%'],
];
for (const [text, hashed] of texts) {
  test(`what is hashed of "${text}"`, (t) => {
    const expected = createHash('sha256').update(hashed).digest();
    t.deepEqual(Buffer.from(tumblerHash({ ...FIELDS, text })), expected);
  });
}

test('a macro in a value is none', (t) => {
  const expected = createHash('sha256').update('04192.0.2.7%IP%').digest();
  t.deepEqual(Buffer.from(tumblerHash({ ...FIELDS, text: '%MINUTE%%IP%%SECRET%', secret: '%IP%' })), expected);
});

test('macros that are missing or unknown', (t) => {
  t.is(tumblerMacroProblem(TUMBLER_TEXT), undefined);
  t.is(tumblerMacroProblem('%IP%%SECRET%'), 'MINUTE');
  t.is(tumblerMacroProblem('%MINUTE%%SECRET%'), 'IP');
  t.is(tumblerMacroProblem('%MINUTE%%IP%'), 'SECRET');
  t.is(tumblerMacroProblem('%MINUTE%%IP%%SECRET%%USER%'), 'USER');
});

test('a hash reads back from its datagram, with a line break too', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.constantFrom('', '\n', '\r\n'), (hash, end) => {
      t.deepEqual(decodeTumbler(Buffer.concat([encodeTumbler(hash), Buffer.from(end)])), hash);
    }),
  );
});

test('no other bytes are one', (t) => {
  const good = Buffer.from(encodeTumbler(new Uint8Array(32).fill(0xab))).toString();
  for (const text of ['', 'TUMBLER1: ', good.slice(1), `${good} `, good.toUpperCase(), good.replace('1:', '2:')]) {
    t.is(decodeTumbler(Buffer.from(text)), undefined, text);
  }
  t.is(decodeTumbler(Buffer.alloc(MAX_TUMBLER_BYTES + 1, 0x61)), undefined);
  const numRuns = process.env.SLOW === '1' ? 1_000_000 : 10_000;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => decodeTumbler(bytes) === undefined),
    { numRuns },
  );
});

const hash = (change: object) => tumblerHash({ ...FIELDS, text: TUMBLER_TEXT, ...change });
const wrongUses: readonly WrongUse[] = [
  ['no secret', TypeError, 'secret', () => hash({ secret: undefined })],
  ['no text', TypeError, 'text', () => hash({ text: undefined })],
  ['no address', TypeError, 'address', () => hash({ address: undefined })],
  ['an address as bytes', TypeError, 'address', () => hash({ address: Uint8Array.of(192, 0, 2, 7) })],
  ['no name', TypeError, 'name', () => hash({ name: undefined })],
  ['minute NaN', RangeError, 'minute', () => hash({ minute: Number.NaN })],
  ['half a minute', RangeError, 'minute', () => hash({ minute: 0.5 })],
  ['a minute of the year 10000', RangeError, 'minute', () => hash({ minute: 4_223_371_680 })],
  ['a minute as text', TypeError, 'minute', () => hash({ minute: '0' })],
  ['a hash of 3 bytes', RangeError, 'hash', () => encodeTumbler(new Uint8Array(3))],
  ['a hash as text', TypeError, 'hash', () => encodeTumbler(untyped('ab'.repeat(32)))],
  ['a datagram as text', TypeError, 'payload', () => decodeTumbler(untyped('TUMBLER1: '))],
  ['no text to look for macros in', TypeError, 'text', () => tumblerMacroProblem(untyped(undefined))],
];
for (const row of wrongUses) test(`wrong use: ${row[0]}`, (t) => refuses(t, row, ['pAsSwOrD']));

test('the minute before 1970, which a clock that was never set may say, and the last one of four digits', (t) => {
  for (const [minute, text] of [
    [-1, '1969-12-31T23:59Z'],
    [4_223_371_679, '9999-12-31T23:59Z'],
  ] as const) {
    const expected = createHash('sha256').update(`${text}192.0.2.7pAsSwOrD`).digest();
    t.deepEqual(Buffer.from(hash({ minute })), expected);
  }
});
