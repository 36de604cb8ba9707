import test from 'ava';
import { experiment } from '../experiment.ts';
import { cumulative, median, percentile } from '../statistics.ts';
import { readArguments } from './arguments.ts';
import { atLeast, atMost } from './findings.ts';
import { count, megabytes, microseconds, milliseconds, outOf, percent, times } from './format.ts';
import type { Machine } from './machine.ts';
import { drawFigures, fillPage, findingsOf } from './page.ts';
import { type Entry, formatResults, mergeResults, parseResults } from './results.ts';
import { runExperiments } from './run-experiments.ts';
import { alignedRows, findingsText } from './terminal.ts';

const MACHINE: Machine = {
  processor: 'A processor',
  cores: 2,
  memoryGb: 4,
  kernel: '6.1',
  system: 'A system',
  node: '20.20.0',
  packages: { knockd: '0.8' },
};

function entry(data: unknown, extent: Entry['extent'] = 'full'): Entry {
  return { measuredAt: '2026-01-02T03:04:05.000Z', seconds: 1, extent, machine: MACHINE, data };
}

/** Its data is one number, which must not be more than 10. */
function fake(name: string) {
  return experiment<number>({
    name,
    title: `the ${name}`,
    measure: async () => 5,
    findings: (value) => ({
      targets: [atMost('how much', value, 10, String)],
      tables: [{ title: `All of ${name}`, head: ['what', 'value'], rows: [['it | that', String(value)]] }],
      figures: [
        {
          name,
          chart: {
            kind: 'bars',
            title: `Of ${name}`,
            axis: { label: 'x', scale: 'linear' },
            groups: [{ bars: [{ label: 'it', role: 'ours', value, text: '' }] }],
          },
        },
      ],
    }),
  });
}

const EXPERIMENTS = [fake('one'), fake('two')];
const block = (name: string, text = '') => `<!-- table: ${name} -->\n${text}<!-- end -->\n`;
const PAGE = `# Page\n\n${block('machine')}\n${block('targets')}\n## one\n\n${block('one', 'old text\n')}\nKept.\n\n${block('two')}`;

test('percentiles are nearest ranks', (t) => {
  const values = Array.from({ length: 200 }, (_, i) => 200 - i);
  t.is(median(values), 100);
  t.is(percentile(values, 99), 198);
  t.is(percentile([7], 99), 7);
  t.is(median([]), Number.NaN);
});

test('a cumulative line rises to all', (t) => {
  t.deepEqual(cumulative([3, 1, 2, 2]), [
    [1, 0.25],
    [2, 0.5],
    [2, 0.75],
    [3, 1],
  ]);
});

test('numbers as people read them', (t) => {
  t.deepEqual([0.1234, 1.234, 12.34, 1234.5, Number.NaN].map(milliseconds), [
    '0.123 ms',
    '1.23 ms',
    '12.3 ms',
    '1,235 ms',
    '–',
  ]);
  t.deepEqual(
    [times(0.5), times(12.34), percent(0.984), count(12_345.6), microseconds(3.456), megabytes(60.7), outOf(8, 10)],
    ['0.500 ×', '12.3 ×', '98 %', '12,346', '3.46 µs', '61 MB', '8 of 10'],
  );
});

test('targets are reached, missed, or not measured', (t) => {
  t.is(atMost('x', 2, 2, String).verdict, 'reached');
  t.is(atMost('x', 2.1, 2, String).verdict, 'missed');
  t.is(atLeast('x', 4, 4, String).verdict, 'reached');
  t.is(atLeast('x', 3.9, 4, String).verdict, 'missed');
  t.is(atLeast('x', Number.NaN, 4, String).verdict, 'not measured');
  t.is(atMost('x', 1 / 0, 4, String).verdict, 'not measured', 'beside nothing');
  t.like(atMost('x', 2, 3, times), { limit: 'at most 3.00 ×', value: '2.00 ×' });
});

test('new entries replace old ones of their name; others stay; names of nobody go', (t) => {
  const merged = mergeResults({ two: entry(2), gone: entry(0) }, { one: entry(1), two: entry(3) }, [
    'one',
    'two',
    'three',
  ]);
  t.deepEqual(Object.keys(merged), ['one', 'two']);
  t.is(merged.two?.data, 3);
  t.is(mergeResults({ two: entry(2) }, { one: entry(1) }, ['one', 'two']).two?.data, 2);
});

test('results go through their file, numbers of a series on one line', (t) => {
  const results = { one: entry({ ms: [1, 2.5, -3e-7], names: ['a'] }) };
  const text = formatResults(results);
  t.deepEqual(parseResults(text), results);
  t.true(text.includes('"ms": [1,2.5,-3e-7]'));
  t.throws(() => parseResults('{"format":0}'), { message: /form 0, not 1/ });
});

test('a table for a terminal: text to the left, numbers to the right', (t) => {
  const text = alignedRows({
    head: ['name', 'n', 'verdict'],
    rows: [
      ['a', '1,000', 'reached'],
      ['long one', '–', 'x'],
    ],
  });
  t.is(text, '  name          n  verdict\n  a         1,000  reached\n  long one      –  x\n');
  const findings = EXPERIMENTS[0]?.findings(11);
  t.regex(
    findingsText(findings as never),
    /All of one\n.*\n.*11\n\nTargets\n.*\n {2}how much +at most 10 +11 +missed\n/,
  );
});

test('a page: blocks are filled, all else stays, twice is the same', (t) => {
  const results = { one: entry(5, 'short') };
  const filled = fillPage(PAGE, results, EXPERIMENTS);
  t.false(filled.includes('old text'));
  t.true(filled.includes('| it \\| that | 5 |'));
  t.true(filled.includes('| how much | at most 10 | 5 | reached |'));
  t.true(filled.includes('![Of one](one.svg)'));
  t.true(filled.includes('short run'));
  t.true(filled.includes('Measured on 2026-01-02.'));
  t.true(filled.includes('| [one](#one) | how much |'));
  t.true(filled.includes('| processor | 2 × A processor |'));
  t.true(filled.includes('<!-- table: two -->\n*Not measured yet.*\n<!-- end -->'));
  t.true(filled.includes('\nKept.\n'));
  t.is(fillPage(filled, results, EXPERIMENTS), filled);
});

test('a page and the experiments must fit together', (t) => {
  t.throws(() => fillPage(block('one'), {}, EXPERIMENTS), { message: 'the page has no block for two' });
  t.throws(() => fillPage(`${PAGE}${block('three')}`, {}, EXPERIMENTS), { message: /"three": no such experiment/ });
});

test('data of another form is an error that names it', (t) => {
  const broken = { ...fake('one'), findings: () => JSON.parse('{') };
  t.throws(() => findingsOf({ one: entry(5) }, [broken]), { message: /of "one" is of another form/ });
});

test('each figure is a file', (t) => {
  const figures = drawFigures(findingsOf({ two: entry(5) }, EXPERIMENTS));
  t.deepEqual([...figures.keys()], ['two.svg']);
  t.true(figures.get('two.svg')?.startsWith('<svg '));
});

test('an experiment that fails is said, and the others are measured and kept', async (t) => {
  const broken = { ...fake('broken'), measure: () => Promise.reject(new Error('no peer')) };
  const said: string[] = [];
  const kept: string[] = [];
  const failed = await runExperiments([broken, fake('two')], {
    extent: 'short',
    machine: MACHINE,
    say: (text) => said.push(text),
    keep: async (measured) => void kept.push(...Object.keys(measured), `${measured.two?.extent} ${measured.two?.data}`),
  });
  t.deepEqual(failed, ['broken']);
  t.deepEqual(kept, ['two', 'short 5']);
  t.true(said.includes('bench: error: broken: no peer'));
  t.true(said.some((text) => text.includes('All of two')));
});

test('the arguments', (t) => {
  const names = ['one', 'two', 'three'];
  t.deepEqual(readArguments([], names), { help: false, list: false, short: false, draw: false, names });
  t.deepEqual(readArguments(['three', 'one', '--short', '--output', 'x'], names).names, ['one', 'three']);
  t.is(readArguments(['--output', 'x'], names).output, 'x');
  t.throws(() => readArguments(['four'], names), { message: /no experiment "four": one, two, three/ });
  t.throws(() => readArguments(['--what'], names));
});
