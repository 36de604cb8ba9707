// The path of the socket: who may connect, what is made, what is replaced, and what is never removed.

import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import test from 'ava';
import { MAX_SOCKET_PATH_BYTES } from '#src/control/bounds.js';
import { type ControlServer, startControlServer } from '#src/control/control-server.js';
import { temporaryFolder } from '../config/sample.ts';
import { fakeActions } from './fake-actions.ts';
import { ask, Connection, leaveDeadSocket, serve, serveWith, socketPath, until } from './socket.ts';

test.serial('it is made with mode 0600, whatever the umask, which is the same afterwards', async (t) => {
  const before = process.umask(0);
  t.teardown(() => process.umask(before));
  const { path } = await serve(t);
  const status = await lstat(path);
  t.true(status.isSocket());
  t.is(status.mode & 0o7777, 0o600);
  t.is(process.umask(), 0);
});

test.serial('the umask is the same after a path that cannot be', async (t) => {
  const before = process.umask(0o027);
  t.teardown(() => process.umask(before));
  const path = await socketPath(t);
  await writeFile(path, '');
  t.true('problem' in (await startControlServer(path, fakeActions())));
  t.is(process.umask(), 0o027);
});

test.serial('its folder is made where it is missing, for others to look into and no more', async (t) => {
  const before = process.umask(0);
  t.teardown(() => process.umask(before));
  const path = join(await temporaryFolder(t), 'run', 'knockdaemon', 'control.sock');
  const started = await startControlServer(path, fakeActions());
  t.true('server' in started);
  if ('server' in started) t.teardown(() => started.server.stop());
  t.is((await stat(dirname(path))).mode & 0o7777, 0o755);
});

test('it is gone when the server has stopped, and stopping twice is stopping once', async (t) => {
  const { path, server } = await serve(t);
  await server.stop();
  await server.stop();
  t.deepEqual(await readdir(dirname(path)), []);
});

test('the socket of a daemon that is gone is replaced', async (t) => {
  const path = await socketPath(t);
  await leaveDeadSocket(path);
  t.true((await lstat(path)).isSocket());
  const started = await startControlServer(path, fakeActions());
  if ('problem' in started) return t.fail(started.problem.expected);
  t.teardown(() => started.server.stop());
  t.like(await ask(t, path, '{"command":"confirm"}\n'), { ok: true });
  t.deepEqual(await readdir(dirname(path)), ['control.sock']);
});

test('two servers on one path: the second is refused, the first goes on', async (t) => {
  const { path, server } = await serve(t);
  const second = await startControlServer(path, fakeActions());
  t.deepEqual(second, {
    problem: {
      path: 'control_socket',
      value: `"${path}"`,
      expected: 'a socket of our own, but another knockdaemon listens there',
      hint: '"knockdaemon status" shows it; two need a control_socket and a state_dir each',
    },
  });
  t.like(await ask(t, path, '{"command":"confirm"}\n'), { ok: true });
  // To look whether it is alive is no misuse.
  t.deepEqual(Object.values(server.dropped), [0, 0, 0, 0, 0, 0]);
});

test('one that never says a word is alive', async (t) => {
  const path = await serveWith(t, () => undefined);
  const second = await startControlServer(path, fakeActions());
  t.regex('problem' in second ? second.problem.expected : '', /another knockdaemon/);
});

test('of two that start at once over a dead socket, one listens', async (t) => {
  const path = await socketPath(t);
  await leaveDeadSocket(path);
  const started = await Promise.all([startControlServer(path, fakeActions()), startControlServer(path, fakeActions())]);
  const servers = started.flatMap((one) => ('server' in one ? [one.server] : []));
  t.teardown(() => Promise.all(servers.map((server) => server.stop())));
  t.is(servers.length, 1);
  t.like(await ask(t, path, '{"command":"confirm"}\n'), { ok: true });
});

test('a file is not removed', async (t) => {
  const path = await socketPath(t);
  await writeFile(path, 'precious');
  const { problem } = (await startControlServer(path, fakeActions())) as { problem: { expected: string } };
  t.is(problem.expected, 'a path where nothing is, or a socket');
  t.is(await readFile(path, 'utf8'), 'precious');
});

test('a folder is not removed, nor is a link', async (t) => {
  const path = await socketPath(t);
  await mkdir(path);
  t.true('problem' in (await startControlServer(path, fakeActions())));
  t.true((await lstat(path)).isDirectory());
  await symlink('/nonexistent', `${path}.link`);
  t.true('problem' in (await startControlServer(`${path}.link`, fakeActions())));
  t.true((await lstat(`${path}.link`)).isSymbolicLink());
});

const refusesFolder = test.macro({
  title: (_, mode: number) => `a folder of mode ${mode.toString(8)} is refused`,
  async exec(t, mode: number) {
    const folder = await temporaryFolder(t);
    await chmod(folder, mode);
    const path = join(folder, 'control.sock');
    t.deepEqual(await startControlServer(path, fakeActions()), {
      problem: {
        path: 'control_socket',
        value: `"${folder}", mode 0${mode.toString(8)}`.replace('mode 01', 'mode 1'),
        expected: 'a folder in which nobody else may write, for the control socket',
        hint: `chmod go-w ${folder}, or name a socket in a folder of its own`,
      },
    });
    t.deepEqual(await readdir(folder), []);
  },
});

test(refusesFolder, 0o770);
test(refusesFolder, 0o702);
test(refusesFolder, 0o1777);

test('a path under a file', async (t) => {
  const file = join(await temporaryFolder(t), 'file');
  await writeFile(file, '');
  const { problem } = (await startControlServer(join(file, 'control.sock'), fakeActions())) as {
    problem: { expected: string };
  };
  t.is(
    problem.expected,
    'a path in a folder that is there or can be made, but: something that is no folder is in the way',
  );
});

test('a path of the greatest length, and one byte more', async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'x'.repeat(MAX_SOCKET_PATH_BYTES - folder.length - 1));
  const { server } = (await startControlServer(path, fakeActions())) as { server: ControlServer };
  t.like(await ask(t, path, '{"command":"confirm"}\n'), { ok: true });
  await server.stop();
  const { problem } = (await startControlServer(`${path}x`, fakeActions())) as { problem: { expected: string } };
  t.is(problem.expected, 'a path of at most 107 bytes, got 108');
  t.deepEqual(await readdir(folder), []);
});

test('a connection that is open when the server stops is closed', async (t) => {
  const { path, server } = await serve(t);
  const connection = new Connection(t, path);
  await until(() => connection.socket.readyState === 'open');
  await server.stop();
  t.is(await connection.end(), '');
});
