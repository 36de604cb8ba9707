// Several orders of the same knocks, of which one may be proven by the address in it.

import test from 'ava';
import fc from 'fast-check';
import { SequenceDecoder } from '#src/decoder.js';
import { parseSource } from '#src/source.js';
import {
  answer,
  clientOf,
  decoderOf,
  FROM,
  knockPorts,
  NOISE,
  NOW,
  OTHER,
  SERVER_ID,
  SOURCE,
  secretOf,
} from './decoder-clients.ts';
import { refuses, untyped, type WrongUse } from './wrong-use.ts';

const ports = knockPorts();

test('the order that fits is found, and is what the plain order would have been', (t) => {
  const decoder = decoderOf({});
  const decoded = answer(decoder);
  for (const arrangement of [0, 3, 6]) {
    const all = Array.from({ length: 7 }, (_, i) => (i === arrangement ? ports : NOISE));
    t.deepEqual(decoder.decodeProven(all, FROM, NOW), { decoded, arrangement });
  }
  t.is(decoder.decodeProven([NOISE, [...ports].reverse()], FROM, NOW), undefined);
  t.is(decoder.decodeProven([], FROM, NOW), undefined);
});

test('one that is out of range fits nothing, and does not hide the others', (t) => {
  t.is(decoderOf({}).decodeProven([[...NOISE.slice(1), 22], ports], FROM, NOW)?.arrangement, 1);
});

const rows: readonly [string, object, Parameters<typeof knockPorts>[0], boolean][] = [
  ['its own address', { trustSource: false }, {}, true],
  ['a port that is not on the list', { ports: new Set() }, {}, true],
  ['"source" where it may', {}, { address: 'source' }, true],
  ['"source" where it may not', { trustSource: false }, { address: 'source' }, false],
  ['another address where it may', { openForOther: true }, { address: OTHER }, false],
  ['the window before', {}, { unixSeconds: NOW - 30 }, true],
  ['the window after', {}, { unixSeconds: NOW + 30 }, true],
  ['two windows before', {}, { unixSeconds: NOW - 31 }, false],
];
for (const [title, policy, options, expected] of rows) {
  test(`${title}: ${expected ? 'proven' : 'not proven'}`, (t) => {
    t.is(decoderOf(policy).decodeProven([knockPorts(options)], FROM, NOW) !== undefined, expected);
  });
}

test('it costs what it says: a decryption for each client, window and order', (t) => {
  const decoder = new SequenceDecoder(SERVER_ID, [clientOf(), clientOf({ name: 'bob', secret: secretOf(2) })]);
  t.is(decoder.decryptsPerArrangement, 6);
  decoder.decodeProven(Array(7).fill(NOISE), FROM, NOW);
  t.is(decoder.decrypts, 42);
  decoder.decode(NOISE, FROM, NOW);
  t.is(decoder.decrypts, 48);
});

test('of noise in any number of orders nothing is proven', (t) => {
  const decoder = decoderOf({ openForOther: true });
  const eight = fc.array(fc.integer({ min: 745, max: 1000 }), { minLength: 8, maxLength: 8 });
  fc.assert(
    fc.property(fc.array(eight, { maxLength: 15 }), fc.oneof(fc.ipV4(), fc.ipV6()), (all, from) => {
      t.is(decoder.decodeProven(all, parseSource(from), NOW), undefined);
    }),
    { numRuns: process.env.SLOW ? 100_000 : 500 },
  );
});

const ask = (all: unknown, from: unknown = FROM, at: unknown = NOW) =>
  decoderOf({}).decodeProven(untyped(all), untyped(from), untyped(at));
const wrongUses: readonly WrongUse[] = [
  ['seven ports', RangeError, 'ports', () => ask([NOISE, NOISE.slice(1)])],
  ['no source', TypeError, 'source', () => ask([NOISE], null)],
  ['a source as text', TypeError, 'source', () => ask([NOISE], SOURCE)],
  ['moment -1', RangeError, 'unixSeconds', () => ask([NOISE], FROM, -1)],
];
for (const row of wrongUses) test(`wrong use: ${row[0]}`, (t) => refuses(t, row));
