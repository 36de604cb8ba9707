import test from 'ava';
import fc from 'fast-check';
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

test('whatever comes, it remembers those seen last, as many as fit', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.constantFrom(...'abcdefgh'), { maxLength: 60 }),
      (most, all) => {
        const table = new SourceTable(most, () => ({ touched: 0 }));
        // The slow model: sources and how often they were touched since they came in, the one seen last at the end.
        let model: [source: string, touched: number][] = [];
        for (const source of all) {
          const touched = (model.find(([other]) => other === source)?.[1] ?? 0) + 1;
          model = [...model.filter(([other]) => other !== source), [source, touched] as [string, number]].slice(-most);
          t.is(++table.touch(source).touched, touched);
          t.is(table.size, model.length);
        }
      },
    ),
  );
});

test('a flood of ever new sources costs no more each when the table is large', (t) => {
  const perSource = (most: number) => {
    const table = new SourceTable(most, () => undefined);
    for (let i = 0; i < most; i++) table.touch(`full ${i}`);
    const { user, system } = process.cpuUsage();
    for (let i = 0; i < 60_000; i++) table.touch(`new ${i}`);
    const after = process.cpuUsage();
    return after.user + after.system - user - system;
  };
  perSource(64);
  // A hundred times slower it would be if the oldest had to be looked for.
  t.true(perSource(65_536) < 20 * perSource(64) + 50_000);
});
