// Files as people have them: with the wrong mode, the wrong content, or no file at all.

import { execFileSync } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { readKeyFile } from '#src/key-file.js';
import { assertNoSecret, KEY, makeFolder, SECRET } from './sample.ts';

const good = test.macro({
  title: (given) => `key file: ${given}`,
  async exec(t, content: string, mode: number) {
    const file = join(await makeFolder(t), 'key');
    await writeFile(file, content);
    await chmod(file, mode);
    t.deepEqual(await readKeyFile(file), { secret: KEY.secret, problems: [] });
  },
});

test('as keygen prints it', good, `${SECRET}\n`, 0o600);
test('without a line break', good, SECRET, 0o600);
test('with a line break of Windows', good, `${SECRET}\r\n`, 0o600);
test('that is read-only', good, SECRET, 0o400);

const MODE = 'expected a file that neither group nor others may read or write';
const ONE_SECRET = 'expected one secret of 43 characters, and nothing else';

const bad = test.macro({
  title: (given) => `bad key file: ${given}`,
  async exec(t, content: string | Uint8Array, mode: number, ...expected: string[]) {
    const file = join(await makeFolder(t), 'key');
    await writeFile(file, content);
    await chmod(file, mode);
    const { secret, problems } = await readKeyFile(file);
    t.is(secret, undefined);
    t.deepEqual(
      problems.map(({ message }) => message),
      expected.map((message) => `${file}: ${message}`),
    );
    assertNoSecret(t, problems);
  },
});

test('group may read', bad, SECRET, 0o640, `mode 0640: ${MODE}`);
test('others may read', bad, SECRET, 0o604, `mode 0604: ${MODE}`);
test('others may write', bad, SECRET, 0o602, `mode 0602: ${MODE}`);
test('42 characters', bad, SECRET.slice(1), 0o600, ONE_SECRET);
test('two lines', bad, `${SECRET}\n\n`, 0o600, ONE_SECRET);
test('a space before', bad, ` ${SECRET}`, 0o600, ONE_SECRET);
test('something else beside it', bad, `secret = "${SECRET}"`, 0o600, ONE_SECRET);
test('empty', bad, '', 0o600, ONE_SECRET);
test('not text', bad, Uint8Array.of(0xff, 0xfe), 0o600, 'expected text in UTF-8');
test('larger than 1 KiB', bad, `${SECRET}\n`.padEnd(1025, '\n'), 0o600, 'expected at most 1024 bytes');
test('mode and content', bad, SECRET.slice(1), 0o644, `mode 0644: ${MODE}`, ONE_SECRET);

test('the hint says how to mend the mode, but only of a file that is a key', async (t) => {
  const file = join(await makeFolder(t), 'key');
  await writeFile(file, SECRET, { mode: 0o644 });
  t.deepEqual((await readKeyFile(file)).problems[0]?.hint, `chmod 600 ${file}`);
  await writeFile(file, 'root:x:0:0:root:/root:/bin/bash\n');
  t.true((await readKeyFile(file)).problems.every(({ hint }) => hint === undefined));
});

test('bad key file: it is not there', async (t) => {
  const file = join(await makeFolder(t), 'key');
  t.deepEqual(await readKeyFile(file), { problems: [{ message: `${file}: there is no such file` }] });
});

test('bad key file: a folder', async (t) => {
  const file = join(await makeFolder(t), 'key');
  await mkdir(file);
  t.deepEqual(await readKeyFile(file), { problems: [{ message: `${file}: expected a regular file` }] });
});

test('bad key file: a pipe, which is not waited for', async (t) => {
  const file = join(await makeFolder(t), 'key');
  execFileSync('mkfifo', ['-m', '600', file]);
  t.deepEqual(await readKeyFile(file), { problems: [{ message: `${file}: expected a regular file` }] });
});

test('a symbolic link: what it leads to is judged', async (t) => {
  const folder = await makeFolder(t);
  const [file, link] = [join(folder, 'key'), join(folder, 'link')];
  await symlink(file, link);
  await writeFile(file, SECRET, { mode: 0o644 });
  t.is((await readKeyFile(link)).problems[0]?.message, `${link}: mode 0644: ${MODE}`);
  await chmod(file, 0o600);
  t.deepEqual((await readKeyFile(link)).secret, KEY.secret);
});

test('a secret in the place of the file name is not shown', async (t) => {
  assertNoSecret(t, await readKeyFile(SECRET));
});
