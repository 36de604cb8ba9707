// The folder of saved servers: modes, names, and that a file is there whole or not at all.

import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { isServerName, type SavedServer, serversFolder } from '#src/servers/saved-server.js';
import { listServerNames, readServer, removeServer, saveServer } from '#src/servers/store.js';
import { assertNoSecret, KEY, makeFolder } from '../sample.ts';

const SERVER: SavedServer = {
  host: '198.51.100.1',
  basePort: 745,
  serverId: 'gw',
  client: 'alice',
  secret: KEY.secret,
  ports: [],
};

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

test('the folder: as XDG has it', (t) => {
  t.is(serversFolder({ XDG_CONFIG_HOME: '/c', HOME: '/h' }), '/c/eightknock/servers');
  t.is(serversFolder({ HOME: '/h' }), '/h/.config/eightknock/servers');
  t.is(serversFolder({ XDG_CONFIG_HOME: '', HOME: '/h' }), '/h/.config/eightknock/servers');
  t.is(serversFolder({ XDG_CONFIG_HOME: 'relative', HOME: '/h' }), '/h/.config/eightknock/servers');
});

test('what is saved is read again, and is for nobody else', async (t) => {
  const folder = join(await makeFolder(t), 'config', 'eightknock', 'servers');
  t.true(await saveServer(folder, 'gw', SERVER, false));
  t.deepEqual(await readServer(folder, 'gw'), { server: SERVER, problems: [] });
  t.is(await modeOf(join(folder, 'gw.toml')), 0o600);
  t.is(await modeOf(folder), 0o700);
  t.is(await modeOf(join(folder, '..')), 0o700);
  t.deepEqual(await readdir(folder), ['gw.toml']);
});

test('a folder that others could read is closed', async (t) => {
  const folder = join(await makeFolder(t), 'servers');
  await mkdir(folder);
  await chmod(folder, 0o755);
  await saveServer(folder, 'gw', SERVER, false);
  t.is(await modeOf(folder), 0o700);
});

test('a server takes the place of another only when it may', async (t) => {
  const folder = await makeFolder(t);
  await saveServer(folder, 'gw', SERVER, false);
  const before = await readFile(join(folder, 'gw.toml'), 'utf8');
  const other = { ...SERVER, host: '198.51.100.2' };
  t.false(await saveServer(folder, 'gw', other, false));
  t.is(await readFile(join(folder, 'gw.toml'), 'utf8'), before);
  t.true(await saveServer(folder, 'gw', other, true));
  t.is((await readServer(folder, 'gw')).server?.host, '198.51.100.2');
  t.deepEqual(await readdir(folder), ['gw.toml']);
});

test('of many that save the same name at once, one does, and its file is whole', async (t) => {
  const folder = await makeFolder(t);
  const servers = Array.from({ length: 10 }, (_, i) => ({ ...SERVER, host: `198.51.100.${i + 1}` }));
  const saved = await Promise.all(servers.map((server) => saveServer(folder, 'gw', server, false)));
  t.is(saved.filter(Boolean).length, 1);
  t.deepEqual((await readServer(folder, 'gw')).server, servers[saved.indexOf(true)]);
  t.deepEqual(await readdir(folder), ['gw.toml']);
});

test('a replacement never lets a reader see half a file', async (t) => {
  const folder = await makeFolder(t);
  await saveServer(folder, 'gw', SERVER, false);
  let isDone = false;
  const writing = (async () => {
    for (let i = 1; i <= 20; i++) await saveServer(folder, 'gw', { ...SERVER, basePort: i }, true);
    isDone = true;
  })();
  let reads = 0;
  while (!isDone) {
    const { problems } = await readServer(folder, 'gw');
    t.deepEqual(problems, []);
    reads++;
  }
  await writing;
  t.true(reads > 0);
});

test('when the file cannot be put in its place, nothing is left behind', async (t) => {
  const folder = await makeFolder(t);
  await mkdir(join(folder, 'gw.toml', 'x'), { recursive: true });
  await t.throwsAsync(saveServer(folder, 'gw', SERVER, true));
  t.deepEqual(await readdir(folder), ['gw.toml']);
});

test('names: sorted, and of servers only', async (t) => {
  const folder = await makeFolder(t);
  for (const file of ['b.toml', 'a.toml', '.gw.0123', '.hidden.toml', 'notes.txt', 'x y.toml']) {
    await writeFile(join(folder, file), '');
  }
  t.deepEqual(await listServerNames(folder), ['a', 'b']);
  t.deepEqual(await listServerNames(join(folder, 'none')), []);
});

test('a server is removed once', async (t) => {
  const folder = await makeFolder(t);
  await saveServer(folder, 'gw', SERVER, false);
  t.true(await removeServer(folder, 'gw'));
  t.false(await removeServer(folder, 'gw'));
  t.deepEqual(await readdir(folder), []);
});

test('bad file: others may read it, and it has mistakes: all are told', async (t) => {
  const folder = await makeFolder(t);
  const file = join(folder, 'gw.toml');
  await saveServer(folder, 'gw', SERVER, false);
  await writeFile(file, (await readFile(file, 'utf8')).replace('745', '70000').replace('"gw"', '""'));
  await chmod(file, 0o644);
  const { server, problems } = await readServer(folder, 'gw');
  t.is(server, undefined);
  t.deepEqual(
    problems.map(({ message }) => message),
    [
      `${file}: mode 0644: expected a file that neither group nor others may read or write`,
      `${file}: base_port: 70000: expected an integer from 1 to 65280`,
      `${file}: server_id: "": expected a text of 1 to 64 bytes`,
    ],
  );
  t.is(problems[0]?.hint, `chmod 600 ${file}`);
  assertNoSecret(t, problems);
});

test('bad file: others may read it, and that is all', async (t) => {
  const folder = await makeFolder(t);
  await saveServer(folder, 'gw', SERVER, false);
  await chmod(join(folder, 'gw.toml'), 0o640);
  const { server, problems } = await readServer(folder, 'gw');
  t.is(server, undefined);
  t.is(problems.length, 1);
});

test('bad file: not a file at all', async (t) => {
  const folder = await makeFolder(t);
  await mkdir(join(folder, 'gw.toml'));
  await symlink('/dev/null', join(folder, 'null.toml'));
  for (const name of ['gw', 'null']) {
    const message = `${join(folder, `${name}.toml`)}: expected a regular file`;
    t.deepEqual(await readServer(folder, name), { problems: [{ message }] });
  }
});

const name = test.macro({
  title: (_, text: string, expected: boolean) =>
    `${JSON.stringify(text)} is ${expected ? 'a' : 'no'} name for a server`,
  exec(t, text: string, expected: boolean) {
    t.is(isServerName(text), expected);
  },
});

for (const text of ['gw', 'gw.example.net', 'A-1', 'lists']) test(name, text, true);
for (const text of ['add', 'list', 'remove', 'keygen', 'help', 'link']) test(name, text, false);
for (const text of ['', '.gw', '-4', 'a/b', '../gw', 'a b', 'x'.repeat(65)]) test(name, text, false);
