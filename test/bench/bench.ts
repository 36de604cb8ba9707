// `npm run bench`: how eightknock does beside its peers in the same run, as ratios; the arguments are in report/arguments.ts.

import { join } from 'node:path';
import { ROOT } from '../lab/page-commands.ts';
import { EXPERIMENTS } from './experiments.ts';
import { HELP, readArguments } from './report/arguments.ts';
import { describeMachine, machineTable } from './report/machine.ts';
import { findingsOf } from './report/page.ts';
import type { Entry } from './report/results.ts';
import { readFolder, updateFolder } from './report/results-folder.ts';
import { alignedRows, findingsText } from './report/terminal.ts';

const names = EXPERIMENTS.map(({ name }) => name);

try {
  await main();
} catch (error) {
  console.error(`bench: error: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}

async function main(): Promise<void> {
  const { help, list, short, draw, output, names: wanted } = readArguments(process.argv.slice(2), names);
  if (help) return console.log(HELP);
  if (list) {
    return console.log(alignedRows({ head: ['NAME', ''], rows: EXPERIMENTS.map(({ name, title }) => [name, title]) }));
  }
  const docs = join(ROOT, 'docs/benchmarks');
  if (draw) return updateFolder(output ?? docs, {}, EXPERIMENTS);
  const folder = output ?? (short ? undefined : docs);
  if (process.getuid?.() !== 0) throw new Error('network namespaces need root');
  if (folder !== undefined) await requireReadable(folder, wanted);
  const machine = await describeMachine();
  console.log(alignedRows(machineTable(machine)));
  const extent = short ? 'short' : 'full';
  const began = performance.now();
  for (const { name, title, measure, findings } of EXPERIMENTS.filter((one) => wanted.includes(one.name))) {
    console.log(`── ${name}: ${title}`);
    const start = performance.now();
    const measuredAt = new Date().toISOString();
    const data = await measure(extent, (text) => console.log(`   ${text}`));
    const seconds = Math.round((performance.now() - start) / 1000);
    console.log(`   took ${seconds} s\n\n${findingsText(findings(data))}`);
    const entry: Entry = { measuredAt, seconds, extent, machine, data };
    // After each, so that a run that is cut short was not in vain.
    if (folder !== undefined) await updateFolder(folder, { [name]: entry }, EXPERIMENTS);
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`bench: done in ${seconds} s${folder === undefined ? '' : `; results are in ${folder}`}`);
}

/** What is there already must go together with what is measured: rather known before than after hours. */
async function requireReadable(folder: string, wanted: readonly string[]): Promise<void> {
  const others = EXPERIMENTS.filter(({ name }) => !wanted.includes(name));
  findingsOf(await readFolder(folder), others);
}
