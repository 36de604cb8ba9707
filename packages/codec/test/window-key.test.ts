import { createHmac, hkdfSync } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import {
  deriveWindowKey,
  ipv6AddressField,
  SECRET_BYTES,
  serverIdBytes,
  WINDOW_SECONDS,
  windowAt,
} from '#src/window-key.js';
import { bytesOf, secret, serverId, unixSeconds } from './arbitraries.ts';
import { toHex } from './vectors.ts';
import { refuses, untyped, type WrongUse } from './wrong-use.ts';

const SECRET = new Uint8Array(SECRET_BYTES).fill(0xee);

const windows: readonly [unixSeconds: number, window: number][] = [
  [0, 0],
  [29, 0],
  [29.999, 0],
  [30, 1],
  [59.5, 1],
  [1_799_999_999.999, 59_999_999],
  [1_800_000_000, 60_000_000],
  [1_800_000_029, 60_000_000],
  [1_800_000_030, 60_000_001],
  [2 ** 32, 143_165_576],
  [Number.MAX_SAFE_INTEGER, 300_239_975_158_033],
];
for (const [seconds, window] of windows) {
  test(`second ${seconds} is in window ${window}`, (t) => t.is(windowAt(seconds), window));
}

test('a window begins at a multiple of thirty seconds and ends before the next', (t) => {
  t.is(WINDOW_SECONDS, 30);
  fc.assert(
    fc.property(unixSeconds, (seconds) => {
      const window = windowAt(seconds);
      t.true(window * 30 <= seconds && seconds < (window + 1) * 30);
    }),
  );
});

test('the key is the HKDF-SHA256 that Node computes', (t) => {
  fc.assert(
    fc.property(secret, serverId, fc.maxSafeNat(), (ikm, salt, window) => {
      const info = Buffer.alloc(21, 'eightknock v1');
      info.writeBigUInt64BE(BigInt(window), 13);
      t.deepEqual(deriveWindowKey(ikm, salt, window), new Uint8Array(hkdfSync('sha256', ikm, salt, info, 32)));
    }),
  );
});

test('the field of an IPv6 address is the start of the HMAC-SHA256 that Node computes', (t) => {
  fc.assert(
    fc.property(bytesOf(32), bytesOf(16), (key, address) => {
      const hmac = createHmac('sha256', key).update('eightknock v1 address').update(address).digest('hex');
      t.is(toHex(ipv6AddressField(key, address)), hmac.slice(0, 8));
    }),
  );
});

test('secret, server id and window each change the key', (t) => {
  const other = SECRET.slice();
  other[31] = 0xef;
  const keys = [
    deriveWindowKey(SECRET, 'gw', 1),
    deriveWindowKey(other, 'gw', 1),
    deriveWindowKey(SECRET, 'gx', 1),
    deriveWindowKey(SECRET, 'gw', 2),
    deriveWindowKey(SECRET, 'gw', 1 + 2 ** 32),
  ];
  t.is(new Set(keys.map(toHex)).size, keys.length);
});

test('a server id is counted in bytes of UTF-8', (t) => {
  t.deepEqual(serverIdBytes('gé€😀'), Uint8Array.from(Buffer.from('gé€😀')));
  t.is(serverIdBytes('a'.repeat(64)).length, 64);
  t.is(serverIdBytes('😀'.repeat(16)).length, 64);
  t.is(serverIdBytes('a').length, 1);
});

const key = (id: unknown, window: unknown = 1) => deriveWindowKey(SECRET, untyped(id), untyped(window));
const wrongUses: readonly WrongUse[] = [
  ['a moment before 1970', RangeError, 'unixSeconds', () => windowAt(-1)],
  ['a moment just before 1970', RangeError, 'unixSeconds', () => windowAt(-Number.MIN_VALUE)],
  ['a moment that is no number', RangeError, 'unixSeconds', () => windowAt(Number.NaN)],
  ['the end of time', RangeError, 'unixSeconds', () => windowAt(Infinity)],
  ['a moment beyond exact integers', RangeError, 'unixSeconds', () => windowAt(2 ** 53)],
  ['a moment as text', TypeError, 'unixSeconds', () => windowAt(untyped('1800000000'))],
  ['a moment as a Date', TypeError, 'unixSeconds', () => windowAt(untyped(new Date(0)))],
  ['an empty server id', RangeError, 'serverId', () => serverIdBytes('')],
  ['a server id of 65 bytes', RangeError, 'serverId', () => serverIdBytes('a'.repeat(65))],
  ['a server id of 17 characters and 68 bytes', RangeError, 'serverId', () => serverIdBytes('😀'.repeat(17))],
  ['a server id with half a pair', RangeError, 'serverId', () => serverIdBytes('gw\ud83d')],
  ['a server id with the other half', RangeError, 'serverId', () => serverIdBytes('\ude00gw')],
  ['a server id with swapped halves', RangeError, 'serverId', () => serverIdBytes('\ude00\ud83d')],
  ['a server id as a number', TypeError, 'serverId', () => serverIdBytes(untyped(7))],
  ['key: an empty server id', RangeError, 'serverId', () => key('')],
  ['key: no server id', TypeError, 'serverId', () => key(undefined)],
  ['key: window -1', RangeError, 'window', () => key('gw', -1)],
  ['key: window 1.5', RangeError, 'window', () => key('gw', 1.5)],
  ['key: window 2^53', RangeError, 'window', () => key('gw', 2 ** 53)],
  ['key: window NaN', RangeError, 'window', () => key('gw', Number.NaN)],
  ['key: window as a bigint', TypeError, 'window', () => key('gw', 1n)],
  ['key: secret of 31 bytes', RangeError, 'secret', () => deriveWindowKey(SECRET.subarray(1), 'gw', 1)],
  ['key: secret of 33 bytes', RangeError, 'secret', () => deriveWindowKey(new Uint8Array(33), 'gw', 1)],
  ['key: secret as text', TypeError, 'secret', () => deriveWindowKey(untyped('hush'.repeat(8)), 'gw', 1)],
  ['field: windowKey of 16 bytes', RangeError, 'windowKey', () => ipv6AddressField(new Uint8Array(16), SECRET)],
  ['field: windowKey as text', TypeError, 'windowKey', () => ipv6AddressField(untyped('hush'), SECRET)],
  ['field: IPv4 address', RangeError, 'address', () => ipv6AddressField(SECRET, new Uint8Array(4))],
  ['field: address as text', TypeError, 'address', () => ipv6AddressField(SECRET, untyped('::1'))],
];
for (const row of wrongUses) test(`wrong use: ${row[0]}`, (t) => refuses(t, row, ['hush', '238', 'ee']));
