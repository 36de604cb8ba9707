// `status`, and what all commands that speak to a daemon have in common: how its socket is found, and what is said when
// nobody is there.

import test from 'ava';
import { plain } from '#src/control/paint.js';
import { formatStatus } from '#src/control/status-screen.js';
import { SERVER } from '../config/sample.ts';
import { STATUS } from '../control/fake-actions.ts';
import { serve, serveWith, socketPath } from '../control/socket.ts';
import { callControl } from './call-control.ts';
import { callMain, configFile, KNOCKDAEMON, runProgram, runWithoutNatives } from './run-knockdaemon.ts';

const NOT_RUNNING = 'is knockdaemon running? "systemctl status knockdaemon" tells; --socket PATH names another socket';

test('status', async (t) => {
  const { calls, ...result } = await callControl(t, {}, 'status');
  t.deepEqual(result, { exitCode: 0, stdout: formatStatus(STATUS, plain), stderr: '' });
  t.deepEqual(calls, [['status']]);
});

test('status --json', async (t) => {
  const { exitCode, stdout } = await callControl(t, {}, 'status', '--json');
  t.is(exitCode, 0);
  t.is(stdout, `${JSON.stringify(STATUS, null, 2)}\n`);
});

test('--json cannot command the terminal either', async (t) => {
  const store = { writable: false, message: '\u009b2J\u001b' };
  const { stdout } = await callControl(t, { status: () => ({ ...STATUS, store }) }, 'status', '--json');
  t.true(stdout.includes('"message": "\\u009b2J\\u001b"'));
  t.deepEqual(JSON.parse(stdout).store, store);
});

test('no native module is needed', async (t) => {
  const { path } = await serve(t);
  const { exitCode, stderr } = await runWithoutNatives('status', '--socket', path);
  t.is(stderr, '');
  t.is(exitCode, 0);
});

test('the configuration tells the path, although much is wrong with it', async (t) => {
  const { path } = await serve(t);
  const file = await configFile(t, `base_port = 0\nnonsense = 1\ncontrol_socket = "${path}"\n`);
  t.like(await callMain('status', '--config', file), { exitCode: 0, stderr: '' });
});

test('a configuration that cannot be read: the usual place, and a hint', async (t) => {
  const file = await configFile(t, `${SERVER}[firewall`);
  const { exitCode, stdout, stderr } = await callMain('status', '--config', file);
  t.is(exitCode, 1);
  t.is(stdout, '');
  const [doubt, error, hint, end] = stderr.split('\n');
  t.regex(
    doubt ?? '',
    /^knockdaemon: hint: ".*" does not tell where the socket is \(line 2, .*\); trying "\/run\/knockdaemon\/control\.sock", --socket PATH names another$/,
  );
  t.regex(error ?? '', /^knockdaemon: error: .*"\/run\/knockdaemon\/control\.sock"$/);
  t.regex(hint ?? '', /^knockdaemon: hint: /);
  t.is(end, '');
});

for (const command of ['status', 'grants', 'reload', 'audit', 'confirm', 'revoke --all']) {
  test(`not running: ${command}`, async (t) => {
    const path = await socketPath(t);
    t.deepEqual(await callMain(...command.split(' '), '--socket', path, '--json'), {
      exitCode: 1,
      stdout: '',
      stderr: `knockdaemon: error: no control socket at "${path}"\nknockdaemon: hint: ${NOT_RUNNING}\n`,
    });
  });
}

test('too many at once', async (t) => {
  const busy = { ok: false, reason: 'busy', error: 'full\u001b[2J', hint: 'try again' };
  const path = await serveWith(t, (socket) => socket.end(`${JSON.stringify(busy)}\n`));
  t.deepEqual(await callMain('status', '--socket', path), {
    exitCode: 1,
    stdout: '',
    stderr: 'knockdaemon: error: full\\u001b[2J\nknockdaemon: hint: try again\n',
  });
});

test('a daemon that does not understand', async (t) => {
  const refusal = {
    ok: false,
    reason: 'request',
    error: 'the request makes no sense',
    problems: [{ path: 'x\u001b', expected: 'y' }],
  };
  const path = await serveWith(t, (socket) => socket.end(`${JSON.stringify(refusal)}\n`));
  t.deepEqual(await callMain('status', '--socket', path), {
    exitCode: 2,
    stdout: '',
    stderr: 'knockdaemon: error: the request makes no sense\nknockdaemon: error: x\\u001b: expected y\n',
  });
});

test('a path that no socket can have', async (t) => {
  const { exitCode, stderr } = await callMain('status', '--socket', `/${'x'.repeat(107)}`);
  t.is(exitCode, 2);
  t.is(stderr, 'knockdaemon: error: --socket: a text of 108 characters: expected a path of at most 107 bytes\n');
});

test('on a terminal there are colours, unless NO_COLOR says otherwise', async (t) => {
  const { path } = await serve(t);
  // script(1) gives it a terminal.
  const onTerminal = async (...environment: string[]): Promise<string> => {
    const command = `env -u NO_COLOR TERM=xterm ${environment.join(' ')} ${process.execPath} ${KNOCKDAEMON} status --socket ${path}`;
    return (await runProgram('script', ['--quiet', '--command', command, '/dev/null'])).stdout;
  };
  t.true((await onTerminal()).includes('\u001b[32meth0'));
  const plainText = await onTerminal('NO_COLOR=1');
  t.true(plainText.includes('eth0'));
  t.false(plainText.includes('\u001b['));
});
