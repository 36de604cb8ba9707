import test from 'ava';
import { REPEATS_OF_DOOR, REPEATS_OF_SOURCE, RepeatBudget } from '#src/recognise/repeat-budget.js';

test('each source has its own, and all together no more than the door', (t) => {
  const budget = new RepeatBudget();
  const taken = Array.from({ length: 10 }, () => budget.take('a', '192.0.2.1', 0)).filter(Boolean);
  t.is(taken.length, REPEATS_OF_SOURCE);
  t.true(budget.take('b', '192.0.2.1', 0), 'another door');
  t.true(budget.take('a', '192.0.2.1', 1000), 'a second later');
  const others = Array.from({ length: 100 }, (_, i) => budget.take('a', `192.0.2.${i + 2}`, 1000)).filter(Boolean);
  t.is(others.length, REPEATS_OF_DOOR - 1);
});

test('16,384 sources are remembered: then the one seen longest ago has all of its own again', (t) => {
  const isRefusedAfter = (others: number) => {
    const budget = new RepeatBudget();
    while (budget.take('a', '192.0.2.1', 0));
    for (let i = 0; i < others; i++) budget.take('b', `stranger ${i}`, 0);
    return !budget.take('a', '192.0.2.1', 0);
  };
  t.true(isRefusedAfter(16_383));
  t.false(isRefusedAfter(16_384));
});
