import test from 'ava';
import {
  KEYS_PER_SLICE,
  KEYS_PER_URGENT_SLICE,
  keepDeriving,
  NEXT_LOOK_MS,
  SLICE_PAUSE_MS,
  URGENT_PAUSE_MS,
} from '#src/recognise/keep-deriving.js';

const CLIENTS = 15;

test('it derives in slices until nothing is missing, more and quicker while keys of now are, then looks once a second', (t) => {
  let nowMs = 0;
  let missing = 4 * CLIENTS;
  let timer: { atMs: number; callback: () => void } | undefined;
  const slices: [atMs: number, most: number][] = [];
  const deriver = {
    clientCount: CLIENTS,
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
  for (let i = 0; i < 7; i++) {
    nowMs = timer?.atMs ?? Number.NaN;
    timer?.callback();
  }
  const ahead = 2 * URGENT_PAUSE_MS;
  const done = ahead + 3 * SLICE_PAUSE_MS;
  t.deepEqual(slices, [
    [0, KEYS_PER_URGENT_SLICE],
    [URGENT_PAUSE_MS, KEYS_PER_URGENT_SLICE],
    [ahead, KEYS_PER_URGENT_SLICE],
    [ahead + SLICE_PAUSE_MS, KEYS_PER_SLICE],
    [ahead + 2 * SLICE_PAUSE_MS, KEYS_PER_SLICE],
    [done, KEYS_PER_SLICE],
    [done + NEXT_LOOK_MS, KEYS_PER_SLICE],
    [done + 2 * NEXT_LOOK_MS, KEYS_PER_SLICE],
  ]);
  stop();
  t.is(timer, undefined);
});
