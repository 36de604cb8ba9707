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

test('a SYN that came too early is tried again soon', async (t) => {
  const { result, tries, looks } = await play(10_000, (now) => (now < 300 ? 'silent' : 'open'));
  t.deepEqual(result, { look: 'open', seconds: 0.42, sequences: 1 });
  t.deepEqual(tries, [
    [160, 250],
    [410, 250],
  ]);
  t.deepEqual(looks, ['silent']);
});

test('after two short tries a long one, then it knocks again', async (t) => {
  const { knocks, tries } = await play(3000, (now) => (now < 1700 ? 'silent' : 'open'));
  t.deepEqual(tries.slice(0, 3), [
    [160, 250],
    [410, 250],
    [660, 1000],
  ]);
  t.deepEqual(knocks, [
    [0, 0],
    [1, 1660],
  ]);
});

test('refusals are tried every quarter of a second', async (t) => {
  const { tries, knocks } = await play(3000, (now) => (now < 1700 ? 'refused' : 'open'));
  t.deepEqual(
    tries.slice(0, 6).map(([at]) => at),
    [160, 410, 660, 910, 1160, 1410],
  );
  t.deepEqual(knocks[1], [1, 1660]);
});

const closed = test.macro({
  title: (_, look: PortLook) => `it never opens: ${look}`,
  async exec(t, look: PortLook) {
    const { result, knocks } = await play(10_000, () => look);
    t.is(result.look, look);
    t.true(result.seconds >= 10 && result.seconds < 10.4, `${result.seconds}`);
    t.is(result.sequences, knocks.length);
    t.is(result.sequences, 7);
    t.deepEqual(
      knocks.map(([sequence]) => sequence),
      [0, 1, 2, 3, 4, 5, 6],
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
