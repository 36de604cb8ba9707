import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { makeFolder } from '#src/servers/make-folder.js';
import { makeFolder as temporaryFolder } from '../sample.ts';

test('all that are missing are made, for nobody else; what is there stays', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'a'), { mode: 0o755 });
  for (let times = 0; times < 2; times++) await makeFolder(join(folder, 'a', 'b', 'c'));
  const modes = await Promise.all(
    ['a', 'a/b', 'a/b/c'].map(async (path) => (await stat(join(folder, path))).mode & 0o777),
  );
  t.deepEqual(modes, [0o755, 0o700, 0o700]);
});

test('of many that make the same at once, none fails', async (t) => {
  const folder = join(await temporaryFolder(t), 'a', 'b', 'c');
  await t.notThrowsAsync(Promise.all(Array.from({ length: 10 }, () => makeFolder(folder))));
});

test('something else of that name is left alone', async (t) => {
  const file = join(await temporaryFolder(t), 'file');
  await writeFile(file, '', { mode: 0o644 });
  await t.throwsAsync(makeFolder(file), { code: 'ENOTDIR' });
  await t.throwsAsync(makeFolder(join(file, 'a')), { code: 'ENOTDIR' });
  t.is((await stat(file)).mode & 0o777, 0o644);
});

test('where nothing can be made it comes to an end', async (t) => {
  await t.throwsAsync(makeFolder('/proc/sys/eightknock/servers'), { message: /./ });
});
