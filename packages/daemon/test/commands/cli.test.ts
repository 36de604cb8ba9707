// Commands and options themselves: help, version, and what is said to those that do not exist.

import { readFile } from 'node:fs/promises';
import test from 'ava';
import { SECRET } from '../config/sample.ts';
import { callMain, KNOCKDAEMON, runProgram } from './run-knockdaemon.ts';

const HELP = 'hint: "knockdaemon --help" lists commands and options';

const refuses = test.macro({
  title: (_, ...args: [readonly string[], ...string[]]) => `refuses: knockdaemon ${args[0].join(' ')}`,
  async exec(t, args: readonly string[], ...lines: string[]) {
    const result = await callMain(...args);
    t.deepEqual(result, { exitCode: 2, stdout: '', stderr: lines.map((line) => `knockdaemon: ${line}\n`).join('') });
  },
});

test(refuses, ['chek'], 'error: unknown command "chek"', 'hint: did you mean "check"?');
test(refuses, ['states'], 'error: unknown command "states"', 'hint: did you mean "status"?');
test(refuses, ['run', '--rescue', '0'], 'error: --rescue: "0": expected a number of minutes from 1 to 60');
test(refuses, ['run', '--rescue', '61'], 'error: --rescue: "61": expected a number of minutes from 1 to 60');
test(refuses, ['run', '--rescue', '5m'], 'error: --rescue: "5m": expected a number of minutes from 1 to 60');
test(refuses, ['run', '--debug', 'gw'], 'error: --debug: "gw": expected an IPv4 or IPv6 address, or nothing');
test(refuses, ['stop'], 'error: unknown command "stop"', HELP);
test(refuses, ['statsu'], 'error: unknown command "statsu"', 'hint: did you mean "status"?');
test(refuses, ['--config', '/x', 'enrol'], 'error: unknown command "enrol"', 'hint: did you mean "enroll"?');
test(refuses, ['--tset'], 'error: unknown option "--tset"', 'hint: did you mean --test?');
test(refuses, ['check', '--quiet'], 'error: unknown option "--quiet"', HELP);
test(refuses, ['check', 'x'], 'error: too many arguments for "check". Expected 0 arguments but got 1.', HELP);
test(refuses, ['--config'], 'error: option "--config <file>" argument missing', HELP);
test(refuses, ['enroll', '--ports', 'tcp/22'], 'error: missing required argument "name"', HELP);
test(refuses, ['enroll', 'bob'], 'error: required option "--ports <list>" not specified', HELP);
test(refuses, [`--secret=${SECRET}`], 'error: unknown option "--secret=…"', HELP);
test(refuses, ['check', '--\u001b[2J'], 'error: unknown option "--\\u001b[2J"', HELP);

test('--help lists the commands', async (t) => {
  const { exitCode, stdout, stderr } = await callMain('--help');
  t.is(exitCode, 0);
  t.is(stderr, '');
  for (const command of [
    'run [options]',
    'check [options]',
    'enroll [options] <name>',
    'explain [options] [ports...]',
    'flush [options]',
    'status [options]',
    'grants [options]',
    'revoke [options] [address] [port]',
    'reload [options]',
    'audit [options]',
    'confirm [options]',
  ]) {
    t.true(stdout.includes(`\n  ${command} `), command);
  }
});

test('--help of a command lists its options, with the usual configuration file', async (t) => {
  const { exitCode, stdout } = await callMain('run', '--help');
  t.is(exitCode, 0);
  for (const option of ['--config <file>', '--test', '--debug [address]', '--quiet', '--rescue <minutes>'])
    t.true(stdout.includes(option), option);
  t.true(stdout.includes('/etc/knockdaemon/knockdaemon.toml'));
});

test('--version is that of the package, by the real command', async (t) => {
  const manifest = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'));
  t.deepEqual(await runProgram(KNOCKDAEMON, ['--version']), {
    exitCode: 0,
    stdout: `${manifest.version}\n`,
    stderr: '',
  });
});

test('a reader that has gone away is no error', async (t) => {
  const result = await runProgram(KNOCKDAEMON, ['--help'], true);
  t.deepEqual(result, { exitCode: 0, stdout: '', stderr: '' });
});
