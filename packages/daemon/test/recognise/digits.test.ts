import { digitKnocks, endsEarly } from '@eightknock/codec';
import test from 'ava';
import fc from 'fast-check';
import type { DigitsKind } from '#src/config/door-config.js';
import { DigitsDoor } from '#src/recognise/digits.js';
import { knockOn } from '../knock.js';

function tcp(port: number) {
  return { protocol: 'tcp', port } as const;
}

/** As of old: start, digits and end lie in the same ten ports. */
const KIND: DigitsKind = {
  kind: 'digits',
  start: [1042, 1044, 1043].map(tcp),
  zero: tcp(1040),
  end: [1043, 1044, 1042].map(tcp),
  timeoutMs: 10_000,
  tcpFlags: { mask: 0x12, value: 2 },
};

function portsOf(
  kind: DigitsKind,
  ports: readonly number[],
  timeMs = 0,
  from = '198.51.100.7',
): (number | undefined)[] {
  const door = new DigitsDoor('dial', kind);
  return ports.flatMap((port) => {
    const found = door.recognise(knockOn(port, { timeMs, sourceAddress: from }), 0);
    return found?.kind === 'request' && 'door' in found.request ? [found.request.port] : [];
  });
}

function knocksFor(port: number, kind = KIND): number[] {
  return digitKnocks(kind, port).map((one) => one.port);
}

test('every port is read back from its knocks, unless the end comes too soon in them', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 65_535 }), (port) => {
      const [read] = portsOf(KIND, knocksFor(port));
      if (endsEarly(KIND, port)) t.not(read, port);
      else t.is(read, port);
    }),
    { numRuns: process.env.SLOW === '1' ? 65_535 : 2000 },
  );
});

const rows: readonly (readonly [string, readonly number[], readonly (number | undefined)[]])[] = [
  ['no digit', [1042, 1044, 1043, 1043, 1044, 1042], []],
  ['six digits', [1042, 1044, 1043, 1041, 1041, 1041, 1041, 1041, 1041, 1043, 1044, 1042], []],
  ['a leading zero', [1042, 1044, 1043, 1040, 1042, 1043, 1044, 1042], []],
  ['65536', [1042, 1044, 1043, 1046, 1045, 1045, 1043, 1046, 1043, 1044, 1042], []],
  ['65535', knocksFor(65_535), [65_535]],
  ['noise before it', [1049, 1049, ...knocksFor(22)], [22]],
  ['other ports in between', knocksFor(22).flatMap((port) => [port, 22]), [22]],
  ['twice', [...knocksFor(22), ...knocksFor(443)], [22, 443]],
  ['another start', knocksFor(22).map((port, i) => (i === 0 ? 1045 : port)), []],
];
for (const [title, ports, expected] of rows) test(title, (t) => t.deepEqual(portsOf(KIND, ports), expected));

test('too slow, and from two sources, it is nothing', (t) => {
  const door = new DigitsDoor('dial', KIND);
  const slow = knocksFor(22).map((port, i) => door.recognise(knockOn(port, { timeMs: i * 1500 }), 0));
  t.deepEqual(slow.filter(Boolean), []);
  const both = knocksFor(22).map((port, i) => door.recognise(knockOn(port, { sourceAddress: `192.0.2.${i % 2}` }), 0));
  t.deepEqual(both.filter(Boolean), []);
});

test('a SYN that comes again is no digit, a datagram is', (t) => {
  const door = new DigitsDoor('dial', KIND);
  const events = knocksFor(443).map((port) => knockOn(port));
  const found = events.flatMap((event) => [door.recognise(event, 0), door.recognise(event, 0)]).filter(Boolean);
  t.deepEqual(found, [{ kind: 'request', request: { door: 'dial', sourceAddress: '198.51.100.7', port: 443 } }]);
  const udp = (port: number) => ({ protocol: 'udp', port }) as const;
  const kind = { ...KIND, start: [udp(1)], zero: udp(1040), end: [udp(2)] };
  const over = new DigitsDoor('dial', kind);
  const same = digitKnocks(kind, 443).map(({ port, protocol }) =>
    over.recognise(knockOn(port, { protocol, sourcePort: 9, sequenceNumber: 0 }), 0),
  );
  t.like(same.at(-1), { kind: 'request', request: { port: 443 } });
});

test('sources are bounded', (t) => {
  const door = new DigitsDoor('dial', KIND, 100);
  for (let i = 0; i < 1000; i++) door.recognise(knockOn(1042, { sourceAddress: `10.0.${i >> 8}.${i & 255}` }), 0);
  t.is(door.sources, 100);
});
