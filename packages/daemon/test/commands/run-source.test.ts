// Which knockd.conf is in force while a running daemon reads its configuration again.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { RunSource } from '#src/commands/run-source.js';
import { SERVER, temporaryFolder } from '../config/sample.ts';
import { configFile } from './run-knockdaemon.ts';

test('a knockd.conf is in force when it was taken, not when it was read', async (t) => {
  const knockd = join(await temporaryFolder(t), 'knockd.conf');
  const write = (door: string) =>
    writeFile(knockd, `[${door}]\nsequence = 7000,8000\ncommand = /bin/true\n`, { mode: 0o600 });
  const source = new RunSource({ knockd });
  const doors = () => [...(source.knockd?.doors.keys() ?? [])];
  await write('old');
  const first = await source.load();
  t.deepEqual(doors(), []);
  first.onTaken?.();
  t.deepEqual(doors(), ['old']);
  await write('new');
  const second = await source.load();
  t.deepEqual(doors(), ['old'], 'it may yet be refused');
  second.onTaken?.();
  t.deepEqual(doors(), ['new']);
  t.is(second.file, undefined);
});

test('the file that problems name is the knockdaemon.toml', async (t) => {
  const main = await configFile(t, SERVER);
  t.is((await new RunSource({ main }).load()).file, main);
});
