// Sources that go on and on at the gate of the eight knocks: what of them reaches the daemon. docs/decisions/0032.

import { isDeepStrictEqual } from 'node:util';
import test from 'ava';
import fc from 'fast-check';
import { CROWDED_AT_ONCE } from '#src/capture/crowd.js';
import { HELD_KNOCKS } from '#src/capture/held-knocks.js';
import { PASSING_PER_SECOND, SourceGate } from '#src/capture/source-gate.js';
import type { PacketKnock } from '#src/packet/knock-event.js';
import {
  APART_LEAST_MS,
  BURST_BEGINNING,
  BURST_PAUSE_MS,
  REMEMBERED_KNOCKS,
  standApart,
} from '#src/packet/stand-apart.js';
import { FORGOTTEN_AFTER_MS } from '#src/packet/wanted.js';

const START = 1_800_000_000_000;
const SOURCE = Uint8Array.of(198, 51, 100, 7);
const JUNK_PAUSE_MS = 50;

/** A knock that got through; times since the start. */
interface Passed {
  readonly port: number;
  readonly ms: number;
  readonly following: number;
}

/** A gate, and a clock of its own, on which everything that is knocked comes at its time. */
function setUp(mayCrowd: (source: Uint8Array) => boolean = () => false) {
  const passed: Passed[] = [];
  const dropped = { incomplete: 0, 'flooded-source': 0 };
  const told: Uint8Array[] = [];
  const gate = new SourceGate(
    {
      onKnock: ({ destinationPort }, timeMs, following) =>
        passed.push({ port: destinationPort, ms: timeMs - START, following }),
      onDrop: (reason, count, source) => {
        dropped[reason] += count;
        if (source) told.push(source);
      },
    },
    { seed: 1, nowMs: START, sources: 8, mayCrowd },
  );
  let [ms, sequenceNumber] = [0, 0];
  const send = (pauseMs: number, destinationPort: number, changes: Partial<PacketKnock> = {}) => {
    ms += pauseMs;
    const packet = { source: SOURCE, sourcePort: 40_000, protocol: 'tcp', sequenceNumber: sequenceNumber++ } as const;
    gate.take({ ...packet, destinationPort, ...changes }, START + ms);
  };
  /** @returns what got through of it */
  const sendAll = (knocks: number, pauseMs: (i: number) => number, changes: Partial<PacketKnock> = {}) => {
    const before = passed.length;
    for (let i = 0; i < knocks; i++) send(pauseMs(i), 800 + (i % 100), changes);
    return passed.slice(before);
  };
  /** Steady junk until all that it may send is used up; the next eight would pass after eight seconds. */
  const exhaust = () => {
    sendAll(2 * (HELD_KNOCKS + CROWDED_AT_ONCE), () => JUNK_PAUSE_MS);
    while (sendAll(1, () => JUNK_PAUSE_MS).length === 0);
  };
  const sequence = (pauseMs: number, betweenMs = 2, changes: Partial<PacketKnock> = {}) =>
    sendAll(HELD_KNOCKS, (i) => (i === 0 ? pauseMs : betweenMs), changes);
  return { dropped, exhaust, passed, send, sendAll, sequence, told, nowMs: () => ms };
}

test('steady junk passes as long as a scan of the range, then eight in eight seconds', (t) => {
  const { dropped, exhaust, sendAll, told } = setUp();
  const seconds = 10;
  const packets = (seconds * 1000) / JUNK_PAUSE_MS;
  t.is(sendAll(packets, () => JUNK_PAUSE_MS).length, packets, 'as many as a scan has go on at once');
  exhaust();
  const later = sendAll((160 * 1000) / JUNK_PAUSE_MS, () => JUNK_PAUSE_MS);
  t.is(later.length, 160);
  const first = later.slice(0, HELD_KNOCKS).map(({ ms }) => ms - (later[0]?.ms ?? 0));
  t.deepEqual(
    first,
    Array.from(first, (_, i) => i * JUNK_PAUSE_MS),
    'eight that follow each other',
  );
  t.true(dropped['flooded-source'] > 2900);
  t.is(told.length, 0, 'no source that is blocked for it where load is shed');
});

for (const [title, pauseMs, betweenMs, passes] of [
  ['a client’s, 2 ms apart, after the least pause', APART_LEAST_MS, 2, true],
  ['after less', APART_LEAST_MS - 1, 1, false],
  ['slow ones after a pause twice as long', 40, 20, true],
  ['slow ones after less', 39, 20, false],
  ['as slow as the junk', JUNK_PAUSE_MS, JUNK_PAUSE_MS, false],
  ['slow ones after a long pause', BURST_PAUSE_MS + 1, 1500, true],
  ['in which the clock went back a little', 40, -5, true],
] as const) {
  test(`eight knocks, ${title}: ${passes ? 'all pass' : 'not all pass'}`, (t) => {
    const { exhaust, sequence, nowMs } = setUp();
    exhaust();
    const began = nowMs() + pauseMs;
    // The last of the junk may come along, where the pause before that is longer yet.
    const passed = sequence(pauseMs, betweenMs).slice(-HELD_KNOCKS);
    const expected = Array.from({ length: HELD_KNOCKS }, (_, i) => ({ port: 800 + i, ms: began + i * betweenMs }));
    const isWhole = isDeepStrictEqual(
      passed.map(({ port, ms }) => ({ port, ms })),
      expected,
    );
    t.is(isWhole, passes, JSON.stringify(passed));
  });
}

test('a client in the midst of junk: what came before its pause is no part of it, what follows waits again', (t) => {
  const { exhaust, sequence, sendAll } = setUp();
  exhaust();
  for (let i = 0; i < 3; i++) {
    t.true(sendAll(10, () => JUNK_PAUSE_MS).length <= 1, 'what has come back meanwhile');
    const passed = sequence(30, 10);
    t.deepEqual(
      passed.map(({ following }) => following),
      [7, 6, 5, 4, 3, 2, 1, 0],
    );
  }
});

test('after two seconds of silence nine knocks pass at once, as one may be foreign', (t) => {
  const { exhaust, sendAll } = setUp();
  exhaust();
  const passed = sendAll(20, (i) => (i === 0 ? BURST_PAUSE_MS + 1 : 30));
  t.deepEqual(
    passed.map(({ port }) => port),
    // One more had come back in each of the two seconds.
    Array.from({ length: BURST_BEGINNING + 2 }, (_, i) => 800 + i),
  );
});

test('a source that may crowd passes all the time', (t) => {
  const { sendAll } = setUp((source) => source === SOURCE);
  sendAll(500, () => JUNK_PAUSE_MS);
  t.is(sendAll(500, () => JUNK_PAUSE_MS).length, 500);
});

test('packets that were captured twice are one knock: what they are between still stands apart', (t) => {
  const { dropped, exhaust, passed, send } = setUp();
  exhaust();
  const [before, droppedBefore] = [passed.length, dropped['flooded-source']];
  for (let i = 0; i < HELD_KNOCKS; i++) {
    send(i === 0 ? 10 : 2, 800 + i, { sequenceNumber: 5_000_000 + i });
    send(0, 800 + i, { sequenceNumber: 5_000_000 + i });
  }
  t.is(passed.length, before + HELD_KNOCKS);
  t.true(dropped['flooded-source'] >= droppedBefore + HELD_KNOCKS);
});

for (const [since, isNew] of [
  [REMEMBERED_KNOCKS - 1, false],
  [REMEMBERED_KNOCKS, true],
] as const) {
  test(`a packet that is sent again ${since} knocks later is ${isNew ? 'a new knock' : 'a duplicate'}`, (t) => {
    const { passed, send, sendAll } = setUp();
    sendAll(20, () => 2);
    send(2, 745, { sequenceNumber: 5_000_000 });
    sendAll(since, () => 2);
    const before = passed.length;
    send(2, 745, { sequenceNumber: 5_000_000 });
    t.is(passed.length - before, isNew ? 1 : 0);
  });
}

test('a packet among the first eight that is sent again is noticed, too', (t) => {
  const { passed, send, sendAll } = setUp();
  send(2, 745, { sequenceNumber: 5_000_000 });
  sendAll(10, () => 2);
  send(2, 745, { sequenceNumber: 5_000_000 });
  t.is(passed.length, 11);
});

for (const [title, changes] of [
  ['ports', { sourcePort: 1 }],
  ['protocol', { protocol: 'udp' }],
  ['sequence number', { sequenceNumber: 8 }],
] as const) {
  test(`a packet that differs in its ${title} is no duplicate`, (t) => {
    const { passed, send } = setUp();
    const same = { sourcePort: 2, protocol: 'tcp', sequenceNumber: 7 } as const;
    for (let i = 0; i < HELD_KNOCKS; i++) send(2, 800 + i, same);
    send(2, 807, same);
    t.is(passed.length, HELD_KNOCKS);
    send(2, 807, { ...same, ...changes });
    t.is(passed.length, HELD_KNOCKS + 1);
  });
}

test('what may crowd is so much, and not one more', (t) => {
  const { sendAll } = setUp();
  const seconds = 2;
  t.is(sendAll(300, () => 10).length, HELD_KNOCKS + CROWDED_AT_ONCE + seconds);
});

test('eights with pauses pass as often as everything else: so many a second', (t) => {
  const { sequence, passed, dropped, told } = setUp();
  for (let i = 0; i < 1000; i++) sequence(8, 0);
  t.true(passed.length <= HELD_KNOCKS + 9 * PASSING_PER_SECOND, `${passed.length} in 8 s`);
  t.true(passed.length > 7 * PASSING_PER_SECOND);
  t.true(dropped['flooded-source'] > 6000);
  t.true(told.length > 6000, 'they are told for the shedding of load');
});

test('who takes the place of a forgotten source begins with all that he may send, and so does who was silent', (t) => {
  const { dropped, exhaust, sendAll, passed } = setUp();
  exhaust();
  sendAll(5, () => JUNK_PAUSE_MS);
  const before = dropped['flooded-source'] + passed.length;
  for (let i = 1; i <= 8; i++) sendAll(HELD_KNOCKS - 1, () => 0, { source: Uint8Array.of(10, 0, 0, i) });
  t.is(dropped['flooded-source'] + passed.length, before + 5, 'what waited is counted');
  t.is(sendAll(100, () => JUNK_PAUSE_MS, { source: Uint8Array.of(10, 0, 0, 8) }).length, 107);
  exhaust();
  sendAll(3, () => JUNK_PAUSE_MS);
  const again = sendAll(99, (i) => (i === 0 ? FORGOTTEN_AFTER_MS + 1 : JUNK_PAUSE_MS));
  t.deepEqual(
    again.map(({ port }) => port),
    Array.from({ length: 99 }, (_, i) => 800 + i),
  );
});

test('a clock that is set back gives nothing back, and nothing stands still', (t) => {
  const { exhaust, send, sendAll, sequence } = setUp();
  exhaust();
  // To before the gate was made.
  send(-50_000, 745);
  sendAll(BURST_BEGINNING, () => JUNK_PAUSE_MS);
  t.is(sendAll(100, () => JUNK_PAUSE_MS).length, 0);
  t.is(sequence(30).length, HELD_KNOCKS);
  t.true(sendAll(160, () => JUNK_PAUSE_MS).length >= HELD_KNOCKS, 'in eight seconds');
});

/** What the daemon says of the same knocks without a gate: see knock-window.ts. */
function standApartWhole(times: readonly number[], last: number): boolean {
  let burst = 0;
  for (let i = 0; i <= last; i++) {
    const pauseMs = (times[i] as number) - (times[i - 1] ?? Number.NEGATIVE_INFINITY);
    burst = Math.abs(pauseMs) > BURST_PAUSE_MS ? 1 : burst + 1;
  }
  if (burst <= BURST_BEGINNING) return true;
  const pauses = Array.from(
    { length: HELD_KNOCKS },
    (_, age) => (times[last - age] ?? 0) - (times[last - age - 1] ?? 0),
  );
  return standApart(pauses.at(-1) as number, Math.max(...pauses.slice(0, -1).map(Math.abs)));
}

test('whatever comes: no eight that stand apart are missed, all pass in order and once, none is lost uncounted', (t) => {
  const pause = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(0, 1, 2, 3, 4, 8) },
    { weight: 2, arbitrary: fc.integer({ min: -20, max: 200 }) },
    { weight: 1, arbitrary: fc.constantFrom(BURST_PAUSE_MS, BURST_PAUSE_MS + 1) },
  );
  fc.assert(
    fc.property(fc.array(pause, { minLength: 20, maxLength: 100, size: 'max' }), (pauses) => {
      const { dropped, exhaust, passed, sendAll, nowMs } = setUp();
      exhaust();
      sendAll(1, () => 1000);
      passed.length = 0;
      const lostBefore = dropped['flooded-source'];
      const times: number[] = [];
      for (const pauseMs of pauses) {
        sendAll(1, () => pauseMs, { destinationPort: 1000 + times.length });
        times.push(nowMs());
        if (times.length <= 2 * HELD_KNOCKS || !standApartWhole(times, times.length - 1)) continue;
        t.deepEqual(
          passed.slice(-HELD_KNOCKS).map(({ port }) => port - 1000),
          Array.from({ length: HELD_KNOCKS }, (_, i) => times.length - HELD_KNOCKS + i),
        );
      }
      const ports = passed.map(({ port }) => port).filter((port) => port >= 1000);
      t.deepEqual(
        ports,
        [...new Set(ports)].sort((a, b) => a - b),
      );
      const lost = dropped['flooded-source'] - lostBefore;
      // At most eight wait, and as many may have waited before.
      const [least, most] = [pauses.length - HELD_KNOCKS, pauses.length + HELD_KNOCKS];
      t.true(passed.length + lost >= least && passed.length + lost <= most);
    }),
    { numRuns: process.env.SLOW ? 20_000 : 500 },
  );
});
