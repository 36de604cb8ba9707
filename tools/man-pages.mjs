// Writes the manual pages of both programs from what was built: to packages/*/man/, or into one folder. They are never
// committed, so they are never stale. Dated by SOURCE_DATE_EPOCH, or the last commit, or today.
// Usage: node tools/man-pages.mjs [--of client|daemon] [folder]

import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeCommand, formatManual } from '@eightknock/cli';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Takes what a program writes, and does nothing with it. */
const SILENT = { stdout: () => {}, stderr: () => {}, isTerminal: false, hasColours: false };

const date = editionDate();
const { values, positionals } = parseArgs({ options: { of: { type: 'string' } }, allowPositionals: true });
for (const [name, machine] of [
  ['client', { output: SILENT }],
  ['daemon', SILENT],
]) {
  if (values.of !== undefined && values.of !== name) continue;
  const folder = join(ROOT, 'packages', name);
  const [{ buildProgram }, { MANUAL }] = await Promise.all([
    import(join(folder, 'dist/cli.js')),
    import(join(folder, 'dist/manual.js')),
  ]);
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const program = describeCommand(buildProgram(machine));
  const pages = positionals[0] ?? join(folder, 'man');
  mkdirSync(pages, { recursive: true });
  const file = join(pages, `${program.name}.${MANUAL.section}`);
  writeFileSync(file, formatManual(program, MANUAL, { version, date }));
}

function editionDate() {
  const { SOURCE_DATE_EPOCH: epoch } = process.env;
  const commit = () => spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: ROOT, encoding: 'utf8' }).stdout?.trim();
  const seconds = epoch || commit();
  return seconds ? new Date(Number(seconds) * 1000) : new Date();
}
