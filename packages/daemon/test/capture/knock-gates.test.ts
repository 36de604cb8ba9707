// Where packets belong, and what stands between them and the daemon.

import test from 'ava';
import { DATAGRAMS_PER_SECOND, KnockGates } from '#src/capture/knock-gates.js';
import { PortTable } from '#src/capture/port-table.js';
import { PASSING_PER_SECOND } from '#src/capture/source-gate.js';
import type { PacketKnock } from '#src/packet/knock-event.js';
import { parseWanted, type Wanted } from '#src/packet/wanted.js';
import { onlyEightKnocks } from '../only-eight-knocks.ts';

const START = 1_800_000_000_000;
const PLAIN = { mask: 0x12, value: 2 };
const WANTED: Wanted = {
  ...onlyEightKnocks(745),
  doors: [
    { protocol: 'tcp', first: 7000, last: 7002, ...PLAIN },
    { protocol: 'tcp', first: 7001, last: 7001, mask: 1, value: 1 },
    { protocol: 'udp', first: 8000, last: 8000, mask: 0, value: 0 },
  ],
  datagrams: [62_201],
  held: 3,
  targets: ['c0000201'],
};

function knock(destinationPort: number, changes: Partial<PacketKnock> = {}): PacketKnock {
  const source = Uint8Array.of(198, 51, 100, 7);
  return { source, sourcePort: 40_000, destinationPort, protocol: 'tcp', sequenceNumber: 1, tcpFlags: 2, ...changes };
}

function datagram(payload: Uint8Array, changes: Partial<PacketKnock> = {}): PacketKnock {
  const { tcpFlags: _, ...rest } = knock(62_201);
  return { ...rest, protocol: 'udp', sequenceNumber: 0, payload, ...changes };
}

function gates(wanted: Wanted = WANTED, isGated = true) {
  const passed: PacketKnock[] = [];
  const dropped: Record<string, number> = {};
  const listener = {
    onKnock: (one: PacketKnock) => void passed.push({ ...one, source: Uint8Array.from(one.source) }),
    onDrop: (reason: string, count: number) => {
      dropped[reason] = (dropped[reason] ?? 0) + count;
    },
  };
  const table = new PortTable(wanted);
  const gate = new KnockGates(listener, { wanted, table, isGated, seed: 1, nowMs: START, mayCrowd: () => false });
  const take = (...knocks: PacketKnock[]) => {
    for (const one of knocks) gate.take(one, START);
    return passed.splice(0).map((one) => one.destinationPort);
  };
  return { gate, passed, dropped, take };
}

test('where a packet belongs', (t) => {
  const table = new PortTable(WANTED);
  const rows = [
    [knock(745), 'eight'],
    [knock(1000), 'eight'],
    [knock(1001), undefined],
    [knock(745, { tcpFlags: 1 }), undefined],
    [knock(745, { protocol: 'udp' }), 'eight'],
    [knock(7000), 'door'],
    [knock(7000, { tcpFlags: 0x12 }), undefined],
    [knock(7001, { tcpFlags: 0x11 }), 'door'],
    [knock(7000, { protocol: 'udp' }), undefined],
    [knock(8000, { protocol: 'udp' }), 'door'],
    [knock(8000), undefined],
    [datagram(new Uint8Array(3)), 'datagram'],
  ] as const;
  for (const [one, place] of rows) t.is(table.placeOf(one), place, `${one.protocol}/${one.destinationPort}`);
  t.true(table.takesFlags(7001, 1) && !table.takesFlags(7000, 1) && table.takesDatagram(62_201));
  t.false(table.overlaps);
});

test('the eight knocks wait for eight, those of doors for the shortest sequence', (t) => {
  const { take, dropped } = gates();
  t.deepEqual(take(knock(7000), knock(8000, { protocol: 'udp' })), []);
  t.deepEqual(take(knock(7002)), [7000, 8000, 7002]);
  t.deepEqual(take(knock(7001)), [7001], 'from then on they pass');
  t.deepEqual(take(...Array.from({ length: 7 }, (_, i) => knock(745 + i))), []);
  t.is(take(knock(752)).length, 8);
  take(knock(22));
  t.deepEqual(dropped, { 'not-wanted': 1 });
});

test('flags and the target stay with a knock that was held back', (t) => {
  const { gate, passed } = gates();
  const there = Uint8Array.of(192, 0, 2, 1);
  gate.take(knock(7001, { tcpFlags: 0x21, destination: there }), START);
  gate.take(knock(7000, { destination: Uint8Array.of(192, 0, 2, 2) }), START);
  gate.take(knock(7000, { destination: there }), START);
  t.deepEqual(
    passed.map(({ tcpFlags, destination }) => [tcpFlags, destination && Buffer.from(destination).toString('hex')]),
    [
      [0x21, 'c0000201'],
      [2, undefined],
      [2, 'c0000201'],
    ],
  );
});

test('a port of both: all stay in the order in which they came', (t) => {
  const overlapping = { ...WANTED, doors: [{ protocol: 'tcp', first: 750, last: 750, ...PLAIN } as const], held: 2 };
  t.true(new PortTable(overlapping).overlaps);
  const { take } = gates(overlapping);
  t.deepEqual(take(knock(746), knock(750), knock(747)), [746, 750, 747]);
});

test('a single knock passes where one is enough, and still so and so many a second', (t) => {
  const { take, dropped } = gates({ ...WANTED, held: 1 });
  t.deepEqual(take(knock(7000)), [7000]);
  t.is(take(...Array.from({ length: 500 }, () => knock(7000))).length, PASSING_PER_SECOND);
  t.is(dropped['flooded-source'], 500 - PASSING_PER_SECOND);
});

test('a source that goes on without a pause passes at doors, not with the eight knocks', (t) => {
  const passedOn = (port: number, wanted: Wanted = WANTED) => {
    const { gate, passed } = gates(wanted);
    for (let i = 0; i < 1000; i++) gate.take(knock(port, { sequenceNumber: i }), START + i * 20);
    return passed.length;
  };
  t.is(passedOn(7000), 1000);
  t.true(passedOn(745) < 300);
  const overlapping = { ...WANTED, doors: [{ protocol: 'tcp', first: 750, last: 750, ...PLAIN } as const] };
  t.is(passedOn(745, overlapping), 1000, 'nor where one of them is a port of a door');
});

test('datagrams pass at once, so many a second of all sources together', (t) => {
  const { gate, passed, dropped } = gates();
  const from = (i: number) => ({ source: Uint8Array.of(10, 0, i >> 8, i & 255) });
  for (let i = 0; i < DATAGRAMS_PER_SECOND + 10; i++) gate.take(datagram(new Uint8Array(3), from(i)), START);
  t.is(passed.length, DATAGRAMS_PER_SECOND);
  t.deepEqual(dropped, { 'flooded-datagram': 10 });
  gate.take(datagram(new Uint8Array(3)), START + 1000);
  t.is(passed.length, DATAGRAMS_PER_SECOND + 1);
});

test('who looks for what is wrong sees every knock at once', (t) => {
  t.deepEqual(gates(WANTED, false).take(knock(7000), knock(745), knock(22)), [7000, 745]);
});

test('what the daemon says is read strictly', (t) => {
  t.deepEqual(parseWanted(JSON.stringify(WANTED)), WANTED);
  t.notThrows(() => parseWanted(JSON.stringify({ ...WANTED, forgottenAfterMs: 60_000.5 })));
  const range = { protocol: 'tcp', first: 1, last: 2, mask: 0, value: 0 };
  const wrong = [
    { held: 9 },
    { held: undefined },
    { more: 1 },
    { basePort: 65_281 },
    { basePort: 1.5 },
    { datagrams: [65_536] },
    { datagrams: 5 },
    { doors: [{ ...range, protocol: 'sctp' }] },
    { doors: [{ ...range, mask: 64 }] },
    { doors: [null] },
    { targets: ['C0000201'] },
    { targets: Array(256).fill('c0000201') },
    { forgottenAfterMs: 0 },
    { forgottenAfterMs: '60000' },
  ];
  for (const change of wrong) {
    t.throws(() => parseWanted(JSON.stringify({ ...WANTED, ...change })), undefined, JSON.stringify(change));
  }
  for (const line of ['', '{}', 'null', '[]', '7']) t.throws(() => parseWanted(line), undefined, line);
});
