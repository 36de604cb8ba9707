// The command itself, with the quickest of the experiments; and that the page in docs has a place for every experiment.

import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { ROOT } from '../lab/page-commands.ts';
import { run } from '../lab/run.ts';
import { EXPERIMENTS } from './experiments.ts';
import { drawFigures, fillPage, findingsOf } from './report/page.ts';
import { type Entry, parseResults } from './report/results.ts';

const BENCH = fileURLToPath(new URL('bench.js', import.meta.url));
const DOCS = join(ROOT, 'docs/benchmarks');
const bench = (...args: string[]) => run(process.execPath, [BENCH, ...args], { cwd: tmpdir() });
const needsRoot = process.getuid?.() === 0 ? test.serial : test.serial.skip;

needsRoot(
  'a short run brings results, figures and page up to date; another one leaves the first in place; --draw draws',
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'eightknock-bench-'));
    t.teardown(() => rm(folder, { recursive: true, force: true }));
    const blocks = EXPERIMENTS.map(({ name }) => `<!-- table: ${name} -->\n<!-- end -->\n`);
    await writeFile(join(folder, 'README.md'), blocks.join('\n'));
    for (const name of ['codec', 'firewall-changes']) {
      const { code, stdout, stderr } = await bench('--short', '--output', folder, name);
      t.is(code, 0, stderr);
      t.regex(stdout, new RegExp(`── ${name}: `));
      t.regex(stdout, /\n {2}target +limit +measured\n/);
      t.regex(stdout, /reached|missed/);
    }
    const results = parseResults(await readFile(join(folder, 'results.json'), 'utf8'));
    t.deepEqual(Object.keys(results), ['firewall-changes', 'codec']);
    t.is(results.codec?.extent, 'short');
    t.regex(results.codec?.machine.packages.nftables ?? '', /^\d/);
    const { rows } = (results.codec as Entry).data as { rows: { microseconds: number }[] };
    t.true(rows.every(({ microseconds }) => microseconds > 0));
    for (const name of ['codec.svg', 'firewall-changes.svg']) t.true(existsSync(join(folder, name)), name);
    const page = await readFile(join(folder, 'README.md'), 'utf8');
    t.regex(page, /!\[.*\]\(codec\.svg\)/);
    t.regex(page, /<!-- table: memory -->\n\*Not measured yet\.\*\n/);
    const figure = await readFile(join(folder, 'codec.svg'), 'utf8');
    await rm(join(folder, 'codec.svg'));
    t.is((await bench('--draw', '--output', folder)).code, 0);
    t.is(await readFile(join(folder, 'codec.svg'), 'utf8'), figure);
    t.deepEqual(parseResults(await readFile(join(folder, 'results.json'), 'utf8')), results);
  },
);

test('an experiment that does not exist is refused, with those that do', async (t) => {
  const { code, stderr } = await bench('nothing');
  t.is(code, 1);
  t.regex(stderr, /^bench: error: there is no experiment "nothing": knock-to-rule, /);
});

test('--list names all', async (t) => {
  const { stdout } = await bench('--list');
  for (const { name, title } of EXPERIMENTS) t.true(stdout.includes(`${name} `) && stdout.includes(title), name);
});

test('names are unique', (t) => {
  t.is(new Set(EXPERIMENTS.map(({ name }) => name)).size, EXPERIMENTS.length);
});

test('the page and the figures in docs are what the results make of them: npm run bench -- --draw', (t) => {
  const page = readFileSync(join(DOCS, 'README.md'), 'utf8');
  const file = join(DOCS, 'results.json');
  const results = existsSync(file) ? parseResults(readFileSync(file, 'utf8')) : {};
  t.is(fillPage(page, results, EXPERIMENTS), page);
  for (const [name, figure] of drawFigures(findingsOf(results, EXPERIMENTS))) {
    t.is(readFileSync(join(DOCS, name), 'utf8'), figure, name);
  }
});
