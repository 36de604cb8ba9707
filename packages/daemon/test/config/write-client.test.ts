// The file of a new client: what is in it, who may read it, and that it never replaces another.

import { chmod, chown, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSecret } from '@eightknock/codec';
import test from 'ava';
import type { ClientConfig } from '#src/config/config.js';
import { formatClient, writeNewClient } from '#src/config/write-client.js';
import { SECRET, temporaryFolder } from './sample.ts';

const CLIENT: ClientConfig = {
  name: 'alice',
  secret: decodeSecret(SECRET),
  enabled: true,
  ports: [
    { protocol: 'tcp', port: 22 },
    { protocol: 'udp', port: 53 },
  ],
  openForOther: false,
  trustSource: true,
};

test('what is as by default is left out', (t) => {
  t.is(formatClient(CLIENT), `name = "alice"\nsecret = "${SECRET}"\nports = ["tcp/22", "udp/53"]\n`);
});

test('everything else is written', (t) => {
  const changes = { enabled: false, maxTime: 7, openForOther: true, trustSource: false };
  const text = formatClient({ ...CLIENT, ...changes, expiresMs: Date.UTC(2027, 0, 1) });
  const lines = [
    'enabled = false',
    'max_time = 7',
    'open_for_other = true',
    'trust_source = false',
    'expires = 2027-01-01',
  ];
  for (const line of lines) t.true(text.includes(`${line}\n`), line);
});

const modes = test.macro({
  title: (_, umask: number) => `modes do not depend on the umask, here ${umask.toString(8)}`,
  async exec(t, umask: number) {
    const folder = join(await temporaryFolder(t), 'clients.d');
    const before = process.umask(umask);
    const file = await writeNewClient(folder, CLIENT);
    process.umask(before);
    t.is(file, join(folder, 'alice.toml'));
    t.is((await stat(folder)).mode & 0o7777, 0o700);
    t.is((await stat(join(folder, 'alice.toml'))).mode & 0o7777, 0o600);
    t.is(await readFile(join(folder, 'alice.toml'), 'utf8'), formatClient(CLIENT));
    t.deepEqual(await readdir(folder), ['alice.toml']);
  },
});

test.serial(modes, 0o000);
test.serial(modes, 0o777);

test('a folder that is there keeps its mode', async (t) => {
  const folder = await temporaryFolder(t);
  await chmod(folder, 0o755);
  t.truthy(await writeNewClient(folder, CLIENT));
  t.is((await stat(folder)).mode & 0o7777, 0o755);
});

test('a file that is there stays as it is, and nothing is left behind', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'alice.toml'), 'kept');
  t.is(await writeNewClient(folder, CLIENT), undefined);
  t.is(await readFile(join(folder, 'alice.toml'), 'utf8'), 'kept');
  t.deepEqual(await readdir(folder), ['alice.toml']);
});

test('of many at the same moment one is written', async (t) => {
  const folder = join(await temporaryFolder(t), 'clients.d');
  const written = await Promise.all(Array.from({ length: 8 }, () => writeNewClient(folder, CLIENT)));
  t.is(written.filter((file) => file !== undefined).length, 1);
  t.deepEqual(await readdir(folder), ['alice.toml']);
});

test('the folder above must exist', async (t) => {
  const folder = join(await temporaryFolder(t), 'a', 'clients.d');
  await t.throwsAsync(writeNewClient(folder, CLIENT), { code: 'ENOENT' });
});

test('a folder in the place of the file is not replaced', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'alice.toml'));
  t.is(await writeNewClient(folder, CLIENT), undefined);
});

const asRoot = process.geteuid?.() === 0 ? test : test.skip;

asRoot('written by root, the file belongs to whom the folder belongs', async (t) => {
  const folder = await temporaryFolder(t);
  await chown(folder, 4321, 5432);
  const { uid, gid, mode } = await stat((await writeNewClient(folder, CLIENT))!);
  t.deepEqual([uid, gid, mode & 0o7777], [4321, 5432, 0o600]);
});

asRoot("in root's folder it stays root's, whatever the folder's group", async (t) => {
  const folder = await temporaryFolder(t);
  await chown(folder, 0, 5432);
  const { uid, gid } = await stat((await writeNewClient(folder, CLIENT))!);
  t.deepEqual([uid, gid], [0, 0]);
});
