// Where there are no hard links: what is saved is there whole or not at all, and replaces nothing, all the same.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { saveFiles } from '#src/servers/save-files.js';
import { makeFolder } from '../sample.ts';

/** What file systems without links say: exFAT and FAT, others, Android's policy. */
const CODES = ['EPERM', 'ENOTSUP', 'ENOSYS', 'EACCES'];

const without = (code: string) => async () => {
  throw Object.assign(new Error('no links here'), { code });
};

for (const code of CODES) {
  test(`link(2) says ${code}: a new file is saved, one that is there stays`, async (t) => {
    const folder = await makeFolder(t);
    t.is(await saveFiles(folder, new Map([['gw', 'first']]), false, without(code)), undefined);
    const two = new Map([
      ['new', 'second'],
      ['gw', 'second'],
    ]);
    t.is(await saveFiles(folder, two, false, without(code)), 'gw');
    t.is(await readFile(join(folder, 'gw.toml'), 'utf8'), 'first');
    t.deepEqual(await readdir(folder), ['gw.toml'], 'all of them or none, and nothing else is left');
  });
}

test('of many that save the same name at once, one does, and its file is whole', async (t) => {
  const folder = await makeFolder(t);
  const texts = Array.from({ length: 10 }, (_, i) => `${i} `.repeat(10_000));
  const taken = await Promise.all(
    texts.map((text) => saveFiles(folder, new Map([['gw', text]]), false, without('EPERM'))),
  );
  t.is(taken.filter((name) => name === undefined).length, 1);
  t.is(await readFile(join(folder, 'gw.toml'), 'utf8'), texts[taken.indexOf(undefined)] ?? '');
  t.deepEqual(await readdir(folder), ['gw.toml']);
});

test('nobody ever sees half a file', async (t) => {
  const folder = await makeFolder(t);
  const text = 'x'.repeat(1_000_000);
  let isDone = false;
  const saving = saveFiles(folder, new Map([['gw', text]]), false, without('EPERM')).finally(() => {
    isDone = true;
  });
  while (!isDone) {
    const seen = await readFile(join(folder, 'gw.toml'), 'utf8').catch(() => text);
    t.is(seen.length, text.length);
  }
  await saving;
});
