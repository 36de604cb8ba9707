// What two ways that are seen one by one mean for the whole.

import test from 'ava';
import { LOOKS_FOR_OTHERS, Ways } from '#src/ways.js';

test('one way: as it looks', (t) => {
  const ways = new Ways(1);
  t.deepEqual(ways.closed, [0]);
  t.is(ways.take(['silent']), 'silent');
  t.is(ways.take(['refused']), 'refused');
  t.false(ways.isAnyOpen);
  t.is(ways.take(['open']), 'open');
  t.deepEqual([ways.closed, ways.isAnyOpen], [[], true]);
});

test('two ways: open when both are', (t) => {
  const ways = new Ways(2);
  t.is(ways.take(['silent', 'open']), 'silent');
  t.deepEqual(ways.closed, [0]);
  t.is(ways.take(['open']), 'open');
  t.deepEqual(ways.looks, ['open', 'open']);
});

for (const look of ['silent', 'refused', 'unreachable'] as const) {
  test(`the other gets ${LOOKS_FOR_OTHERS} looks once one is open: ${look}`, (t) => {
    const ways = new Ways(2);
    t.is(ways.take([look, look]), look);
    t.is(ways.take(['open', look]), look);
    for (let i = 1; i < LOOKS_FOR_OTHERS; i++) t.is(ways.take([look]), look, `look ${i}`);
    t.is(ways.take([look]), 'open');
    t.deepEqual(ways.closed, [1]);
    t.deepEqual(ways.looks, ['open', look]);
  });
}

test('with no way open, looks do not end it', (t) => {
  const ways = new Ways(2);
  for (let i = 0; i < 100; i++) t.is(ways.take(['silent', 'refused']), 'silent');
  t.false(ways.isAnyOpen);
});
