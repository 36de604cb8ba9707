// The loop that renews, in a time that does not pass by itself.

import test from 'ava';
import { remainingMs, renewUntil } from '#src/renew.js';
import { FakeClock } from './fake-machine.ts';

/** What happened, and when (milliseconds). */
interface Story {
  readonly knocks: readonly number[];
  readonly failures: readonly number[];
  readonly recoveries: readonly number[];
  readonly sleeps: readonly number[];
}

/** @param works whether a knock at a time can be sent @param knockMs how long a knock takes */
async function play(
  minutes: number,
  endMs: number,
  works: (nowMs: number) => boolean = () => true,
  knockMs = 140,
): Promise<Story> {
  const clock = new FakeClock();
  const over = new AbortController();
  clock.at(endMs, () => over.abort());
  const [knocks, failures, recoveries, sleeps] = [[], [], [], []] as [number[], number[], number[], number[]];
  const sleep = clock.sleep;
  clock.sleep = (milliseconds, signal) => {
    sleeps.push(milliseconds);
    return sleep(milliseconds, signal);
  };
  await renewUntil({
    clock,
    minutes,
    knock: async () => {
      const now = clock.elapsedMs();
      if (!works(now)) throw new Error('no network');
      knocks.push(now);
      clock.pass(knockMs);
    },
    onFailure: () => failures.push(clock.elapsedMs()),
    onRecovery: () => recoveries.push(clock.elapsedMs()),
    signal: over.signal,
  });
  return { knocks, failures, recoveries, sleeps };
}

test('two renewals within each time, however long a knock takes: nothing adds up', async (t) => {
  const { knocks, failures, recoveries } = await play(1, 125_000);
  t.deepEqual(knocks, [24_000, 48_000, 72_000, 96_000, 120_000]);
  t.deepEqual([failures, recoveries], [[], []]);
});

for (const minutes of [1, 2, 30, 254]) {
  test(`${minutes} min: when any one renewal is lost the door stays open`, async (t) => {
    const timeMs = minutes * 60_000;
    const { knocks } = await play(minutes, 4 * timeMs);
    const all = [0, ...knocks];
    t.true(all.length > 8);
    // Without one of them, the next comes before the one in front has run out, with time for its eight knocks.
    for (let i = 0; i + 2 < all.length; i++) {
      t.true((all[i + 2] as number) - (all[i] as number) <= timeMs * 0.8, `after ${all[i]}`);
    }
  });
}

test('one that fails is tried again after five seconds, and the next is due from there', async (t) => {
  const { knocks, failures, recoveries } = await play(1, 70_000, (now) => now < 20_000 || now > 35_000);
  t.deepEqual(failures, [24_000, 29_000, 34_000]);
  t.deepEqual(recoveries, [39_140]);
  t.deepEqual(knocks, [39_000, 63_000]);
});

test('it ends while it waits, and never looks away for more than five seconds', async (t) => {
  const { knocks, sleeps } = await play(254, 12_000);
  t.deepEqual(knocks, []);
  t.deepEqual(sleeps, [5000, 5000, 5000]);
});

for (const minutes of [0, Number.NaN]) {
  test(`${minutes} min: no renewal at all`, async (t) => {
    const { knocks, failures } = await play(minutes, 60_000);
    t.deepEqual([knocks, failures], [[], []]);
  });
}

test('ended before it began: nothing', async (t) => {
  t.deepEqual((await play(1, -1, undefined)).knocks.length, 0);
});

test('the clock that has gone further counts', (t) => {
  const since = { elapsedMs: 1000, unixMs: 500_000 };
  t.is(remainingMs(since, { elapsedMs: 4000, unixMs: 503_000 }, 10_000), 7000);
  t.is(remainingMs(since, { elapsedMs: 1000, unixMs: 600_000 }, 10_000), -90_000, 'it was suspended');
  t.is(remainingMs(since, { elapsedMs: 4000, unixMs: 1000 }, 10_000), 7000, 'the time of day was set back');
});
