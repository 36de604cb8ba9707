// Files: who may read them, what they may be, and that one wrong file hides nothing in another. Real temporary folders.

import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { geteuid, seteuid } from 'node:process';
import test, { type ExecutionContext } from 'ava';
import { loadConfig } from '#src/config/load.js';
import { ConfigError, type Problem } from '#src/config/problem.js';
import { assertNoSecret, clientKeys, clientTable, OTHER_SECRET, SECRET, SERVER, temporaryFolder } from './sample.ts';

const BOB = clientKeys({ name: '"bob"', secret: `"${OTHER_SECRET}"` });
const MODE_EXPECTED = 'a file that neither group nor others may read or write: it holds a secret';
const isRoot = geteuid?.() === 0;

/** A folder with knockdaemon.toml and clients.d; every file has mode 0600. */
async function configFolder(
  t: ExecutionContext,
  main: string | undefined,
  clients: Readonly<Record<string, string>> = {},
): Promise<{ folder: string; file: string; clientsDir: string }> {
  const folder = await temporaryFolder(t);
  const file = join(folder, 'knockdaemon.toml');
  const clientsDir = join(folder, 'clients.d');
  if (main !== undefined) await writeFile(file, main, { mode: 0o600 });
  if (Object.keys(clients).length > 0) await mkdir(clientsDir);
  for (const [name, text] of Object.entries(clients)) await writeFile(join(clientsDir, name), text, { mode: 0o600 });
  return { folder, file, clientsDir };
}

async function problemsOf(t: ExecutionContext, file: string): Promise<readonly Problem[]> {
  const error = await t.throwsAsync(loadConfig(file), { instanceOf: ConfigError });
  assertNoSecret(t, error?.problems);
  return error?.problems ?? [];
}

test('clients of the main file and of clients.d', async (t) => {
  const { file, clientsDir } = await configFolder(t, SERVER + clientTable(), { 'bob.toml': BOB });
  const loaded = await loadConfig(file);
  t.deepEqual(
    loaded.config.clients.map(({ name }) => name),
    ['alice', 'bob'],
  );
  t.is(loaded.clientsDir, clientsDir);
});

test('a missing clients.d is no clients', async (t) => {
  const { file, clientsDir } = await configFolder(t, SERVER);
  const loaded = await loadConfig(file);
  t.deepEqual(loaded.config.clients, []);
  t.is(loaded.clientsDir, clientsDir);
});

test('only visible *.toml files are clients', async (t) => {
  const others = { '.carol.toml': 'x', 'carol.toml~': 'x', 'carol.TOML': 'x', README: 'x', '.toml': 'x' };
  const { file } = await configFolder(t, SERVER, { 'bob.toml': BOB, ...others });
  t.deepEqual(
    (await loadConfig(file)).config.clients.map(({ name }) => name),
    ['bob'],
  );
});

test('clients_dir is relative to the configuration file', async (t) => {
  const { file, folder } = await configFolder(t, `${SERVER}clients_dir = "others"`);
  await mkdir(join(folder, 'others'));
  await writeFile(join(folder, 'others', 'bob.toml'), BOB, { mode: 0o600 });
  const loaded = await loadConfig(file);
  t.is(loaded.clientsDir, join(folder, 'others'));
  t.is(loaded.config.clients.length, 1);
});

test('clients_dir that is named and missing', async (t) => {
  const { file } = await configFolder(t, `${SERVER}clients_dir = "/nonexistent/clients"`);
  const place = { file, path: 'clients_dir', value: '"/nonexistent/clients"' };
  const hint = 'mkdir -m 700 /nonexistent/clients';
  t.deepEqual(await problemsOf(t, file), [{ ...place, expected: 'a folder that exists', hint }]);
});

test('clients_dir that is a file', async (t) => {
  const { file, clientsDir } = await configFolder(t, SERVER);
  await writeFile(clientsDir, '');
  const value = `"${clientsDir}"`;
  const expected = 'a folder that can be read, but: ENOTDIR';
  t.deepEqual(await problemsOf(t, file), [{ file, path: 'clients_dir', value, expected }]);
});

test('clients_dir that cannot be one: clients.d is not looked at instead', async (t) => {
  const { file } = await configFolder(t, `${SERVER}clients_dir = 7`, { 'bob.toml': 'x' });
  const expected = 'the name of a folder';
  t.deepEqual(await problemsOf(t, file), [{ file, path: 'clients_dir', value: '7', expected }]);
});

test('a missing file', async (t) => {
  const hint = '--config FILE names another one';
  const problem = { file: '/nonexistent/k.toml', value: 'missing', expected: 'a configuration file', hint };
  t.deepEqual(await problemsOf(t, '/nonexistent/k.toml'), [problem]);
});

test('a missing main file hides no mistake in clients.d', async (t) => {
  const { file, clientsDir } = await configFolder(t, undefined, { 'bob.toml': 'x' });
  const files = (await problemsOf(t, file)).map((problem) => problem.file);
  t.deepEqual(files, [file, join(clientsDir, 'bob.toml')]);
});

const mainMode = test.macro({
  title: (_, mode: number, secret: boolean) =>
    `main file ${secret ? 'with' : 'without'} a client, mode ${mode.toString(8)}`,
  async exec(t, mode: number, secret: boolean, refused: boolean) {
    const { file } = await configFolder(t, SERVER + (secret ? clientTable() : ''));
    await chmod(file, mode);
    if (!refused) {
      await t.notThrowsAsync(loadConfig(file));
      return;
    }
    const value = `mode 0${mode.toString(8)}`;
    t.deepEqual(await problemsOf(t, file), [{ file, value, expected: MODE_EXPECTED, hint: `chmod 600 ${file}` }]);
  },
});

test(mainMode, 0o600, true, false);
test(mainMode, 0o700, true, false);
test(mainMode, 0o400, true, false);
test(mainMode, 0o640, true, true);
test(mainMode, 0o620, true, true);
test(mainMode, 0o604, true, true);
test(mainMode, 0o602, true, true);
test(mainMode, 0o644, false, false);

for (const mode of [0o664, 0o646, 0o622]) {
  test(`main file without a client that others may write, mode ${mode.toString(8)}`, async (t) => {
    const { file } = await configFolder(t, SERVER);
    await chmod(file, mode);
    const expected = 'a file that neither group nor others may write: it says what the daemon does';
    const problem = { file, value: `mode 0${mode.toString(8)}`, expected, hint: `chmod go-w ${file}` };
    t.deepEqual(await problemsOf(t, file), [problem]);
  });
}

const clientMode = test.macro({
  title: (_, mode: number) => `client file, mode ${mode.toString(8)}`,
  async exec(t, mode: number) {
    const { file, clientsDir } = await configFolder(t, SERVER, { 'bob.toml': BOB });
    const bob = join(clientsDir, 'bob.toml');
    await chmod(bob, mode);
    const problem = {
      file: bob,
      value: `mode 0${mode.toString(8)}`,
      expected: MODE_EXPECTED,
      hint: `chmod 600 ${bob}`,
    };
    t.deepEqual(await problemsOf(t, file), [problem]);
  },
});

test(clientMode, 0o640);
test(clientMode, 0o602);

test('the mode is told beside the mistakes in the text, even when it is not TOML', async (t) => {
  const { file, clientsDir } = await configFolder(t, `${SERVER}[[client]]\nsecret = "${SECRET}`, {
    'bob.toml': `${BOB}max_time = 0`,
  });
  await chmod(file, 0o644);
  await chmod(join(clientsDir, 'bob.toml'), 0o644);
  const found = (await problemsOf(t, file)).map(({ file: name, path, value }) => [name, path ?? value]);
  const bob = join(clientsDir, 'bob.toml');
  t.deepEqual(found, [
    [file, 'mode 0644'],
    [file, 'line 3, column 10'],
    [bob, 'mode 0644'],
    [bob, 'max_time'],
  ]);
});

test('the main file may be a symbolic link, whose target is judged', async (t) => {
  const { folder, file } = await configFolder(t, SERVER + clientTable());
  const link = join(folder, 'link.toml');
  await symlink(file, link);
  t.is((await loadConfig(link)).config.clients.length, 1);
  await chmod(file, 0o644);
  t.deepEqual(
    (await problemsOf(t, link)).map(({ file: name, value }) => [name, value]),
    [[link, 'mode 0644']],
  );
});

test('a client file may not be a symbolic link', async (t) => {
  const { folder, file, clientsDir } = await configFolder(t, SERVER, { '.kept': '' });
  await writeFile(join(folder, 'bob.toml'), BOB, { mode: 0o600 });
  await symlink(join(folder, 'bob.toml'), join(clientsDir, 'bob.toml'));
  const problem = { file: join(clientsDir, 'bob.toml'), value: 'a symbolic link', expected: 'a regular file' };
  t.deepEqual(await problemsOf(t, file), [problem]);
});

test('a folder and a pipe in the place of client files: refused, not waited for', async (t) => {
  const { file, clientsDir } = await configFolder(t, SERVER, { '.kept': '' });
  await mkdir(join(clientsDir, 'a.toml'));
  execFileSync('mkfifo', [join(clientsDir, 'b.toml')]);
  const problems = ['a', 'b'].map((name) => ({ file: join(clientsDir, `${name}.toml`), expected: 'a regular file' }));
  t.deepEqual(await problemsOf(t, file), problems);
});

test('a file over 4 MiB', async (t) => {
  const { file } = await configFolder(t, SERVER);
  await truncate(file, 4 * 1024 * 1024 + 1);
  const problem = { file, value: '4194305 bytes', expected: 'at most 4194304 bytes (4 MiB)' };
  t.deepEqual(await problemsOf(t, file), [problem]);
});

test('a file that is not UTF-8', async (t) => {
  const { file } = await configFolder(t, SERVER);
  await writeFile(file, Buffer.from([0x23, 0xff]));
  t.deepEqual(await problemsOf(t, file), [{ file, expected: 'text in UTF-8' }]);
});

test('a byte order mark is no mistake', async (t) => {
  const { file } = await configFolder(t, `\ufeff${SERVER}`);
  t.is((await loadConfig(file)).config.serverId, 'gw.example.net');
});

test('too many client files are not read', async (t) => {
  const { file, clientsDir } = await configFolder(t, SERVER, { '.kept': '' });
  execFileSync('sh', ['-c', 'cd "$1" && seq -f c%g.toml 10001 | xargs touch', 'sh', clientsDir]);
  const problem = { file: clientsDir, value: '10001 files', expected: 'at most 10000 clients' };
  t.deepEqual(await problemsOf(t, file), [problem]);
});

(isRoot ? test : test.skip)('a file of another user is refused (needs root)', async (t) => {
  const { file } = await configFolder(t, SERVER + clientTable());
  await chown(file, 65534, 0);
  const expected = 'a file that belongs to root or to the user who runs this: it holds a secret';
  t.deepEqual(await problemsOf(t, file), [{ file, value: 'owner 65534', expected, hint: `chown root ${file}` }]);
});

(isRoot ? test : test.skip)(
  "root reads the clients of a daemon's own user: his folder, his file (needs root)",
  async (t) => {
    const { file, clientsDir } = await configFolder(t, SERVER, { 'bob.toml': BOB });
    const bob = join(clientsDir, 'bob.toml');
    await chown(clientsDir, 4321, 4321);
    await chown(bob, 4321, 4321);
    t.is((await loadConfig(file)).config.clients.length, 1);

    const expected = 'a file that belongs to root or to the user who runs this: it holds a secret';
    const problem = { file: bob, value: 'owner 4321', expected, hint: `chown root ${bob}` };
    await chmod(clientsDir, 0o775);
    t.deepEqual(await problemsOf(t, file), [problem], 'others may write to the folder');
    await chmod(clientsDir, 0o700);
    await chown(clientsDir, 0, 4321);
    t.deepEqual(await problemsOf(t, file), [problem], "root's folder");
    await chown(clientsDir, 4322, 4321);
    t.deepEqual(await problemsOf(t, file), [problem], "another user's folder");
  },
);

(isRoot ? test.serial : test.skip)('as an ordinary user (needs root)', async (t) => {
  const { folder, file, clientsDir } = await configFolder(t, SERVER, { 'bob.toml': BOB });
  await chmod(folder, 0o755);
  await chmod(clientsDir, 0o755);
  await chmod(file, 0o644);
  const bob = join(clientsDir, 'bob.toml');
  // Between these two lines nothing is awaited but the load itself: other tests of this file have ended or not begun.
  seteuid?.(65534);
  const error = await loadConfig(file).catch((thrown: unknown) => thrown);
  seteuid?.(0);
  const expected = 'a file that this user may read';
  const hint = 'run it as root, or give the file to the user that the daemon runs as (chown)';
  t.true(error instanceof ConfigError);
  const problems = (error as ConfigError).problems;
  t.deepEqual(problems, [{ file: bob, value: 'not readable', expected, hint }]);

  await chown(bob, 65534, 65534);
  seteuid?.(65534);
  const loaded = await loadConfig(file).catch((thrown: unknown) => thrown);
  seteuid?.(0);
  t.like(loaded, { config: { clients: [{ name: 'bob' }] } });
});

test('the secret of a door in a file of its own', async (t) => {
  const folder = await temporaryFolder(t);
  const secretFile = join(folder, 'tumble');
  const door = `[[door]]\nname = "t"\nkind = "tumbler"\nport = 8675\nsecret_file = "${secretFile}"\nclose = { ports = ["tcp/22"] }\n`;
  const { file } = await configFolder(t, SERVER + door);
  await chmod(file, 0o644);
  t.deepEqual(await problemsOf(t, file), [
    {
      file: secretFile,
      value: 'missing',
      expected: 'a file that holds a secret, in one line',
      hint: 'docs/doors.md says what is in it',
    },
  ]);
  await writeFile(secretFile, 'pAsSwOrD\nmore\n', { mode: 0o600 });
  const EXPECTED_LINE = 'a text of 1 to 255 characters in one line';
  t.deepEqual(await problemsOf(t, file), [{ file: secretFile, expected: EXPECTED_LINE }]);
  await writeFile(secretFile, 'pAsSwOrD\n');
  await chmod(secretFile, 0o640);
  t.like((await problemsOf(t, file))[0], { file: secretFile, value: 'mode 0640', expected: MODE_EXPECTED });
  await chmod(secretFile, 0o600);
  const [loaded] = (await loadConfig(file)).config.doors;
  t.like(loaded, { kind: 'tumbler', secret: 'pAsSwOrD', secretFile });
});
