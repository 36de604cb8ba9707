// Why a packet is refused: each reason of the closed union, in the order of the checks, and what it tells.

import test from 'ava';
import { DEFAULT_MAX_AGE_SECONDS, decodeSpa } from '#src/spa/decode.js';
import { encodeSpa } from '#src/spa/encode.js';
import type { SpaFields } from '#src/spa/fields.js';
import { hashBytes, SPA_HASHES } from '#src/spa/hash.js';
import type { SpaKey } from '#src/spa/key.js';
import type { SpaFieldName, SpaRejection, SpaRejectionReason } from '#src/spa/rejection.js';
import { toHex } from '../vectors.ts';
import { refuses, untyped, type WrongUse } from '../wrong-use.ts';
import { authenticate, forge, withDigest } from './spa-arbitraries.ts';
import { spa } from './spa-vectors.ts';

const NOW = 1_800_000_000;
const KEY: SpaKey = { encryptionKey: Buffer.from('hush'), hmacKey: Buffer.from('hush, hush'), hmacHash: 'sha256' };
const FIELDS: SpaFields = {
  randomDigits: '0123456789012345',
  user: 'alice',
  timestamp: NOW,
  request: { kind: 'access', address: '203.0.113.7', ports: [{ protocol: 'tcp', port: 22 }] },
  digestHash: 'sha256',
};
const SALT = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const PACKET = encodeSpa(KEY, FIELDS, SALT);
const COVERED = '0123456789012345:YWxpY2U:1800000000:3.0.0:1:MjAzLjAuMTEzLjcsdGNwLzIy';

const read = (packet: string | Uint8Array, key: SpaKey = KEY, now = NOW) => decodeSpa(packet, key, now);
const forged = (covered: string) => read(forge(withDigest(covered), KEY));

test('a right packet is read', (t) => {
  const decoded = read(PACKET);
  t.like(decoded, { ok: true, ...FIELDS });
  t.is(decoded.ok && decoded.identity.length, 32);
});

/** Does not compile when a reason is missing here, or is none. */
const examples: Record<SpaRejectionReason, readonly (() => unknown)[]> = {
  'wrong-length': [
    () => read(''),
    () => read(new Uint8Array()),
    () => read(PACKET.slice(1)),
    () => read(`${PACKET}A`),
    () => read('8'.repeat(1501)),
    () => read('E'.repeat(1501)),
    () => read(new Uint8Array(65_507)),
    () => read(PACKET, { ...KEY, hmacHash: 'md5' }),
  ],
  gpg: [() => read(spa.gpg.packet), () => read(Buffer.from(spa.gpg.packet)), () => read('E'.repeat(400))],
  'prefix-sent': [() => read(`U2FsdGVkX1${PACKET}`), () => read('U2FsdGVkX1')],
  'not-base64': [
    () => read(`A${PACKET.slice(1)}`),
    () => read(`${PACKET.slice(0, 20)}=${PACKET.slice(21)}`),
    () => read(`${PACKET.slice(0, 20)}-${PACKET.slice(21)}`),
    () => read(`${PACKET.slice(0, 20)}\u0141${PACKET.slice(21)}`),
    () => read(`${PACKET.slice(0, -1)}=`),
    () => read(Buffer.alloc(PACKET.length, 255)),
  ],
  'hmac-mismatch': [
    () => read(PACKET, { ...KEY, hmacKey: Buffer.from('hush, hus') }),
    () => read(PACKET, { ...KEY, hmacHash: 'sha3-256' }),
    () => read(`${PACKET.slice(0, 20)}${PACKET[20] === 'A' ? 'B' : 'A'}${PACKET.slice(21)}`),
    () => read(PACKET.slice(0, -43) + 'A'.repeat(43)),
  ],
  // The salt is another one: what is decrypted is noise, whose padding is right once in 256 times, but not here.
  'decryption-failed': [() => read(PACKET, { ...KEY, encryptionKey: Buffer.from('other') })],
  'wrong-field-count': [() => forged(`${COVERED}:MDA`), () => read(forge('x'.repeat(70), KEY))],
  'digest-mismatch': [() => read(forge(withDigest(COVERED).replace('01234', '01235'), KEY))],
  'bad-field': [() => forged(COVERED.replace('3.0.0', '3.0.1')), () => forged(COVERED.replace(':1:', ':8:'))],
  'wrong-time': [() => read(PACKET, KEY, NOW + 121), () => read(PACKET, KEY, NOW - 121), () => read(PACKET, KEY, 0)],
};

for (const reason of Object.keys(examples) as SpaRejectionReason[]) {
  test(`refused with ${reason}`, (t) => {
    for (const example of examples[reason]) {
      const rejection = example() as SpaRejection;
      t.false(rejection.ok);
      t.is(rejection.reason, reason, String(example));
      t.is(Object.keys(rejection).length, 2 + fieldsOf(rejection).length);
    }
  });
}

/** Does not compile when a reason is not handled, or a field is not there. */
function fieldsOf(rejection: SpaRejection): readonly unknown[] {
  switch (rejection.reason) {
    case 'wrong-length':
    case 'gpg':
    case 'prefix-sent':
    case 'not-base64':
    case 'hmac-mismatch':
    case 'decryption-failed':
    case 'wrong-field-count':
    case 'digest-mismatch':
      return [];
    case 'bad-field':
      return [rejection.field];
    case 'wrong-time':
      return [rejection.ageSeconds];
    default:
      return rejection satisfies never;
  }
}

const fields: Record<SpaFieldName, string> = {
  random: COVERED.replace('0123', 'x123'),
  user: COVERED.replace('YWxpY2U', 'YTpi'),
  timestamp: COVERED.replace('18000', '08000'),
  version: COVERED.replace('3.0.0', '2.0.2'),
  type: COVERED.replace(':1:', ':7:'),
  message: COVERED.replace('MjAz', 'AjAz'),
  'nat-access': `${COVERED.replace(':1:', ':2:')}:Z3c`,
  timeout: `${COVERED.replace(':1:', ':3:')}:030`,
};
for (const field of Object.keys(fields) as SpaFieldName[]) {
  test(`refused for its ${field}`, (t) =>
    t.deepEqual(forged(fields[field]), { ok: false, reason: 'bad-field', field }));
}

test('the HMAC comes before decryption, and both before the fields', (t) => {
  const wrongKeys = { ...KEY, hmacKey: Uint8Array.of(1), encryptionKey: Uint8Array.of(2) };
  t.like(read(forge('x'.repeat(80), KEY), wrongKeys), { reason: 'hmac-mismatch' });
  const digestAndField = `${COVERED.replace('3.0.0', '3.0.1')}:${withDigest(COVERED).slice(COVERED.length + 1)}`;
  t.like(read(forge(digestAndField, KEY)), { reason: 'digest-mismatch' });
  t.like(decodeSpa(forge(withDigest(COVERED.replace('3.0.0', '3.0.1')), KEY), KEY, 0), { reason: 'bad-field' });
});

const ages: readonly [unixSeconds: number, maxAge: number | undefined, ageSeconds: number | undefined][] = [
  [NOW, 0, undefined],
  [NOW + 0.999, 0, undefined],
  [NOW + 1, 0, 1],
  [NOW - 0.001, 0, -1],
  [NOW + 120, undefined, undefined],
  [NOW + 120.9, undefined, undefined],
  [NOW + 121, undefined, 121],
  [NOW - 120, undefined, undefined],
  [NOW - 120.5, undefined, -121],
  [NOW + 3600, 3600, undefined],
  [NOW + 3601, 3600, 3601],
];
for (const [unixSeconds, maxAge, ageSeconds] of ages) {
  test(`clock ${unixSeconds - NOW} s off, ${maxAge ?? 'nothing'} said: ${ageSeconds ?? 'read'}`, (t) => {
    const decoded = decodeSpa(PACKET, KEY, unixSeconds, maxAge);
    if (ageSeconds === undefined) t.true(decoded.ok);
    else t.deepEqual(decoded, { ok: false, reason: 'wrong-time', ageSeconds });
  });
}
test('where nothing is said it is two minutes', (t) => t.is(DEFAULT_MAX_AGE_SECONDS, 120));

test('every length but those of packets is refused before anything is computed', (t) => {
  for (const hmacHash of SPA_HASHES) {
    const taken: number[] = [];
    for (let length = 0; length < 600; length++) {
      const decoded = read('/'.repeat(length), { ...KEY, hmacHash });
      if (!decoded.ok && decoded.reason !== 'wrong-length') taken.push(length);
    }
    const hmac = Math.ceil((hashBytes(hmacHash) * 4) / 3);
    t.is(taken.length, 13);
    t.deepEqual([taken[0], taken.at(-1)], [118 + hmac, 374 + hmac]);
  }
});

test('the shortest and the longest packet are read', (t) => {
  const request = { kind: 'command', address: 'source', command: 'x' } as const;
  const shortest: SpaFields = { ...FIELDS, user: 'u', timestamp: 1, request, digestHash: 'md5' };
  const packet = encodeSpa({ ...KEY, hmacHash: 'md5' }, shortest, SALT);
  t.is(packet.length, 140);
  t.true(decodeSpa(packet, { ...KEY, hmacHash: 'md5' }, 1).ok);
  const longest: SpaFields = { ...FIELDS, request: { ...request, command: 'x'.repeat(129) } };
  t.is(encodeSpa({ ...KEY, hmacHash: 'sha512' }, longest, SALT).length, 460);
  t.true(read(encodeSpa(KEY, longest, SALT)).ok);
});

test('the first character that is sent is one of four: the rest of the prefix', (t) => {
  const text = PACKET.slice(0, -43);
  for (const first of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/') {
    const decoded = read(authenticate(first + text.slice(1), KEY));
    const other = '89+/'.includes(first) ? ['decryption-failed', 'wrong-field-count', undefined] : ['not-base64'];
    t.true(other.includes(decoded.ok ? undefined : decoded.reason), first);
  }
});

test('the identity is that of the fields: salt, keys, HMAC and digest do not change it', (t) => {
  const identity = (key: SpaKey, some: SpaFields, salt = SALT) => {
    const decoded = decodeSpa(encodeSpa(key, some, salt), key, NOW);
    return decoded.ok ? toHex(decoded.identity) : decoded.reason;
  };
  const first = identity(KEY, FIELDS);
  t.is(identity(KEY, FIELDS, new Uint8Array(8)), first);
  t.is(identity({ ...KEY, encryptionKey: Uint8Array.of(1) }, FIELDS), first);
  t.is(identity({ ...KEY, hmacKey: Uint8Array.of(1) }, FIELDS), first);
  for (const hash of SPA_HASHES) {
    t.is(identity({ ...KEY, hmacHash: hash }, FIELDS), first);
    t.is(identity(KEY, { ...FIELDS, digestHash: hash }), first);
  }
  const others = [
    { randomDigits: '0123456789012346' },
    { user: 'alicf' },
    { timestamp: NOW + 1 },
    { request: { ...FIELDS.request, address: 'source' } },
    { request: { ...FIELDS.request, timeoutSeconds: 30 } },
  ] as readonly Partial<SpaFields>[];
  const all = others.map((other) => identity(KEY, { ...FIELDS, ...other }));
  t.is(new Set([first, ...all]).size, 6);
});

test('neither key nor packet is changed, nor the identity given twice', (t) => {
  const bytes = Uint8Array.from(Buffer.from(PACKET));
  const [first, second] = [read(bytes), read(bytes)];
  t.not(first.ok && first.identity, second.ok && second.identity);
  t.deepEqual(first, second);
  t.is(Buffer.from(bytes).toString(), PACKET);
  t.is(Buffer.from(KEY.hmacKey).toString(), 'hush, hush');
});

const wrongUses: readonly WrongUse[] = [
  ['no packet', TypeError, 'packet', () => read(untyped(undefined))],
  ['a packet as an array', TypeError, 'packet', () => read(untyped([1, 2]))],
  ['no HMAC key', RangeError, 'hmacKey', () => read(PACKET, { ...KEY, hmacKey: new Uint8Array() })],
  ['no encryption key', RangeError, 'encryptionKey', () => read(PACKET, { ...KEY, encryptionKey: new Uint8Array() })],
  ['another hash', RangeError, 'hmacHash', () => read(PACKET, { ...KEY, hmacHash: untyped('md4') })],
  ['no time', TypeError, 'unixSeconds', () => decodeSpa(PACKET, KEY, untyped(undefined))],
  ['a time that is none', RangeError, 'unixSeconds', () => decodeSpa(PACKET, KEY, Number.NaN)],
  ['a negative time', RangeError, 'unixSeconds', () => decodeSpa(PACKET, KEY, -1)],
  ['a negative age', RangeError, 'maxAgeSeconds', () => decodeSpa(PACKET, KEY, NOW, -1)],
  ['an age with a fraction', RangeError, 'maxAgeSeconds', () => decodeSpa(PACKET, KEY, NOW, 1.5)],
  ['an endless age', RangeError, 'maxAgeSeconds', () => decodeSpa(PACKET, KEY, NOW, Infinity)],
  ['a salt of 7 bytes', RangeError, 'salt', () => encodeSpa(KEY, FIELDS, new Uint8Array(7))],
  ['a salt as text', TypeError, 'salt', () => encodeSpa(KEY, FIELDS, untyped('12345678'))],
  [
    'to encode without a key',
    RangeError,
    'hmacKey',
    () => encodeSpa({ ...KEY, hmacKey: new Uint8Array() }, FIELDS, SALT),
  ],
  [
    'too long a command',
    RangeError,
    'fields',
    () =>
      encodeSpa(KEY, { ...FIELDS, request: { kind: 'command', address: 'source', command: 'x'.repeat(130) } }, SALT),
  ],
];
for (const row of wrongUses) test(`wrong use: ${row[0]}`, (t) => refuses(t, row, ['hush']));
