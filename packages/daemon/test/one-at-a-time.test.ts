import test from 'ava';
import { OneAtATime } from '#src/one-at-a-time.js';

/** Runs that end when they are told to. */
function world() {
  const runs: { readonly end: (result: number) => void; readonly fail: (error: Error) => void }[] = [];
  const queue = new OneAtATime(() => new Promise<number>((end, fail) => runs.push({ end, fail })));
  return { runs, queue };
}

test('one run after the other, and never more than one that waits', async (t) => {
  const { runs, queue } = world();
  const first = queue.ask();
  const others = [queue.ask(), queue.ask(), queue.ask()];
  t.is(runs.length, 1);
  runs[0]?.end(1);
  t.is(await first, 1);
  t.is(runs.length, 2);
  const later = queue.ask();
  runs[1]?.end(2);
  t.deepEqual(await Promise.all(others), [2, 2, 2]);
  t.is(runs.length, 3, 'who asked while the second ran gets a third');
  runs[2]?.end(3);
  t.is(await later, 3);
  const last = queue.ask();
  runs[3]?.end(4);
  t.is(await last, 4);
});

test('a run that fails fails for those it was for, and the next one runs', async (t) => {
  const { runs, queue } = world();
  const [first, second] = [queue.ask(), queue.ask()];
  runs[0]?.fail(new Error('no'));
  await t.throwsAsync(first, { message: 'no' });
  runs[1]?.end(2);
  t.is(await second, 2);
});
