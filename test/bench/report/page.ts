// Puts what was found into a page, between markers that stay:
//   <!-- table: NAME --> … <!-- end -->    figures, targets and tables of an experiment
//   <!-- table: machine -->                where it was measured
//   <!-- table: targets -->                the targets of all

import { drawChart } from '../charts/draw-chart.ts';
import type { Experiment } from '../experiment.ts';
import type { Findings, Table } from './findings.ts';
import { type Machine, machineTable } from './machine.ts';
import type { Results } from './results.ts';
import { targetTable } from './terminal.ts';

const BLOCK = /<!-- table: ([a-z-]+) -->\n[\s\S]*?<!-- end -->/g;

/** What a page and its figures are made of: name → findings. */
export type AllFindings = ReadonlyMap<string, Findings>;

/** Asks the experiments what their entries mean. @throws Error that names an entry whose data an experiment no longer understands */
export function findingsOf(results: Results, experiments: readonly Experiment[]): AllFindings {
  const all = new Map<string, Findings>();
  for (const { name, findings } of experiments) {
    if (!Object.hasOwn(results, name)) continue;
    try {
      all.set(name, findings(results[name]?.data));
    } catch (cause) {
      throw new Error(`what results.json has of "${name}" is of another form: measure it again`, { cause });
    }
  }
  return all;
}

/**
 * Fills all blocks.
 * @throws Error when a block has a name that no experiment has, or an experiment has no block
 */
export function fillPage(page: string, results: Results, experiments: readonly Experiment[]): string {
  const found = findingsOf(results, experiments);
  const missing = new Set(experiments.map(({ name }) => name));
  const filled = page.replaceAll(BLOCK, (_, name: string) => {
    missing.delete(name);
    return `<!-- table: ${name} -->\n${blockOf(name, found, results, experiments)}\n<!-- end -->`;
  });
  if (missing.size > 0) throw new Error(`the page has no block for ${[...missing].join(', ')}`);
  return filled;
}

function blockOf(name: string, found: AllFindings, results: Results, experiments: readonly Experiment[]): string {
  if (name === 'machine') return machines(results);
  if (name === 'targets') return allTargets(found, experiments);
  if (!experiments.some((one) => one.name === name))
    throw new Error(`the page has a block for "${name}": no such experiment`);
  const findings = found.get(name);
  if (!findings) return '*Not measured yet.*';
  const figures = findings.figures.map((figure) => `![${figure.chart.title}](${figure.name}.svg)`);
  const tables = [...targetTable(findings.targets), ...findings.tables].map(markdownTable);
  const { extent, measuredAt } = results[name] as Results[string];
  const short = extent === 'short' ? ['*A short run, which proves nothing.*'] : [];
  return [...short, ...figures, ...tables, `Measured on ${measuredAt.slice(0, 10)}.`].join('\n\n');
}

function machines(results: Results): string {
  const different = new Map<string, Machine>();
  for (const { machine } of Object.values(results)) different.set(JSON.stringify(machine), machine);
  if (different.size === 0) return '*Not measured yet.*';
  return [...different.values()].map((machine) => rowsOf(machineTable(machine))).join('\n\n');
}

function allTargets(found: AllFindings, experiments: readonly Experiment[]): string {
  const rows = experiments.flatMap(({ name }) =>
    (found.get(name)?.targets ?? []).map(({ what, limit, value, verdict }) => {
      return [`[${name}](#${name})`, what, limit, value, verdict];
    }),
  );
  if (rows.length === 0) return '*Not measured yet.*';
  return rowsOf({ title: '', head: ['experiment', 'target', 'limit', 'measured', ''], rows });
}

/** A table in Markdown, its title above it. */
export function markdownTable(table: Table): string {
  return `${table.title}:\n\n${rowsOf(table)}`;
}

function rowsOf({ head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = `|${head.map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** All pictures: name of the file → its text. */
export function drawFigures(found: AllFindings): ReadonlyMap<string, string> {
  const all = [...found.values()].flatMap(({ figures }) => figures);
  return new Map(all.map(({ name, chart }) => [`${name}.svg`, drawChart(chart)]));
}
