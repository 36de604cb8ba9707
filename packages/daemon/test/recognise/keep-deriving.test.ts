import test from 'ava';
import { KEYS_PER_SLICE, keepDeriving, NEXT_LOOK_MS, SLICE_PAUSE_MS } from '#src/recognise/keep-deriving.js';

test('it derives in slices until nothing is missing, then looks once a second', (t) => {
  let nowMs = 0;
  let missing = 50;
  let timer: { atMs: number; callback: () => void } | undefined;
  const slices: [atMs: number, most: number][] = [];
  const deriver = {
    deriveAhead(now: number, most: number) {
      slices.push([now, most]);
      missing = Math.max(0, missing - most);
      return missing;
    },
  };
  const later = (delayMs: number, callback: () => void) => {
    timer = { atMs: nowMs + delayMs, callback };
    return () => {
      timer = undefined;
    };
  };
  const stop = keepDeriving(deriver, { nowMs: () => nowMs }, later);
  for (let i = 0; i < 5; i++) {
    nowMs = timer?.atMs ?? Number.NaN;
    timer?.callback();
  }
  const done = 3 * SLICE_PAUSE_MS;
  t.deepEqual(slices, [
    ...[0, SLICE_PAUSE_MS, 2 * SLICE_PAUSE_MS, done].map((at): [number, number] => [at, KEYS_PER_SLICE]),
    [done + NEXT_LOOK_MS, KEYS_PER_SLICE],
    [done + 2 * NEXT_LOOK_MS, KEYS_PER_SLICE],
  ]);
  stop();
  t.is(timer, undefined);
});
