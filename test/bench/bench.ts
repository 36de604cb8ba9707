// `npm run bench`: how eightknock does beside its peers in the same run, as ratios; the arguments are in report/arguments.ts.

import { join } from 'node:path';
import { ROOT } from '../lab/page-commands.ts';
import { EXPERIMENTS } from './experiments.ts';
import { HELP, readArguments } from './report/arguments.ts';
import { describeMachine, machineTable } from './report/machine.ts';
import { findingsOf } from './report/page.ts';
import { readFolder, updateFolder } from './report/results-folder.ts';
import { runExperiments } from './report/run-experiments.ts';
import { alignedRows } from './report/terminal.ts';
import { keepOwnEnvironment } from './rig/own-environment.ts';

keepOwnEnvironment(process.env);
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
  const began = performance.now();
  const failed = await runExperiments(
    EXPERIMENTS.filter(({ name }) => wanted.includes(name)),
    {
      extent: short ? 'short' : 'full',
      machine,
      say: console.log,
      keep: async (measured) => {
        if (folder !== undefined) await updateFolder(folder, measured, EXPERIMENTS);
      },
    },
  );
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`bench: done in ${seconds} s${folder === undefined ? '' : `; results are in ${folder}`}`);
  if (failed.length > 0) throw new Error(`not measured: ${failed.join(', ')}`);
}

/** What is there already must go together with what is measured: rather known before than after hours. */
async function requireReadable(folder: string, wanted: readonly string[]): Promise<void> {
  const others = EXPERIMENTS.filter(({ name }) => !wanted.includes(name));
  findingsOf(await readFolder(folder), others);
}
