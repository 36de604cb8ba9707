import test from 'ava';
import { Rescue } from '#src/rescue.js';

function setUp() {
  const world = { nowMs: 1000, lapsed: 0, timer: undefined as { delayMs: number; callback: () => void } | undefined };
  const rescue = new Rescue(
    5,
    () => world.nowMs,
    (delayMs, callback) => {
      world.timer = { delayMs, callback };
      return () => {
        world.timer = undefined;
      };
    },
    () => world.lapsed++,
  );
  return { world, rescue };
}

test('the guard stands for its minutes, and then lapses', (t) => {
  const { world, rescue } = setUp();
  t.is(world.timer?.delayMs, 300_000);
  t.is(rescue.remainingMs(), 300_000);
  world.nowMs += 299_999;
  t.is(rescue.remainingMs(), 1);
  world.nowMs += 10;
  t.is(rescue.remainingMs(), 1, 'never 0, which would be no limit');
  world.timer?.callback();
  t.is(world.lapsed, 1);
  t.is(rescue.remainingMs(), undefined);
  t.false(rescue.confirm(), 'too late');
});

test('confirmed, it stays', (t) => {
  const { world, rescue } = setUp();
  t.true(rescue.confirm());
  t.is(rescue.remainingMs(), undefined);
  t.is(world.timer, undefined);
  t.false(rescue.confirm(), 'once is enough');
});

test('a daemon that stops leaves the rest to the kernel', (t) => {
  const { world, rescue } = setUp();
  rescue.stop();
  t.is(world.timer, undefined);
  t.is(world.lapsed, 0);
});
