// `enroll`: the file, the link, and that nothing is written when anything is wrong.

import { access, chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { decodeEnrolmentLink, encodeSecret } from '@eightknock/codec';
import test from 'ava';
import { loadConfig } from '#src/config/load.js';
import { assertNoSecret, clientKeys, clientTable, SERVER } from '../config/sample.ts';
import { callMain, configFile, KNOCKDAEMON, runProgram, runWithoutNatives } from './run-knockdaemon.ts';

test('the file loads again, and the link holds the same', async (t) => {
  const config = await configFile(t, `${SERVER}base_port = 2000\n${clientTable()}`);
  const options = ['--max-time', '60', '--expires', '2999-01-01', '--open-for-other'];
  const result = await callMain('enroll', 'bob', '--ports', 'tcp/22,udp/51820', ...options, '--config', config);
  t.is(result.exitCode, 0);
  const file = join(dirname(config), 'clients.d', 'bob.toml');

  const bob = (await loadConfig(config)).config.clients.find(({ name }) => name === 'bob');
  const ports = [
    { protocol: 'tcp', port: 22 },
    { protocol: 'udp', port: 51820 },
  ] as const;
  const expected = { enabled: true, ports, maxTime: 60, openForOther: true, trustSource: true };
  t.like(bob, { ...expected, expiresMs: Date.UTC(2999, 0, 1) });

  const link = decodeEnrolmentLink(result.stdout);
  t.is(result.stdout, `${result.stdout.trim()}\n`);
  const shared = { host: 'gw.example.net', basePort: 2000, serverId: 'gw.example.net', client: 'bob', ports };
  t.deepEqual(link, { ...shared, secret: bob?.secret as Uint8Array });

  t.is((await stat(file)).mode & 0o7777, 0o600);
  t.is((await stat(dirname(file))).mode & 0o7777, 0o700);
  t.true(result.stderr.startsWith(`knockdaemon: enrolled "bob" in ${file}\n`));
  t.regex(result.stderr, /hint: "knockdaemon reload"/);
  t.false(result.stderr.includes(encodeSecret(link.secret)));
  assertNoSecret(t, result);
});

test('without options: any time, no expiry, not for others', async (t) => {
  const config = await configFile(t, SERVER);
  await callMain('enroll', 'bob', '--ports', 'tcp/22', '--config', config);
  const [bob] = (await loadConfig(config)).config.clients;
  t.deepEqual(Object.keys(bob ?? {}).sort(), ['enabled', 'name', 'openForOther', 'ports', 'secret', 'trustSource']);
  t.is(bob?.openForOther, false);
});

test('two clients have two secrets', async (t) => {
  const config = await configFile(t, SERVER);
  const first = await callMain('enroll', 'a', '--ports', 'tcp/22', '--config', config);
  const second = await callMain('enroll', 'b', '--ports', 'tcp/22', '--config', config);
  t.notDeepEqual(decodeEnrolmentLink(first.stdout).secret, decodeEnrolmentLink(second.stdout).secret);
  t.is((await loadConfig(config)).config.clients.length, 2);
});

const host = test.macro({
  title: (_, serverId: string, args: readonly string[]) => `host: server_id "${serverId}" ${args.join(' ')}`,
  async exec(t, serverId: string, args: readonly string[], expected: string) {
    const config = await configFile(t, `server_id = "${serverId}"`);
    const { stdout } = await callMain('enroll', 'bob', '--ports', 'tcp/22', '--config', config, ...args);
    t.like(decodeEnrolmentLink(stdout), { host: expected, serverId });
  },
});

test(host, 'gw.example.net', [], 'gw.example.net');
test(host, '203.0.113.1', [], '203.0.113.1');
test(host, '2001:db8::1', [], '2001:db8::1');
test(host, 'gw.example.net', ['--host', '192.0.2.1'], '192.0.2.1');
test(host, 'our fleet', ['--host', 'gw'], 'gw');

test('more ports than a link takes: the link leaves them out', async (t) => {
  const config = await configFile(t, SERVER);
  const ports = Array.from({ length: 250 }, (_, i) => `tcp/${20000 + i}`).join(',');
  const { stdout } = await callMain('enroll', 'bob', '--ports', ports, '--config', config);
  t.deepEqual(decodeEnrolmentLink(stdout).ports, []);
  t.is((await loadConfig(config)).config.clients[0]?.ports.length, 250);
});

const NAME = '1 to 64 of A–Z a–z 0–9 . _ - that begin with a letter or digit';
const PORT = 'tcp/N or udp/N with N from 1 to 65535';
const LIST = 'hint: write them as --ports tcp/22,udp/51820';
const MINUTES = 'an integer from 1 to 254 (minutes)';
const ANY_TIME = 'hint: leave --max-time out to allow any time';
const DATE = 'a date such as 2027-01-01, or a date with a time';
const HOST = 'a host name, or an IPv4 or IPv6 address without a zone';
const HOST_HINT = 'hint: say where clients knock; server_id is not the name of a host';

const refuses = test.macro({
  title: (given) => `refuses: ${given}`,
  async exec(t, args: readonly string[], ...lines: string[]) {
    const config = await configFile(t, SERVER + clientTable());
    const ports = args.includes('--ports') ? [] : ['--ports', 'tcp/22'];
    const result = await callMain('enroll', '--config', config, ...ports, ...args);
    t.deepEqual(result, { exitCode: 2, stdout: '', stderr: lines.map((line) => `knockdaemon: ${line}\n`).join('') });
    t.deepEqual(await readdir(dirname(config)), ['knockdaemon.toml']);
  },
});

test('a name with a slash', refuses, ['../bob'], `error: NAME: "../bob": expected ${NAME}`);
test('an empty name', refuses, [''], `error: NAME: "": expected ${NAME}`);
test('a name that is taken', refuses, ['alice'], 'error: NAME: "alice": expected a name that is not taken');
test('port 70000', refuses, ['bob', '--ports', 'tcp/70000'], `error: --ports: "tcp/70000": expected ${PORT}`, LIST);
test('a bare port', refuses, ['bob', '--ports', 'tcp/1,22'], `error: --ports: "22": expected ${PORT}`, LIST);
test('no port', refuses, ['bob', '--ports', ''], `error: --ports: "": expected ${PORT}`, LIST);
test('time 0', refuses, ['bob', '--max-time', '0'], `error: --max-time: "0": expected ${MINUTES}`, ANY_TIME);
test('time 255', refuses, ['bob', '--max-time', '255'], `error: --max-time: "255": expected ${MINUTES}`, ANY_TIME);
test('time 256', refuses, ['bob', '--max-time', '256'], `error: --max-time: "256": expected ${MINUTES}`);
test('time 1e2', refuses, ['bob', '--max-time', '1e2'], `error: --max-time: "1e2": expected ${MINUTES}`);
test(
  'an impossible day',
  refuses,
  ['bob', '--expires', '2999-02-30'],
  `error: --expires: "2999-02-30": expected ${DATE}`,
);
test(
  'a day in the past',
  refuses,
  ['bob', '--expires', '2020-01-01'],
  'error: --expires: "2020-01-01": expected a date that is still to come',
);
test(
  'a host with a zone',
  refuses,
  ['bob', '--host', 'fe80::1%eth0'],
  `error: --host: "fe80::1%eth0": expected ${HOST}`,
  'hint: leave out the zone, the part from "%" on',
);
test('a host with a space', refuses, ['bob', '--host', 'a b'], `error: --host: "a b": expected ${HOST}`);
test(
  'several mistakes at once',
  refuses,
  ['alice', '--ports', 'x', '--max-time', 'y', '--host', '?'],
  'error: NAME: "alice": expected a name that is not taken',
  `error: --ports: "x": expected ${PORT}`,
  LIST,
  `error: --max-time: "y": expected ${MINUTES}`,
  `error: --host: "?": expected ${HOST}`,
);

test('a server id that is no host needs --host', async (t) => {
  for (const serverId of ['gw', 'our fleet', '1.2.3', 'fe80::1%eth0']) {
    const config = await configFile(t, `server_id = "${serverId}"`);
    const { exitCode, stderr } = await callMain('enroll', 'bob', '--ports', 'tcp/22', '--config', config);
    t.is(exitCode, 2);
    t.is(stderr, `knockdaemon: error: --host: missing: expected a host name or address\nknockdaemon: ${HOST_HINT}\n`);
  }
});

test('a name that is taken in clients.d', async (t) => {
  const config = await configFile(t, SERVER, { 'alice.toml': clientKeys() });
  const { exitCode, stderr } = await callMain('enroll', 'alice', '--ports', 'tcp/22', '--config', config);
  t.is(exitCode, 2);
  t.is(stderr, 'knockdaemon: error: NAME: "alice": expected a name that is not taken\n');
  t.is(await readFile(join(dirname(config), 'clients.d', 'alice.toml'), 'utf8'), clientKeys());
});

test('a wrong configuration: nothing is written', async (t) => {
  const config = await configFile(t, `${SERVER}base_port = 0`);
  const { exitCode, stdout, stderr } = await callMain('enroll', 'bob', '--ports', 'tcp/22', '--config', config);
  t.is(exitCode, 2);
  t.is(stdout, '');
  t.true(stderr.startsWith(`knockdaemon: error: ${config}: base_port: 0: expected `));
  await t.throwsAsync(access(join(dirname(config), 'clients.d')));
});

test('a key file that others can read: nothing is written', async (t) => {
  const config = await configFile(t, SERVER + clientTable());
  await chmod(config, 0o644);
  const { exitCode, stderr } = await callMain('enroll', 'bob', '--ports', 'tcp/22', '--config', config);
  t.is(exitCode, 2);
  t.regex(stderr, /: mode 0644: expected .*\nknockdaemon: hint: chmod 600 /);
  assertNoSecret(t, stderr);
  await t.throwsAsync(access(join(dirname(config), 'clients.d')));
});

test('a folder that cannot be made is a failure, exit 1', async (t) => {
  const config = await configFile(t, `${SERVER}clients_dir = "/proc/self"`);
  const { exitCode, stdout, stderr } = await callMain('enroll', 'bob', '--ports', 'tcp/22', '--config', config);
  t.is(exitCode, 1);
  t.is(stdout, '');
  t.regex(stderr, /^knockdaemon: error: E[A-Z]+: .*\nknockdaemon: hint: --debug shows where it comes from\n$/);
});

test('the real command: a link and no QR code into a pipe, no native module', async (t) => {
  const config = await configFile(t, SERVER);
  const { exitCode, stdout } = await runWithoutNatives('enroll', 'bob', '--ports', 'tcp/22', '--config', config);
  t.is(exitCode, 0);
  t.is(decodeEnrolmentLink(stdout).client, 'bob');
  t.is(stdout.split('\n').length, 2);
});

test('the real command on a terminal: the link and a QR code', async (t) => {
  const config = await configFile(t, SERVER);
  const command = `'${process.execPath}' '${KNOCKDAEMON}' enroll bob --ports tcp/22 --config '${config}'`;
  // script(1) gives the command a pseudo-terminal.
  const { exitCode, stdout } = await runProgram('script', ['-qec', command, '/dev/null']);
  t.is(exitCode, 0);
  const lines = stdout.split('\r\n');
  t.is(decodeEnrolmentLink(lines[0] ?? '').client, 'bob');
  // The finder patterns at the two upper corners, inside a margin of four modules, black on white.
  const [, colours, code] = (lines[3] ?? '').split('\u001b');
  t.regex(`${colours}`, /^\[30;107m {4}█▀▀▀▀▀█ .* █▀▀▀▀▀█ {4}$/);
  t.is(code, '[0m');
});

test('two at the same moment: one is enrolled, the other is told', async (t) => {
  const config = await configFile(t, SERVER);
  const args = ['enroll', 'bob', '--ports', 'tcp/22', '--config', config];
  const results = await Promise.all([callMain(...args), callMain(...args)]);
  t.deepEqual(results.map(({ exitCode }) => exitCode).sort(), [0, 2]);
  const winner = results.find(({ exitCode }) => exitCode === 0);
  const loser = results.find(({ exitCode }) => exitCode === 2);
  t.is(loser?.stdout, '');
  t.regex(loser?.stderr ?? '', /^knockdaemon: error: NAME: "bob": expected a name that is not taken/);
  const [bob] = (await loadConfig(config)).config.clients;
  t.deepEqual(decodeEnrolmentLink(winner?.stdout ?? '').secret, bob?.secret);
});

test('a hidden file of a crashed run is no client and no obstacle', async (t) => {
  const config = await configFile(t, SERVER, { '.bob.0011': 'name = ' });
  const { exitCode } = await callMain('enroll', 'bob', '--ports', 'tcp/22', '--config', config);
  t.is(exitCode, 0);
  await writeFile(join(dirname(config), 'clients.d', '.bob.toml'), 'x');
  t.is((await loadConfig(config)).config.clients.length, 1);
});
