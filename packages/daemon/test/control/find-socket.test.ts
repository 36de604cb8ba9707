// The path of the socket is found whatever else is wrong with the configuration.

import { chmod } from 'node:fs/promises';
import test from 'ava';
import { mainSchema } from '#src/config/schema.js';
import { DEFAULT_CONTROL_SOCKET, findControlSocket } from '#src/control/find-socket.js';
import { configFile } from '../commands/run-knockdaemon.ts';
import { SECRET, SERVER } from '../config/sample.ts';

const finds = test.macro({
  title: (_, text: string) => `finds it in ${JSON.stringify(text.slice(0, 60))}`,
  async exec(t, text: string, path: string) {
    t.deepEqual(await findControlSocket(await configFile(t, text)), { path });
  },
});

test(finds, `${SERVER}control_socket = "/run/x.sock"\n`, '/run/x.sock');
test(finds, SERVER, DEFAULT_CONTROL_SOCKET);
test(finds, 'control_socket = "/run/x.sock"\nbase_port = 70000\nnonsense = 1\n[[client]]\nname = 7\n', '/run/x.sock');

test(finds, 'base_port = 0\n  control_socket = "/run/x.sock" # here\n[firewall', '/run/x.sock');

const guesses = test.macro({
  title: (_, text: string) => `guesses with ${JSON.stringify(text.slice(0, 60))}`,
  async exec(t, text: string, why: string) {
    const file = await configFile(t, text);
    t.deepEqual(await findControlSocket(file), {
      path: DEFAULT_CONTROL_SOCKET,
      doubt: `"${file}" does not tell where the socket is (${why}); trying "${DEFAULT_CONTROL_SOCKET}", --socket PATH names another`,
    });
  },
});

test(
  guesses,
  'control_socket = "x.sock"\n',
  'control_socket: "x.sock": expected an absolute path of at most 100 bytes',
);
test(guesses, 'control_socket = 7\n', 'control_socket: 7: expected an absolute path of at most 100 bytes');
test(guesses, `# half written\nsecret = "${SECRET}`, 'line 2, column 10: expected TOML, but: unfinished string');

test('a file that others may read is good enough for a path', async (t) => {
  const file = await configFile(t, 'control_socket = "/run/x.sock"\n');
  await chmod(file, 0o644);
  t.deepEqual(await findControlSocket(file), { path: '/run/x.sock' });
});

test('no file', async (t) => {
  const { path, doubt } = await findControlSocket('/nonexistent/k.toml');
  t.is(path, DEFAULT_CONTROL_SOCKET);
  t.regex(doubt ?? '', /\(missing: expected a configuration file\)/);
});

test('what was typed goes before all else', async (t) => {
  t.deepEqual(await findControlSocket('/nonexistent/k.toml', '/a/../b.sock'), { path: '/b.sock' });
  t.deepEqual(await findControlSocket('/nonexistent/k.toml', 'b.sock'), { path: `${process.cwd()}/b.sock` });
});

test('the usual place is that of the configuration', (t) => {
  t.is(DEFAULT_CONTROL_SOCKET, mainSchema.parse({ server_id: 'x' }).control_socket);
});
