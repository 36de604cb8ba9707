// Fields ↔ plaintext: what each of them must be, and that there is one spelling for all.

import test from 'ava';
import fc from 'fast-check';
import { randomSpaDigits, readFields, type SpaFields, writeFields } from '#src/spa/fields.js';
import { SPA_HASHES } from '#src/spa/hash.js';
import type { SpaFieldName, SpaRejectionReason } from '#src/spa/rejection.js';
import { refuses, untyped, type WrongUse } from '../wrong-use.ts';
import { spaFields, withDigest } from './spa-arbitraries.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64').replace(/=+$/, '');
const RIGHT = ['0123456789012345', base64('alice'), '1800000000', '3.0.0', '1', base64('203.0.113.7,tcp/22')];

/** A plaintext with one of its parts replaced, and the right digest. */
function changed(at: number, part: string): string {
  return withDigest(RIGHT.map((right, i) => (i === at ? part : right)).join(':'));
}

test('the plaintext that all others are changed from is right', (t) => {
  const fields = {
    randomDigits: '0123456789012345',
    user: 'alice',
    timestamp: 1_800_000_000,
    request: { kind: 'access', address: '203.0.113.7', ports: [{ protocol: 'tcp', port: 22 }] },
    digestHash: 'sha256',
  };
  t.deepEqual(readFields(withDigest(RIGHT.join(':'))), { ok: true, fields, covered: RIGHT.join(':') } as never);
});

const wrongParts: readonly [field: SpaFieldName, at: number, parts: readonly string[]][] = [
  [
    'random',
    0,
    ['', '012345678901234', '01234567890123456', '012345678901234x', '-123456789012345', '٠123456789012345'],
  ],
  ['random', 0, [' 123456789012345', '+123456789012345', '0x23456789012345']],
  ['user', 1, ['', 'A', 'YQ==', 'YR', 'a b', base64('a:b'), base64('a"b'), base64('a,b'), base64('a=b')]],
  ['user', 1, [base64('a\tb'), base64('a\0'), base64('ü'), base64('\x7f'), base64('u'.repeat(49))]],
  ['user', 1, [...'"/\\[]:;|=,+*?<>'].map((character) => base64(`a${character}`))],
  ['timestamp', 2, ['', '0', '01800000000', '-1', '1.5', '1e9', ' 1800000000', '18000000000', '0x10', '+1']],
  ['version', 3, ['', '3', '3.0', '3.0.1', '2.0.2', '3.0.0 ', '4.0.0']],
  ['type', 4, ['', '7', '01', 'x', '-1', '1 ']],
  ['message', 5, ['', 'A', 'MjAzLjAuMTEzLjcsdGNwLzJ', `${RIGHT[5]}==`, '203.0.113.7,tcp/22']],
  ['message', 5, [base64('203.0.113.7,tcp/22\n'), base64('203.0.113.7,tcp/22,ü')]],
];
for (const [field, at, parts] of wrongParts) {
  test(`refused for its ${field}: ${parts.map((part) => JSON.stringify(part)).join(' ')}`, (t) => {
    for (const part of parts) {
      t.deepEqual(readFields(changed(at, part)), { ok: false, reason: 'bad-field', field }, part);
    }
  });
}

const NAT = base64('gw,5000');
const withType = (type: string, ...more: readonly string[]) =>
  withDigest([...RIGHT.slice(0, 4), type, RIGHT[5], ...more].join(':'));
const counts: readonly [title: string, plaintext: string, expected: true | SpaRejectionReason][] = [
  ['nothing', '', 'wrong-field-count'],
  ['six fields', withDigest(RIGHT.slice(0, 5).join(':')), 'wrong-field-count'],
  ['access', withType('1'), true],
  ['access with NAT, or with the field of server authentication', withType('1', NAT), 'wrong-field-count'],
  ['command with more', withType('0', '30'), 'wrong-field-count'],
  ['timeout without one', withType('3'), 'wrong-field-count'],
  ['timeout', withType('3', '30'), true],
  ['timeout after server authentication', withType('3', base64('crypt,pw'), '30'), 'wrong-field-count'],
  ['NAT without it', withType('2'), 'wrong-field-count'],
  ['NAT', withType('2', NAT), true],
  ['NAT with a timeout', withType('2', NAT, '30'), 'wrong-field-count'],
  ['NAT of the type with a timeout', withType('4', NAT, '30'), true],
  ['NAT of that type, without', withType('4', NAT), 'wrong-field-count'],
  ['local NAT', withType('5', NAT), true],
  ['local NAT with a timeout', withType('6', NAT, '30'), true],
  ['both in the other order', withType('6', '30', NAT), 'bad-field'],
  ['a colon at the end', `${withType('1')}:`, 'wrong-field-count'],
  ['a type that does not exist', withType('9', 'a', 'b', 'c'), 'bad-field'],
];
for (const [title, plaintext, expected] of counts) {
  test(`fields: ${title}`, (t) => {
    const read = readFields(plaintext);
    t.is(read.ok || read.reason, expected);
  });
}

const covered = RIGHT.join(':');
const digest = withDigest(covered).slice(covered.length + 1);
for (const wrong of [
  '',
  'A',
  digest.slice(1),
  `${digest}=`,
  `A${digest.slice(1)}`,
  `${digest.slice(0, -1)}_`,
  digest.repeat(2),
]) {
  test(`refused for its digest: "${wrong}"`, (t) => {
    t.deepEqual(readFields(`${covered}:${wrong}`), { ok: false, reason: 'digest-mismatch' });
  });
}

for (const hash of SPA_HASHES) {
  test(`digest ${hash}: found by its length and by itself`, (t) => {
    const read = readFields(withDigest(covered, hash));
    t.is(read.ok && read.fields.digestHash, hash);
  });
}

test('what is written is read back', (t) => {
  fc.assert(
    fc.property(spaFields, (fields) => {
      const plaintext = writeFields(fields);
      t.deepEqual(readFields(plaintext), { ok: true, fields, covered: plaintext.slice(0, plaintext.lastIndexOf(':')) });
    }),
  );
});

const part = fc.oneof(
  fc.constantFrom(...RIGHT, NAT, '30', '0', '3', '4', '', ':', '٣', '=', '0.0.0.0', 'A', '3.0.0:'),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.string({ maxLength: 8 }).map(base64),
);
/** The fields of a right packet, some replaced, left out or added, mostly with the right digest. */
const forged = fc
  .tuple(spaFields.map(writeFields), fc.array(fc.tuple(fc.nat(9), fc.nat(2), part), { maxLength: 3 }), fc.nat(9))
  .map(([plaintext, changes, luck]) => {
    const parts = plaintext.split(':');
    const last = parts.pop() as string;
    for (const [at, remove, more] of changes) parts.splice(at, remove, more);
    return luck === 0 ? [...parts, last].join(':') : withDigest(parts.join(':'), SPA_HASHES[luck % SPA_HASHES.length]);
  });

test('whatever plaintext can be read is written as it was', (t) => {
  let [read, refused] = [0, 0];
  fc.assert(
    fc.property(forged, (plaintext) => {
      const result = readFields(plaintext);
      if (!result.ok) {
        refused++;
        return;
      }
      read++;
      t.is(writeFields(result.fields), plaintext);
    }),
    { numRuns: process.env.SLOW ? 1_000_000 : 3000 },
  );
  t.true(read > 500 && refused > 500, `${read} were read, ${refused} refused`);
});

test('random digits: 16 of them, from the bytes that are given', (t) => {
  const digits = (byte: number) => randomSpaDigits((length) => new Uint8Array(length).fill(byte));
  t.is(digits(0), '0000000000000000');
  // 2^64 − 1 = 18446744073709551615
  t.is(digits(255), '0955161509551615');
  const halves = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2);
  t.is(
    randomSpaDigits((length) => halves.subarray(0, length)),
    '0000000100000002',
  );
  t.throws(() => randomSpaDigits(() => new Uint8Array(15)), { instanceOf: RangeError });
});

const fields: SpaFields = {
  randomDigits: '0123456789012345',
  user: 'alice',
  timestamp: 1_800_000_000,
  request: { kind: 'access', address: 'source', ports: [{ protocol: 'tcp', port: 22 }] },
  digestHash: 'sha256',
};
const write = (change: object) => () => writeFields({ ...fields, ...change });
const wrongUses: readonly WrongUse[] = [
  ['15 digits', RangeError, 'randomDigits', write({ randomDigits: '012345678901234' })],
  ['digits as a number', TypeError, 'randomDigits', write({ randomDigits: 1234567890123456 })],
  ['other digits', RangeError, 'randomDigits', write({ randomDigits: '٠123456789012345' })],
  ['no user', TypeError, 'user', write({ user: untyped(undefined) })],
  ['an empty user', RangeError, 'user', write({ user: '' })],
  ['a user with a colon', RangeError, 'user', write({ user: 'a:b' })],
  ['too long a user', RangeError, 'user', write({ user: 'u'.repeat(49) })],
  ['a time before 1970', RangeError, 'timestamp', write({ timestamp: 0 })],
  ['a time with a fraction', RangeError, 'timestamp', write({ timestamp: 1.5 })],
  ['a time in milliseconds', RangeError, 'timestamp', write({ timestamp: 1_800_000_000_000 })],
  ['a time as text', TypeError, 'timestamp', write({ timestamp: '1' })],
  ['another digest', RangeError, 'digestHash', write({ digestHash: 'sha224' })],
];
for (const row of wrongUses) test(`wrong use: ${row[0]}`, (t) => refuses(t, row));
