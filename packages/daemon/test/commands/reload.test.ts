import test from 'ava';
import { formatProblems } from '#src/messages/problems.js';
import { STATUS } from '../control/fake-actions.ts';
import { callControl } from './call-control.ts';

const PROBLEMS = [
  { file: '/etc/k.toml', path: 'base_port', value: '0', expected: 'an integer from 1 to 65280', hint: 'h' },
  { file: '/etc/k.toml', path: 'client[0].secret', expected: '43 characters of base64url, got 42', hint: 'h' },
];

test('a right configuration: what is in force now', async (t) => {
  const { calls, ...result } = await callControl(t, {}, 'reload');
  t.deepEqual(result, {
    exitCode: 0,
    stdout: 'knockdaemon: reloaded: 12 clients, mode "guard", guarded ports tcp/22, tcp/443\n',
    stderr: '',
  });
  t.deepEqual(calls, [['reload'], ['status']]);
});

test('a right configuration --json', async (t) => {
  const { stdout } = await callControl(t, {}, 'reload', '--json');
  t.deepEqual(JSON.parse(stdout), { problems: [], status: STATUS });
});

test('a wrong one: all problems as `check` prints them', async (t) => {
  const { calls, ...result } = await callControl(t, { reload: async () => PROBLEMS }, 'reload');
  t.deepEqual(result, {
    exitCode: 2,
    stdout: '',
    stderr: `${formatProblems(PROBLEMS)}knockdaemon: hint: nothing was changed: the daemon goes on with the configuration it has\n`,
  });
  t.deepEqual(calls, [['reload']]);
});

test('a wrong one --json: the problems on stdout too', async (t) => {
  const { exitCode, stdout, stderr } = await callControl(t, { reload: async () => PROBLEMS }, 'reload', '--json');
  t.is(exitCode, 2);
  t.deepEqual(JSON.parse(stdout), { problems: PROBLEMS });
  t.true(stderr.startsWith(formatProblems(PROBLEMS)));
});

test('names of files and keys cannot command the terminal', async (t) => {
  const problem = { file: '/a\u001b', path: 'b\u009b', value: 'c\n', expected: 'd\u202e', hint: 'e\u0007' };
  const { stderr } = await callControl(t, { reload: async () => [problem] }, 'reload');
  t.true(
    stderr.startsWith(
      'knockdaemon: error: /a\\u001b: b\\u009b: c\\n: expected d\\u202e\nknockdaemon: hint: e\\u0007\n',
    ),
  );
});
