import test from 'ava';
import {
  BLOCKED_MOST_MS,
  BLOCKED_MS,
  GRACE_MS,
  HEAVY_PER_SECOND,
  LOOK_MS,
  LoadShedding,
  MAX_LIMIT,
  MIN_PASSING,
  PEACE_MS,
  TURN_MS,
} from '#src/capture/load-shedding.js';
import { MAX_COUNTED } from '#src/capture/prefix-counts.js';
import { MAX_BLOCKED, MAX_KNOWN, type Shedding } from '#src/capture/shed-filter.js';
import type { SourcePrefix } from '#src/capture/source-prefix.js';
import { Seeded } from '../seeded.js';

const random = (seed: number) => {
  const numbers = new Seeded(seed);
  return () => numbers.below(2 ** 32);
};

/** All pass, and nobody is known. */
const NOTHING: Shedding = { blocked: [], known: [] };

/** An IPv4 address. */
const bytesOf = ([word = 0]: SourcePrefix) => Uint8Array.of(word >> 24, word >> 16, word >> 8, word);

/** A flood against a machine that can carry so much. */
class Bench {
  nowMs = 1000;
  offered = 0;
  capacity = 20_000;
  mostPerSecond: number | undefined;
  /** Of those that pass: packets a second of single sources. */
  heavy: readonly { readonly prefix: SourcePrefix; readonly perSecond: number }[] = [];
  shedding: Shedding = NOTHING;
  readonly seen: Shedding[] = [];
  lost = 0;
  received = 0;
  readonly decision = new LoadShedding(random(7), this.nowMs);

  pass(ms: number): void {
    for (const end = this.nowMs + ms; this.nowMs < end; ) {
      this.nowMs += LOOK_MS;
      const part = this.decision.passing ?? 1;
      const blocked = this.shedding.blocked.map(String);
      const heavy = this.heavy.filter(({ prefix }) => !blocked.includes(String(prefix)));
      const ofHeavy = heavy.reduce((sum, { perSecond }) => sum + perSecond, 0);
      const received = Math.round(((this.offered * part + ofHeavy) * LOOK_MS) / 1000);
      const dropped = Math.max(0, received - Math.round((this.capacity * LOOK_MS) / 1000));
      for (const { prefix, perSecond } of heavy) {
        const read = ((perSecond * LOOK_MS) / 1000) * (1 - dropped / received);
        for (let i = 0; i < read; i++) this.decision.count(bytesOf(prefix));
      }
      this.lost += dropped;
      this.received += received;
      const { mostPerSecond } = this;
      const next = this.decision.look(this.nowMs, { received, dropped, ...(mostPerSecond && { mostPerSecond }) });
      if (next === undefined) continue;
      this.shedding = next;
      this.seen.push(next);
    }
  }
}

test('while nothing is lost nothing is asked for, however much comes', (t) => {
  const bench = new Bench();
  bench.offered = 19_000;
  bench.heavy = [{ prefix: [1], perSecond: 900 }];
  bench.pass(60_000);
  t.deepEqual(bench.seen, []);
  t.is(bench.decision.passing, undefined);
});

for (const offered of [30_000, 100_000, 1_000_000]) {
  test(`${offered} packets a second on a machine for 20,000: after a second hardly any is lost, and it is used`, (t) => {
    const bench = new Bench();
    bench.offered = offered;
    bench.pass(1000);
    [bench.lost, bench.received] = [0, 0];
    bench.pass(60_000);
    t.true(bench.lost < bench.received / 50, `${bench.lost} of ${bench.received}`);
    t.true(bench.received / 60 > 5000, `${bench.received / 60} a second`);
  });
}

test('never less than one in 256 passes', (t) => {
  const bench = new Bench();
  [bench.offered, bench.capacity] = [1_000_000, 100];
  bench.pass(20_000);
  t.is(bench.decision.passing, MIN_PASSING);
});

test('each window begins where the one before it ended; once around, the seeds are others', (t) => {
  const bench = new Bench();
  bench.offered = 100_000;
  bench.pass(200_000);
  const windows = bench.seen.flatMap(({ window }) => window ?? []);
  let [turns, seeds] = [0, 0];
  for (const [i, window] of windows.entries()) {
    const before = windows[i - 1] ?? window;
    if (window.seeds.join() !== before.seeds.join()) seeds++;
    if (window.start === before.start) continue;
    turns++;
    t.is(window.start, (before.start + before.width) % 2 ** 32);
  }
  t.true(Math.abs(turns - 200_000 / TURN_MS) <= 3, `${turns} turns`);
  t.true(seeds > 5, `${seeds} seeds`);
});

test('when losses are over more is let up again, as much as the ring that lost most can take', (t) => {
  const readAt = (mostPerSecond?: number) => {
    const bench = new Bench();
    bench.offered = 1_000_000;
    bench.mostPerSecond = mostPerSecond;
    bench.capacity = 4500;
    bench.pass(5000);
    bench.capacity = 100_000;
    bench.pass(120_000);
    bench.received = 0;
    bench.pass(60_000);
    return bench.received / 60;
  };
  const few = readAt();
  t.true(few > 4500 && few <= MAX_LIMIT, `${few} a second`);
  const many = readAt(150_000);
  t.true(many > 5 * MAX_LIMIT, `${many} a second`);
});

test('when the flood is over all pass again, and it is said once', (t) => {
  const bench = new Bench();
  bench.offered = 100_000;
  bench.pass(10_000);
  bench.offered = 0;
  bench.pass(10_000 + PEACE_MS);
  t.deepEqual(bench.shedding, NOTHING);
  t.is(bench.seen.filter(({ window }) => window === undefined).length, 1);
  t.is(bench.decision.passing, undefined);
});

test('losses that are over at once, as at the start of a flood, turn nobody away', (t) => {
  const bench = new Bench();
  bench.offered = 100_000;
  bench.pass(GRACE_MS);
  t.true(bench.lost > 0);
  bench.offered = 10_000;
  bench.pass(60_000);
  bench.offered = 100_000;
  bench.pass(GRACE_MS);
  t.deepEqual(bench.seen, [], 'nor in the next one');
  bench.pass(LOOK_MS);
  t.true((bench.decision.passing ?? 1) < 1, 'but those that go on');
});

test('a heavy source is blocked, and nobody else suffers for it; its time is over, and doubles when it goes on', (t) => {
  const bench = new Bench();
  bench.heavy = [{ prefix: [5], perSecond: 100_000 }];
  bench.pass(LOOK_MS);
  t.deepEqual(bench.shedding, { blocked: [[5]], known: [] });
  t.is(bench.decision.passing, 1);
  t.is(bench.decision.blockedCount(bench.nowMs), 1);
  bench.pass(BLOCKED_MS + 2 * LOOK_MS);
  bench.pass(2 * BLOCKED_MS - 4 * LOOK_MS);
  t.is(bench.decision.blockedCount(bench.nowMs), 1);
  t.true(bench.lost < 3 * 100_000 * (LOOK_MS / 1000));
  bench.heavy = [];
  bench.pass(2 * BLOCKED_MS + PEACE_MS);
  t.deepEqual(bench.shedding, NOTHING);
});

test('whoever goes on and on is blocked for twice as long each time, and for 320 s at most', (t) => {
  const bench = new Bench();
  bench.heavy = [{ prefix: [5], perSecond: 100_000 }];
  const blockedMs: number[] = [];
  while (blockedMs.length < 8) {
    while (bench.decision.blockedCount(bench.nowMs) === 0) bench.pass(LOOK_MS);
    const sinceMs = bench.nowMs;
    while (bench.decision.blockedCount(bench.nowMs) > 0) bench.pass(LOOK_MS);
    blockedMs.push(bench.nowMs - sinceMs);
  }
  t.deepEqual(
    blockedMs.map((ms) => ms / BLOCKED_MS),
    [1, 2, 4, 8, 16, 32, 32, 32],
  );
  t.is(BLOCKED_MOST_MS, 32 * BLOCKED_MS);
});

test('the heaviest are blocked, 16 of them, and no more sources are counted than 256', (t) => {
  const decision = new LoadShedding(random(1), 0);
  for (let source = 0; source < MAX_COUNTED + 10; source++) {
    const packets = source < 30 ? HEAVY_PER_SECOND + source : source >= MAX_COUNTED ? 5000 : 1;
    for (let i = 0; i < packets; i++) decision.count(bytesOf([source]));
  }
  const shedding = decision.look(LOOK_MS, { received: 50_000, dropped: 10_000 }) as Shedding;
  t.is(shedding.blocked.length, MAX_BLOCKED);
  t.deepEqual(shedding.blocked.map(([source]) => source).sort((a, b) => a - b)[0], 30 - MAX_BLOCKED);
});

test('known sources have a ring of their own, in peace too, 64 of them', (t) => {
  const bench = new Bench();
  bench.decision.know([[1]]);
  bench.pass(10 * LOOK_MS);
  t.deepEqual(bench.seen, [{ blocked: [], known: [[1]] }], 'said once, and nothing is shed');
  t.is(bench.decision.passing, undefined);
  bench.offered = 100_000;
  bench.pass(1000);
  t.deepEqual(bench.shedding.known, [[1]]);
  bench.decision.know(Array.from({ length: MAX_KNOWN + 1 }, (_, i) => [i] as const));
  bench.pass(LOOK_MS);
  t.is(bench.shedding.known.length, MAX_KNOWN);
  bench.offered = 0;
  bench.pass(20_000 + PEACE_MS);
  t.is(bench.decision.passing, undefined);
  t.is(bench.shedding.known.length, MAX_KNOWN, 'and after a flood');
});

test('a few losses are not worth turning others away', (t) => {
  const decision = new LoadShedding(random(1), 0);
  t.is(decision.look(LOOK_MS, { received: 10_000, dropped: 40 }), undefined);
});
