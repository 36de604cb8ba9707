import test from 'ava';
import { ClockSteps, MIN_STEP_MS } from '#src/clock-steps.js';

function setUp() {
  const now = { wall: 1_800_000_000_000, monotonic: 5000 };
  return { now, steps: new ClockSteps({ nowMs: () => now.wall }, () => now.monotonic) };
}

function pass(now: { wall: number; monotonic: number }, ms: number): void {
  now.wall += ms;
  now.monotonic += ms;
}

for (const stepMs of [3_600_000, -3_600_000, MIN_STEP_MS, -MIN_STEP_MS]) {
  test(`a clock that is set by ${stepMs} ms is noticed, once`, (t) => {
    const { now, steps } = setUp();
    pass(now, 60_000);
    t.is(steps.look(), 0);
    now.wall += stepMs;
    pass(now, 10);
    t.is(steps.look(), stepMs);
    t.is(steps.look(), 0);
  });
}

test('a clock that is slewed is never stepped', (t) => {
  const { now, steps } = setUp();
  for (let second = 0; second < 3600; second++) {
    now.wall += 1000.5;
    now.monotonic += 1000;
    t.is(steps.look(), 0);
  }
});
