import test from 'ava';
import { type DigitKnocks, digitKnocks, endsEarly } from '#src/digit-knocks.js';
import { formatTransportPort } from '#src/transport-port.js';
import { refuses, untyped, type WrongUse } from './wrong-use.ts';

const tcp = (port: number) => ({ protocol: 'tcp', port }) as const;
const DOOR: DigitKnocks = { start: [tcp(7000)], zero: tcp(8000), end: [tcp(9000)] };

for (const [port, knocks] of [
  [1, 'tcp/7000 tcp/8001 tcp/9000'],
  [65535, 'tcp/7000 tcp/8006 tcp/8005 tcp/8005 tcp/8003 tcp/8005 tcp/9000'],
] as const) {
  test(`the knocks for port ${port}`, (t) => {
    t.is(digitKnocks(DOOR, port).map(formatTransportPort).join(' '), knocks);
  });
}

test('the last port of all may be that of digit 9', (t) => {
  t.deepEqual(digitKnocks({ ...DOOR, zero: tcp(65526) }, 9)[1], tcp(65535));
});

const wrongUses: readonly WrongUse[] = [
  ['port NaN', RangeError, 'port', () => digitKnocks(DOOR, Number.NaN)],
  ['port 0', RangeError, 'port', () => digitKnocks(DOOR, 0)],
  ['port 65536', RangeError, 'port', () => digitKnocks(DOOR, 65536)],
  ['port as text', TypeError, 'port', () => digitKnocks(DOOR, untyped('22'))],
  ['digit 9 beyond the last port', RangeError, 'zero port', () => digitKnocks({ ...DOOR, zero: tcp(65527) }, 22)],
  ['digit 0 at port 0', RangeError, 'zero port', () => digitKnocks({ ...DOOR, zero: tcp(0) }, 22)],
  ['does port NaN end early?', RangeError, 'port', () => endsEarly(DOOR, Number.NaN)],
];
for (const row of wrongUses) test(`wrong use: ${row[0]}`, (t) => refuses(t, row));
