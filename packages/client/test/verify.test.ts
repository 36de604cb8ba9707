// The loop that waits, in a time that does not pass by itself.

import test from 'ava';
import type { PortLook } from '#src/try-connect.js';
import { type WaitResult, waitUntilOpen } from '#src/verify.js';
import { FakeClock } from './fake-machine.ts';

/** What happened, and when (milliseconds). */
interface Story {
  readonly result: WaitResult;
  readonly knocks: readonly (readonly [sequence: number, atMs: number])[];
  readonly tries: readonly (readonly [atMs: number, timeoutMs: number])[];
  readonly looks: readonly PortLook[];
}

/** @param look how the port looks at a time; `silent` takes as long as it is waited for, other answers 10 ms */
async function play(waitMs: number, look: (nowMs: number) => PortLook, sequenceMs = 140): Promise<Story> {
  const clock = new FakeClock();
  const [knocks, tries, looks] = [[], [], []] as [[number, number][], [number, number][], PortLook[]];
  const result = await waitUntilOpen({
    clock,
    waitMs,
    knock: async (sequence) => {
      knocks.push([sequence, clock.elapsedMs()]);
      clock.pass(sequenceMs);
    },
    tryPort: async (timeoutMs) => {
      const now = clock.elapsedMs();
      tries.push([now, timeoutMs]);
      const seen = look(now);
      clock.pass(seen === 'silent' ? timeoutMs : 10);
      return seen;
    },
    onLook: (seen) => looks.push(seen),
  });
  return { result, knocks, tries, looks };
}

test('open at the first try', async (t) => {
  const { result, knocks, tries, looks } = await play(10_000, () => 'open');
  t.deepEqual(result, { look: 'open', seconds: 0.17, sequences: 1 });
  t.deepEqual(knocks, [[0, 0]]);
  t.deepEqual(tries, [[160, 250]]);
  t.deepEqual(looks, []);
});

test('a packet that was lost: it knocks again soon', async (t) => {
  const { result, tries, knocks, looks } = await play(10_000, (now) => (now < 300 ? 'silent' : 'open'));
  t.deepEqual(result, { look: 'open', seconds: 0.58, sequences: 2 });
  t.deepEqual(tries, [
    [160, 250],
    [570, 250],
  ]);
  t.deepEqual(knocks, [
    [0, 0],
    [1, 410],
  ]);
  t.deepEqual(looks, ['silent']);
});

test('an answer that has a long way: each fourth round has a long try', async (t) => {
  const { tries } = await play(10_000, () => 'silent');
  t.deepEqual(
    tries.slice(0, 10).map(([, timeoutMs]) => timeoutMs),
    [250, 250, 250, 250, 1000, 250, 250, 250, 250, 1000],
  );
});

test('after eight sequences it knocks every few seconds and tries all the while', async (t) => {
  const { knocks, tries } = await play(30_000, () => 'silent');
  t.true(knocks.length > 12);
  const pauses = knocks.slice(9).map(([, at], i) => at - (knocks[i + 8]?.[1] ?? 0));
  t.true(
    pauses.every((pause) => pause >= 3640 && pause < 3900),
    pauses.join(),
  );
  t.true(tries.length >= 4 * (knocks.length - 8));
});

test('refusals are tried every quarter of a second', async (t) => {
  const { tries } = await play(20_000, (now) => (now < 9000 ? 'refused' : 'open'));
  const slow = tries.filter(([at]) => at > 5300).map(([at]) => at);
  t.true(slow.length > 5);
  const pauses = slow.slice(1).map((at, i) => at - (slow[i] ?? 0));
  t.true(
    pauses.every((pause) => pause === 250 || pause === 390 || pause === 410),
    pauses.join(),
  );
});

const closed = test.macro({
  title: (_, look: PortLook) => `it never opens: ${look}`,
  async exec(t, look: PortLook) {
    const { result, knocks } = await play(10_000, () => look);
    t.is(result.look, look);
    t.true(result.seconds >= 10 && result.seconds < 10.4, `${result.seconds}`);
    t.is(result.sequences, knocks.length);
    t.is(result.sequences, 10);
    t.deepEqual(
      knocks.map(([sequence]) => sequence),
      Array.from({ length: 10 }, (_, i) => i),
    );
  },
});

test(closed, 'silent');
test(closed, 'refused');
test(closed, 'unreachable');

test('the last look counts', async (t) => {
  const { result } = await play(5000, (now) => (now < 4000 ? 'silent' : 'refused'));
  t.is(result.look, 'refused');
});

test('the port is tried even when the knocks took all the time', async (t) => {
  const { result, tries } = await play(1000, () => 'open', 70_000);
  t.deepEqual(result, { look: 'open', seconds: 70.03, sequences: 1 });
  t.deepEqual(tries, [[70_020, 250]]);
});

test('however long it waits, no window has more than 16 sequences', async (t) => {
  const { knocks } = await play(3_600_000, () => 'silent', 0);
  t.true(knocks.length > 1000);
  for (const [, start] of knocks) {
    const within = knocks.filter(([, at]) => at >= start && at < start + 30_000);
    t.true(within.length <= 16, `${within.length} in 30 s from ${start}`);
  }
});

test('a knock that cannot be sent ends it', async (t) => {
  await t.throwsAsync(
    waitUntilOpen({
      clock: new FakeClock(),
      waitMs: 1000,
      knock: async () => {
        throw new Error('no network');
      },
      tryPort: async () => 'open',
    }),
    { message: 'no network' },
  );
});
