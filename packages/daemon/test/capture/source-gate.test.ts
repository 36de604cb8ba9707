import test from 'ava';
import fc from 'fast-check';
import { HELD_KNOCKS } from '#src/capture/held-knocks.js';
import { type GateListener, MAX_HELD_SOURCES, PASSING_PER_SECOND, SourceGate } from '#src/capture/source-gate.js';
import type { PacketKnock } from '#src/packet/knock-event.js';
import { FORGOTTEN_AFTER_MS } from '#src/packet/wanted.js';

const START = 1_800_000_000_000;

function knockOf(
  source: number | Uint8Array,
  destinationPort: number,
  overrides: Partial<PacketKnock> = {},
): PacketKnock {
  const bytes = typeof source === 'number' ? Uint8Array.of(10, source >> 16, source >> 8, source) : source;
  return { source: bytes, sourcePort: 40_000, destinationPort, protocol: 'tcp', sequenceNumber: 7, ...overrides };
}

/** A gate, and what went through it: source, port and time. */
function setUp(sources = 8, seed = 12_345) {
  const passed: string[] = [];
  const dropped = { incomplete: 0, 'flooded-source': 0 };
  const listener: GateListener = {
    onKnock: ({ source, destinationPort }, timeMs) => {
      passed.push(`${source.join('.')} ${destinationPort} ${timeMs - START}`);
    },
    onDrop: (reason, count) => {
      dropped[reason] += count;
    },
  };
  const gate = new SourceGate(listener, { seed, nowMs: START, sources });
  return { dropped, passed, take: (knock: PacketKnock, nowMs: number) => gate.take(knock, nowMs) };
}

test('seven knocks are held back; with the eighth all go on, in order and with their times', (t) => {
  const { passed, take } = setUp();
  for (let i = 0; i < HELD_KNOCKS - 1; i++) take(knockOf(1, 745 + i), START + i * 20);
  t.deepEqual(passed, []);
  take(knockOf(1, 1000), START + 200);
  t.deepEqual(passed, [...[0, 1, 2, 3, 4, 5, 6].map((i) => `10.0.0.1 ${745 + i} ${i * 20}`), '10.0.0.1 1000 200']);
  take(knockOf(1, 800), START + 220);
  t.is(passed.at(-1), '10.0.0.1 800 220', 'what follows goes on at once');
});

test('nothing of a knock is lost on the way', (t) => {
  const sent = Array.from({ length: HELD_KNOCKS }, (_, i) =>
    knockOf(1, [0, 65_535, 745, 1000, 1, 2, 3, 4][i] as number, {
      sourcePort: [65_535, 0, 1, 2, 3, 4, 5, 6][i] as number,
      protocol: i % 3 === 0 ? 'udp' : 'tcp',
      sequenceNumber: [0, 0xffffffff, 0x80000000, 4, 5, 6, 7, 8][i] as number,
    }),
  );
  const passed: PacketKnock[] = [];
  const listener = {
    onKnock: ({ tcpFlags: _, destination: __, ...one }: PacketKnock) => passed.push(one),
    onDrop: () => t.fail(),
  };
  const gate = new SourceGate(listener, { seed: 1, nowMs: START, sources: 8 });
  for (const knock of sent) gate.take(knock, START);
  t.deepEqual(passed, sent);
});

test('sources are told apart: IPv4, IPv6, and an IPv6 address that ends like an IPv4 one', (t) => {
  const { passed, take } = setUp(64);
  const ipv4 = Uint8Array.of(10, 0, 0, 1);
  const similar = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1);
  const other = Uint8Array.from(similar, (byte, i) => (i === 7 ? 1 : byte));
  for (let i = 0; i < HELD_KNOCKS - 1; i++)
    for (const source of [ipv4, similar, other]) take(knockOf(source, 745), START);
  t.deepEqual(passed, []);
  take(knockOf(similar, 745), START);
  t.is(passed.length, HELD_KNOCKS);
  t.true(passed.every((line) => line.startsWith('32.1.13.184')));
});

test('a source that never stops passes so many a second, the rest is counted', (t) => {
  const { dropped, passed, take } = setUp();
  for (let i = 0; i < 1000; i++) take(knockOf(1, 745), START + 5000 + Math.floor(i * 0.9));
  t.is(passed.length, HELD_KNOCKS + PASSING_PER_SECOND);
  t.is(dropped['flooded-source'], 1000 - HELD_KNOCKS - PASSING_PER_SECOND);
  take(knockOf(1, 745), START + 6000);
  t.is(passed.length, HELD_KNOCKS + PASSING_PER_SECOND + 1, 'in the next second it passes again');
});

test('a source that was silent for longer than any sequence may take begins anew', (t) => {
  const { dropped, passed, take } = setUp();
  for (let i = 0; i < 4; i++) take(knockOf(1, 745), START);
  for (let i = 0; i < 4; i++) take(knockOf(1, 745), START + FORGOTTEN_AFTER_MS + 1);
  t.deepEqual(passed, []);
  t.is(dropped.incomplete, 4);
  for (let i = 0; i < 4; i++) take(knockOf(1, 745), START + FORGOTTEN_AFTER_MS + 2);
  t.is(passed.length, HELD_KNOCKS);
});

test('a clock that is set back makes the source begin anew; a small correction does not', (t) => {
  const { passed, take } = setUp();
  take(knockOf(1, 745), START + 3_600_000);
  for (let i = 0; i < HELD_KNOCKS - 1; i++) take(knockOf(1, 745), START);
  t.deepEqual(passed, []);
  take(knockOf(1, 745), START - 10);
  t.is(passed.length, HELD_KNOCKS);
});

test('a gate that is 49 days old goes on', (t) => {
  const { passed, take } = setUp();
  const wrap = START + 2 ** 32;
  for (let i = 0; i < HELD_KNOCKS; i++) take(knockOf(1, 745), wrap - 4 + i);
  t.deepEqual(
    passed,
    Array.from({ length: HELD_KNOCKS }, (_, i) => `10.0.0.1 745 ${2 ** 32 - 4 + i}`),
  );
});

test('when the table is full the source seen longest ago goes, and what it had is counted', (t) => {
  const { dropped, passed, take } = setUp(8);
  for (let source = 1; source <= 8; source++) for (let i = 0; i < 7; i++) take(knockOf(source, 745), START);
  take(knockOf(1, 745), START);
  t.is(passed.length, HELD_KNOCKS);
  take(knockOf(9, 745), START);
  t.is(dropped.incomplete, 7, 'source 2 is forgotten');
  take(knockOf(2, 745), START);
  t.is(passed.length, HELD_KNOCKS, 'and begins anew, in the place of source 3');
  take(knockOf(4, 745), START);
  t.is(passed.length, 2 * HELD_KNOCKS);
});

test('millions of sources cost no memory beyond the table, and an honest one in between is heard', (t) => {
  const { passed, take } = setUp(MAX_HELD_SOURCES, 99);
  const before = process.memoryUsage().arrayBuffers;
  let flood = 1;
  for (let i = 0; i < HELD_KNOCKS; i++) {
    // At 300,000 packets a second: what comes between two knocks that are 20 ms apart.
    for (let k = 0; k < 6000; k++) take(knockOf(flood++, 745), START + i * 20);
    take(knockOf(Uint8Array.of(203, 0, 113, 7), 800 + i), START + i * 20);
  }
  t.is(passed.length, HELD_KNOCKS);
  t.true(process.memoryUsage().arrayBuffers - before < 1_000_000);
});

test('against a slow model: any interleaving of sources and pauses', (t) => {
  const step = fc.record({ source: fc.nat(11), pauseMs: fc.oneof(fc.nat(200), fc.constant(FORGOTTEN_AFTER_MS + 1)) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer(), (steps, seed) => {
      const { passed, take } = setUp(8, seed);
      const model = new Map<number, { times: number[]; lastMs: number; second: number; inSecond: number }>();
      const expected: string[] = [];
      let ms = 0;
      steps.forEach(({ source, pauseMs }, i) => {
        ms += pauseMs;
        take(knockOf(source, 745 + (i % 256)), START + ms);
        let state = model.get(source);
        model.delete(source);
        if (!state || ms - state.lastMs > FORGOTTEN_AFTER_MS) {
          if (!state && model.size === 8) model.delete([...model.keys()][0] as number);
          state = { times: [], lastMs: ms, second: -1, inSecond: 0 };
        }
        state.lastMs = ms;
        model.set(source, state);
        const line = `10.0.0.${source} ${745 + (i % 256)} ${ms}`;
        if (state.times.length < HELD_KNOCKS) {
          state.times.push(ms);
          const held = (heldLines.get(state) ?? []).concat(line);
          heldLines.set(state, held);
          if (held.length === HELD_KNOCKS) expected.push(...held);
          return;
        }
        const second = Math.floor(ms / 1000);
        if (state.second !== second) Object.assign(state, { second, inSecond: 0 });
        if (state.inSecond++ < PASSING_PER_SECOND) expected.push(line);
      });
      t.deepEqual(passed, expected);
    }),
    { numRuns: process.env.SLOW ? 20_000 : 300 },
  );
});
const heldLines = new WeakMap<object, string[]>();
