import test from 'ava';
import { SourceTable } from '#src/recognise/source-table.js';

test('a source finds its state again', (t) => {
  const table = new SourceTable(2, () => ({ knocks: 0 }));
  table.touch('a').knocks = 5;
  table.touch('b');
  t.is(table.touch('a').knocks, 5);
});

test('when it is full the one seen longest ago goes', (t) => {
  const table = new SourceTable(2, () => ({ knocks: 0 }));
  table.touch('a').knocks = 1;
  table.touch('b').knocks = 2;
  table.touch('a');
  table.touch('c').knocks = 3;
  t.is(table.size, 2);
  t.is(table.touch('a').knocks, 1);
  t.is(table.touch('b').knocks, 0, 'b was forgotten');
});
