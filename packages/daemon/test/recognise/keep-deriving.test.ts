import test from 'ava';
import {
  KEYS_PER_SLICE,
  keepDeriving,
  NEXT_LOOK_MS,
  SLICE_PAUSE_MS,
  URGENT_PAUSE_MS,
} from '#src/recognise/keep-deriving.js';

test('it derives in slices until nothing is missing, quicker while keys of now are, then looks once a second', (t) => {
  let nowMs = 0;
  let missing = 50;
  let timer: { atMs: number; callback: () => void } | undefined;
  const slices: [atMs: number, most: number][] = [];
  const deriver = {
    clients: 20,
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
  const ofNow = URGENT_PAUSE_MS;
  const done = ofNow + 2 * SLICE_PAUSE_MS;
  const times = [0, ofNow, ofNow + SLICE_PAUSE_MS, done, done + NEXT_LOOK_MS, done + 2 * NEXT_LOOK_MS];
  t.deepEqual(
    slices,
    times.map((at) => [at, KEYS_PER_SLICE]),
  );
  stop();
  t.is(timer, undefined);
});
