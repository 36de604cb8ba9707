// A file of one-time sequences on a real disk: its lines are used in turn, in place, and a process that is killed at any
// moment leaves a file in which nothing is lost and nothing is free twice.

import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, chown, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { LineFile } from '#src/store/line-file.js';
import { temporaryFolder } from '../config/sample.js';

test('used in turn and marked in place, mode and owner as they were', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'once');
  await writeFile(file, '# mine\n1,2\n3,4\n5,6');
  await chmod(file, 0o640);
  if (process.getuid?.() === 0) await chown(file, 34, 34);
  const before = await stat(file);
  const lines = new LineFile(file);
  t.is(lines.spend('1,2'), 'spent');
  t.is(await readFile(file, 'utf8'), '# mine\n#1,2\n3,4\n5,6');
  t.is(lines.spend('3,4'), 'spent');
  t.deepEqual(
    lines.unused().map(({ line }) => line),
    ['5,6'],
  );
  t.is(await readFile(file, 'utf8'), '# mine\n#1,2\n#3,4\n5,6');
  const { mode, uid, gid } = await stat(file);
  t.deepEqual([mode, uid, gid], [before.mode, before.uid, before.gid]);
  t.deepEqual(await readdir(folder), ['once'], 'nothing is left beside it');
});

test('a line that is not the next one is refused, and the file read again', async (t) => {
  const file = join(await temporaryFolder(t), 'once');
  await writeFile(file, '1,2\n3,4\n');
  const lines = new LineFile(file);
  t.is(lines.spend('3,4'), 'line-changed');
  t.is(lines.spend('1,2'), 'spent');
  t.is(lines.spend('1,2'), 'line-changed', 'a second time');
  await writeFile(file, '9,9\n');
  t.is(lines.spend('3,4'), 'line-changed');
  t.deepEqual(
    lines.unused().map(({ line }) => line),
    ['9,9'],
  );
});

test('what cannot be marked is refused', async (t) => {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'once');
  await writeFile(file, '1,2\n');
  const lines = new LineFile(file);
  await rename(file, join(folder, 'elsewhere'));
  t.is(lines.spend('1,2'), 'line-unwritable');
  await mkdir(file);
  t.is(lines.spend('1,2'), 'line-unwritable');
  t.deepEqual(lines.unused().length, 1, 'it is there when the file is');
  t.deepEqual(new LineFile(join(folder, 'nothing')).unused(), []);
});

test('where nothing may be written lines are used in memory', async (t) => {
  const file = join(await temporaryFolder(t), 'once');
  await writeFile(file, '1,2\n3,4\n');
  const lines = new LineFile(file, false);
  t.is(lines.spend('1,2'), 'spent');
  t.deepEqual(
    lines.unused().map(({ line }) => line),
    ['3,4'],
  );
  t.is(await readFile(file, 'utf8'), '1,2\n3,4\n');
});

const SPENDER = fileURLToPath(new URL('../faults/spend-until-killed.js', import.meta.url));

/** Kills it when it has said so many lines. @returns what it said it had used */
function killAfter(child: ChildProcess, lines: number): Promise<string[]> {
  return new Promise((resolve) => {
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk;
      if (said.split('\n').length > lines) child.kill('SIGKILL');
    });
    child.on('exit', () => resolve(said.split('\n').slice(0, -1)));
  });
}

test('killed at any moment: what was used stays used, nothing else is lost', async (t) => {
  const file = join(await temporaryFolder(t), 'once');
  const all = Array.from({ length: 200 }, (_, i) => `${i + 1},${i + 2}`);
  await writeFile(file, `${all.join('\n')}\n`);
  const used: string[] = [];
  for (let round = 1; round <= 8; round++) {
    const child = spawn(process.execPath, [SPENDER, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    used.push(...(await killAfter(child, 3 * round)));
    t.is(new Set(used).size, used.length, 'none twice');
    const text = await readFile(file, 'utf8');
    const marked = text.split('\n').filter((line) => line.startsWith('#')).length;
    t.true(marked - used.length <= round && marked >= used.length, 'one that was marked and not told in each round');
    t.is(text.replaceAll('#', ''), `${all.join('\n')}\n`);
  }
  t.true(used.length >= 50);
});
