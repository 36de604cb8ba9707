import test from 'ava';
import type { BarChart, LineChart } from './chart.ts';
import { drawChart } from './draw-chart.ts';
import { makeScale } from './scale.ts';
import { element, escapeText, tickText } from './svg.ts';

const BARS: BarChart = {
  kind: 'bars',
  title: 'Bars & more',
  axis: { label: 'milliseconds', scale: 'linear' },
  groups: [
    { label: 'idle', bars: [{ label: 'ours', role: 'ours', value: 5, reach: 10, text: '5 ms' }] },
    { label: 'busy', bars: [{ label: 'theirs <1>', role: 'knockd', value: 20, text: '20 ms' }] },
  ],
  limits: [{ value: 10, label: 'target' }],
};

const LINES: LineChart = {
  kind: 'lines',
  title: 'Lines',
  x: { label: 'clients', scale: 'log' },
  y: { label: 'SYN/s', scale: 'linear' },
  series: [
    {
      label: 'ours',
      role: 'ours',
      points: [
        [10, 100],
        [1000, 100],
      ],
    },
    {
      label: 'theirs',
      role: 'knockd',
      points: [
        [10, 100],
        [1000, 99],
      ],
      dashed: true,
    },
    { label: 'not measured', role: 'floor', points: [] },
  ],
};

/** The numbers of an attribute, in the order of the file. */
function numbers(svg: string, tag: string, attribute: string): number[] {
  return [...svg.matchAll(new RegExp(`<${tag} [^>]*\\b${attribute}="([-\\d.]+)"`, 'g'))].map(([, value]) =>
    Number(value),
  );
}

test('a linear scale begins at 0 and ends at a round number', (t) => {
  const { ticks, place } = makeScale({ label: '', scale: 'linear' }, [3, 47]);
  t.deepEqual(ticks, [0, 10, 20, 30, 40, 50]);
  t.deepEqual([0, 25, 50, 60, -1].map(place), [0, 0.5, 1, 1, 0]);
});

test('a linear scale of fractions has exact ticks', (t) => {
  t.deepEqual(makeScale({ label: '', scale: 'linear' }, [0.3]).ticks, [0, 0.1, 0.2, 0.3]);
});

test('a logarithmic scale goes from 1, 2 or 5 to another one', (t) => {
  const { ticks, place } = makeScale({ label: '', scale: 'log' }, [3, 40]);
  t.deepEqual(ticks, [2, 5, 10, 20, 50]);
  t.is(place(2), 0);
  t.is(place(50), 1);
  t.true(Math.abs(place(10) - 0.5) < 1e-9);
});

test('over many powers of ten only these are ticks', (t) => {
  t.deepEqual(makeScale({ label: '', scale: 'log' }, [10, 100_000]).ticks, [10, 100, 1000, 10_000, 100_000]);
});

test('a logarithmic scale leaves out what is not positive, and has two ends all the same', (t) => {
  const scale = makeScale({ label: '', scale: 'log' }, [0, Number.NaN, 10]);
  t.deepEqual(scale.ticks, [10, 20]);
  t.is(scale.place(0), 0);
  t.true(makeScale({ label: '', scale: 'log' }, []).ticks.length >= 2);
});

test('numbers of an axis', (t) => {
  t.deepEqual([0.5, 20, 10_000, 1_500_000].map(tickText), ['0.5', '20', '10,000', '1.5 M']);
});

test('text and attributes are escaped', (t) => {
  t.is(escapeText('a<b>&"'), 'a&lt;b&gt;&amp;&quot;');
  t.is(element('text', { class: '"', x: 1.26 }, 'x'), '<text class="&quot;" x="1.3">x</text>');
});

test('bars are as long as their values, from one place on', (t) => {
  const svg = drawChart(BARS);
  const [first = 0, second = 0] = numbers(svg, 'rect class="fill"', 'width');
  t.true(Math.abs(second / first - 4) < 0.05, `${first} ${second}`);
  const [x1, x2] = numbers(svg, 'rect class="fill"', 'x');
  t.is(x1, x2);
});

test('a chart names its axis, its bars, its groups, and is for both modes', (t) => {
  const svg = drawChart(BARS);
  for (const words of [
    'milliseconds',
    'ours',
    'theirs &lt;1&gt;',
    'idle',
    'busy',
    '5 ms',
    'target',
    'Bars &amp; more',
  ]) {
    t.true(svg.includes(`>${words}</text>`), words);
  }
  t.true(svg.includes('prefers-color-scheme:dark'));
  t.true(svg.includes('aria-label="Bars &amp; more"'));
});

test('nothing of a chart lies beside the picture', (t) => {
  for (const chart of [BARS, LINES]) {
    const svg = drawChart(chart);
    const [width = 0] = numbers(svg, 'svg', 'width');
    const [height = 0] = numbers(svg, 'svg', 'height');
    for (const name of ['x', 'x1', 'x2', 'cx'])
      t.true(
        numbers(svg, '\\w+', name).every((x) => x >= 0 && x <= width),
        name,
      );
    for (const name of ['y', 'y1', 'y2', 'cy'])
      t.true(
        numbers(svg, '\\w+', name).every((y) => y >= 0 && y <= height),
        name,
      );
    t.false(svg.includes('NaN'));
  }
});

test('lines have points where their values are, and names apart from each other', (t) => {
  const svg = drawChart(LINES);
  const [a = '', b = ''] = [...svg.matchAll(/points="([^"]+)"/g)].map(([, points]) => points);
  const [[, left], [, right]] = a.split(' ').map((point) => point.split(',').map(Number)) as [number[], number[]];
  t.is(left, right, 'the same value is at the same height');
  t.not(a, b);
  const at = (name: string) => Number(new RegExp(`y="([\\d.]+)"[^>]*>${name}</text>`).exec(svg)?.[1]);
  t.true(Math.abs(at('ours') - at('theirs')) >= 16);
  t.false(svg.includes('not measured'), 'what has no points has no name');
});

test('points that are on no axis are left out', (t) => {
  const points = [
    [10, 1],
    [20, 0],
    [30, Number.NaN],
    [40, 2],
  ] as const;
  const y = { label: 'y', scale: 'log' } as const;
  const svg = drawChart({ ...LINES, y, series: [{ label: 'ours', role: 'ours', points }] });
  t.is(svg.match(/<circle /g)?.length, 2);
  t.false(svg.includes('NaN'));
});
