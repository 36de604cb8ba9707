import test from 'ava';
import fc from 'fast-check';
import { parseAddress } from '#src/address.js';
import {
  bytesOfPorts,
  DEFAULT_BASE_PORT,
  decodeSequence,
  encodeSequence,
  MAX_BASE_PORT,
  portsOfBytes,
} from '#src/sequence.js';
import { deriveWindowKey, ipv6AddressField } from '#src/window-key.js';
import { anyNumber, basePort, bytesOf, nonce, request, secret, serverId, unixSeconds } from './arbitraries.ts';
import { refuses, untyped, type WrongUse } from './wrong-use.ts';

const KEY = { secret: new Uint8Array(32).fill(7), serverId: 'gw' };
const REQUEST = { address: '203.0.113.7', port: 22, time: 5 };
const NOW = 1_800_000_000;
const NOW_WINDOW = 60_000_000;

test('the base ports are those of the protocol', (t) => t.deepEqual([DEFAULT_BASE_PORT, MAX_BASE_PORT], [745, 65280]));

test('what is encoded is decoded: any key, request, moment, nonce and base port', (t) => {
  fc.assert(
    fc.property(secret, serverId, request, unixSeconds, nonce, basePort, (ikm, id, asked, seconds, salt, base) => {
      const key = { secret: ikm, serverId: id };
      const { ports, window } = encodeSequence(key, asked, seconds, salt, base);
      t.is(ports.length, 8);
      t.true(ports.every((port) => port >= base && port <= base + 255));
      const address = expectedField(asked.address, deriveWindowKey(ikm, id, window));
      const { port, time } = asked;
      t.deepEqual(decodeSequence(key, ports, window, base), { ok: true, address, port, time, nonce: salt });
    }),
  );
});

function expectedField(address: string, windowKey: Uint8Array): Uint8Array {
  if (address === 'source') return new Uint8Array(4);
  const bytes = parseAddress(address);
  return bytes.length === 4 ? bytes : ipv6AddressField(windowKey, bytes);
}

test('every single flipped bit of the eight knocks changes what is decoded', (t) => {
  let refused = 0;
  fc.assert(
    fc.property(secret, request, nonce, (ikm, asked, salt) => {
      const key = { secret: ikm, serverId: 'gw' };
      const { cipher, window } = encodeSequence(key, asked, NOW, salt);
      const original = decodeSequence(key, portsOfBytes(cipher, 745), window);
      t.true(original.ok);
      for (let bit = 0; bit < 64; bit++) {
        const flipped = cipher.slice();
        (flipped[bit >> 3] as number) ^= 1 << (bit & 7);
        const decoded = decodeSequence(key, portsOfBytes(flipped, 745), window);
        t.notDeepEqual(decoded, original, `bit ${bit}`);
        if (!decoded.ok) refused++;
      }
    }),
    { numRuns: 25 },
  );
  // the check nibble lets one of sixteen through: 1500 of 1600 are expected to be refused, with a deviation of 10
  t.true(refused > 1400, `${refused} refused`);
});

test('sixteen nonces make sixteen sequences of one request', (t) => {
  const all = Array.from({ length: 16 }, (_, salt) => encodeSequence(KEY, REQUEST, NOW, salt).ports.join());
  t.is(new Set(all).size, 16);
});

test('a port that comes twice is knocked twice', (t) => {
  for (let time = 0; time < 256; time++) {
    const { ports, window } = encodeSequence(KEY, { ...REQUEST, time }, NOW, 0);
    if (new Set(ports).size === 8) continue;
    t.is(ports.length, 8);
    const decoded = decodeSequence(KEY, ports, window);
    t.is(decoded.ok && decoded.time, time);
    return;
  }
  t.fail('no sequence with a repeated port among 256: every tenth should have one');
});

test('the address may be written in any way', (t) => {
  const ports = (address: string) => encodeSequence(KEY, { ...REQUEST, address }, NOW, 3).ports;
  t.deepEqual(ports('::ffff:203.0.113.7'), ports('203.0.113.7'));
  t.deepEqual(ports('2001:0DB8:0::7'), ports('2001:db8::7'));
  t.notDeepEqual(ports('2001:db8::7'), ports('2001:db8::8'));
});

test('one window gives one sequence, the next another', (t) => {
  const at = (seconds: number) => encodeSequence(KEY, REQUEST, seconds, 3);
  t.deepEqual(at(NOW + 29.999), at(NOW));
  t.is(at(NOW).window, NOW_WINDOW);
  t.is(at(NOW + 30).window, NOW_WINDOW + 1);
  t.notDeepEqual(at(NOW + 30).ports, at(NOW).ports);
});

test('a wrong secret, server id, window or order of knocks does not read the same', (t) => {
  const { ports } = encodeSequence(KEY, REQUEST, NOW, 3);
  const right = decodeSequence(KEY, ports, NOW_WINDOW);
  t.true(right.ok);
  t.notDeepEqual(decodeSequence({ ...KEY, secret: new Uint8Array(32).fill(8) }, ports, NOW_WINDOW), right);
  t.notDeepEqual(decodeSequence({ ...KEY, serverId: 'gx' }, ports, NOW_WINDOW), right);
  t.notDeepEqual(decodeSequence(KEY, ports, NOW_WINDOW + 1), right);
  t.notDeepEqual(decodeSequence(KEY, [...ports].reverse(), NOW_WINDOW), right);
});

test('eight bytes and eight ports are two ways to write the same', (t) => {
  fc.assert(
    fc.property(bytesOf(8), basePort, (bytes, base) => {
      const ports = portsOfBytes(bytes, base);
      t.deepEqual(bytesOfPorts(ports, base), bytes);
      t.true(ports.every((port, i) => port - base === bytes[i]));
    }),
  );
});

test('the smallest and the largest port of a range are in it, their neighbours are not', (t) => {
  for (const base of [1, DEFAULT_BASE_PORT, MAX_BASE_PORT]) {
    t.deepEqual(bytesOfPorts([base, base + 255, base, base, base, base, base, base], base), bytesAt(1, 255));
    t.is(bytesOfPorts([base, base, base, base, base, base, base, base - 1], base), undefined);
    t.is(bytesOfPorts([base + 256, base, base, base, base, base, base, base], base), undefined);
  }
});

function bytesAt(index: number, byte: number): Uint8Array {
  const bytes = new Uint8Array(8);
  bytes[index] = byte;
  return bytes;
}

test('any eight numbers are bytes when all are integers of the range, and nothing otherwise', (t) => {
  fc.assert(
    fc.property(fc.array(anyNumber, { minLength: 8, maxLength: 8 }), (numbers) => {
      const inRange = numbers.every((number) => Number.isInteger(number) && number >= 745 && number <= 1000);
      t.is(bytesOfPorts(numbers, 745) !== undefined, inRange);
    }),
    { numRuns: 500 },
  );
});

const encode = (change: object, seconds: unknown = NOW, salt: unknown = 0, base?: unknown) =>
  encodeSequence(KEY, { ...REQUEST, ...change }, untyped(seconds), untyped(salt), untyped(base));
const shared = (change: object) => encodeSequence({ ...KEY, ...change }, REQUEST, NOW, 0);
const eight = new Array<number>(8).fill(745);
const wrongUses: readonly WrongUse[] = [
  ['encode: port 0', RangeError, 'port', () => encode({ port: 0 })],
  ['encode: port 70000', RangeError, 'port', () => encode({ port: 70000 })],
  ['encode: time 256', RangeError, 'time', () => encode({ time: 256 })],
  ['encode: time as text', TypeError, 'time', () => encode({ time: '5' })],
  ['encode: address as a number', TypeError, 'address', () => encode({ address: 7 })],
  ['encode: address as a host name', RangeError, 'address', () => encode({ address: 'gw.example.net' })],
  ['encode: address with a zone', RangeError, 'address', () => encode({ address: 'fe80::1%eth0' })],
  ['encode: address of zeros', RangeError, 'address', () => encode({ address: '0.0.0.0' })],
  ['encode: mapped address of zeros', RangeError, 'address', () => encode({ address: '::ffff:0.0.0.0' })],
  ['encode: the word source in capitals', RangeError, 'address', () => encode({ address: 'Source' })],
  ['encode: moment -1', RangeError, 'unixSeconds', () => encode({}, -1)],
  ['encode: moment NaN', RangeError, 'unixSeconds', () => encode({}, Number.NaN)],
  ['encode: moment as text', TypeError, 'unixSeconds', () => encode({}, '0')],
  ['encode: nonce 16', RangeError, 'nonce', () => encode({}, NOW, 16)],
  ['encode: nonce absent', TypeError, 'nonce', () => encode({}, NOW, null)],
  ['encode: base port 0', RangeError, 'basePort', () => encode({}, NOW, 0, 0)],
  ['encode: base port 65281', RangeError, 'basePort', () => encode({}, NOW, 0, 65281)],
  ['encode: base port as text', TypeError, 'basePort', () => encode({}, NOW, 0, '745')],
  ['encode: secret of 31 bytes', RangeError, 'secret', () => shared({ secret: new Uint8Array(31).fill(0xee) })],
  ['encode: secret as text', TypeError, 'secret', () => shared({ secret: 'hush'.repeat(8) })],
  ['encode: empty server id', RangeError, 'serverId', () => shared({ serverId: '' })],
  ['encode: server id as a number', TypeError, 'serverId', () => shared({ serverId: 7 })],
  ['decode: seven ports', RangeError, 'ports', () => decodeSequence(KEY, eight.slice(1), NOW_WINDOW)],
  ['decode: a port out of range', RangeError, 'ports', () => decodeSequence(KEY, [...eight.slice(1), 744], NOW_WINDOW)],
  ['decode: window -1', RangeError, 'window', () => decodeSequence(KEY, eight, -1)],
  ['decode: base port 65281', RangeError, 'basePort', () => decodeSequence(KEY, eight, NOW_WINDOW, 65281)],
  ['bytesOfPorts: nine ports', RangeError, 'ports', () => bytesOfPorts([...eight, 745], 745)],
  ['bytesOfPorts: text', TypeError, 'ports', () => bytesOfPorts(untyped('12345678'), 745)],
  ['bytesOfPorts: eight texts', TypeError, 'ports', () => bytesOfPorts(untyped(eight.map(String)), 745)],
  ['bytesOfPorts: a hole', TypeError, 'ports', () => bytesOfPorts(new Array(8), 745)],
  ['decode: eight texts', TypeError, 'ports', () => decodeSequence(KEY, untyped(eight.map(String)), NOW_WINDOW)],
  ['bytesOfPorts: nothing', TypeError, 'ports', () => bytesOfPorts(untyped(undefined), 745)],
  ['bytesOfPorts: base port NaN', RangeError, 'basePort', () => bytesOfPorts(eight, Number.NaN)],
  ['portsOfBytes: 7 bytes', RangeError, 'bytes', () => portsOfBytes(new Uint8Array(7), 745)],
  ['portsOfBytes: an array', TypeError, 'bytes', () => portsOfBytes(untyped(eight), 745)],
  ['portsOfBytes: base port 1.5', RangeError, 'basePort', () => portsOfBytes(new Uint8Array(8), 1.5)],
  ['portsOfBytes: base port 65281', RangeError, 'basePort', () => portsOfBytes(new Uint8Array(8), 65281)],
];
for (const row of wrongUses) test(`wrong use: ${row[0]}`, (t) => refuses(t, row, ['hush', '238', 'ee', '7,7']));
