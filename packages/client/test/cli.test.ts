// Whole commands on a machine without network: what is sent, what is printed, which exit code.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { buildProgram, main } from '#src/cli.js';
import { isServerName } from '#src/servers/saved-server.js';
import { FakeClock, FakeMachine, type FakeOptions } from './fake-machine.ts';
import { assertNoSecret, linkFor, makeFolder, SECRET, SERVER_ID, VECTOR_PORTS, VECTOR_SECONDS } from './sample.ts';

interface Done {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly machine: FakeMachine;
}

async function run(options: FakeOptions, ...args: string[]): Promise<Done> {
  const machine = new FakeMachine(options);
  const code = await main(args, machine);
  return { code, out: machine.out, err: machine.err, machine };
}

/** A configuration folder with one saved server, `gw`. */
async function enrolled(t: ExecutionContext, host = '198.51.100.1', rest?: string): Promise<{ config: string }> {
  const config = await makeFolder(t);
  const { code, err } = await run({ config }, 'add', 'gw', linkFor(host, rest));
  t.is(code, 0, err);
  return { config };
}

const overTcp = (ports: readonly number[]) => ports.map((port) => `tcp 198.51.100.1 ${port}`);

test('the shortest command: the vector of the protocol goes to the only saved server', async (t) => {
  const { code, out, err, machine } = await run(await enrolled(t), '--port', '22', '--time', '0');
  t.is(code, 0);
  t.deepEqual(machine.knocks, overTcp(VECTOR_PORTS));
  t.is(machine.clock.elapsedMs(), 7 * 2);
  t.is(
    out,
    'knocking at 198.51.100.1 over TCP: open port 22 for 203.0.113.7, no time limit\n8 knocks sent in 0.01 s\n',
  );
  t.is(err, '');
});

test('without saved servers, over UDP, at another base port, slowly', async (t) => {
  const config = await makeFolder(t);
  const key = join(config, 'key');
  await writeFile(key, `${SECRET}\n`, { mode: 0o600 });
  const args = ['198.51.100.1', '--port', '22', '--time', '0', '--key-file', key, '--server-id', SERVER_ID];
  const { code, machine, err } = await run(
    { config },
    ...args,
    '--base-port',
    '1745',
    '--transport',
    'udp',
    '--delay',
    '100',
  );
  t.is(code, 0, err);
  t.deepEqual(
    machine.knocks,
    VECTOR_PORTS.map((port) => `udp 198.51.100.1 ${port + 1000}`),
  );
  t.is(machine.clock.elapsedMs(), 700);
});

const printed = test.macro({
  title: (_, args: readonly string[]) => `--print ${args.join(' ')}`,
  async exec(t, args: readonly string[], seconds: number, nonce: number, expected: string, host?: string) {
    const clock = new FakeClock(seconds);
    const { code, out, machine } = await run({ ...(await enrolled(t, host)), clock, nonce }, '--print', ...args);
    t.is(code, 0);
    t.is(out, `${expected}\n`);
    t.deepEqual(machine.knocks, []);
  },
});

const FIRST_VECTOR = VECTOR_PORTS.join(' ');
test(printed, ['--port', '22', '--time', '0'], VECTOR_SECONDS, 5, FIRST_VECTOR);
test(printed, ['--port', '22', '--time', '0', '--quiet'], VECTOR_SECONDS, 5, FIRST_VECTOR);
test(
  printed,
  ['--port', '443', '--ip', 'source', '--time', '255'],
  VECTOR_SECONDS,
  15,
  '838 960 906 887 972 999 829 997',
);
test(
  printed,
  ['--port', '51820', '--time', '30'],
  VECTOR_SECONDS + 29,
  0,
  '993 909 745 994 899 939 962 875',
  '[2001:db8:1::1]',
);
// Nothing is known of this host, and nothing need be.
test(printed, ['--port', '22', '--ip', '203.0.113.7', '--time', '0'], VECTOR_SECONDS, 5, FIRST_VECTOR, 'gw.invalid');

test('--print resolves the host when the address has to be found out', async (t) => {
  const { code, err } = await run(await enrolled(t, 'gw.invalid'), '--print', '--port', '22');
  t.is(code, 1);
  t.regex(err, /^knockclient: error: host "gw\.invalid" has no address \(ENOTFOUND\)\n/);
});

test('--print --json', async (t) => {
  const { out } = await run(
    await enrolled(t),
    '--print',
    '--json',
    '--port',
    '22',
    '--ip',
    '203.0.113.7',
    '--time',
    '0',
  );
  t.deepEqual(JSON.parse(out), {
    ok: true,
    server: 'gw',
    host: '198.51.100.1',
    address: null,
    basePort: 745,
    transport: 'tcp',
    port: 22,
    time: 0,
    claimedAddress: '203.0.113.7',
    ports: VECTOR_PORTS,
    window: VECTOR_SECONDS / 30,
    hints: [],
  });
});

test('--json', async (t) => {
  const options = { ...(await enrolled(t, 'gw.example.net')), hosts: { 'gw.example.net': ['198.51.100.1'] } };
  const { code, out, err } = await run({ ...options, ownAddress: () => '10.0.0.5' }, 'gw', '--port', '22', '--json');
  t.is(code, 0);
  t.is(err, '');
  const { ports, hints, ...answer } = JSON.parse(out);
  t.is(ports.length, 8);
  t.regex(hints[0], /--ip with your public address/);
  t.deepEqual(answer, {
    ok: true,
    server: 'gw',
    host: 'gw.example.net',
    address: '198.51.100.1',
    basePort: 745,
    transport: 'tcp',
    port: 22,
    time: 1,
    claimedAddress: 'source',
    knocks: 8,
    seconds: 0.014,
    ways: [{ address: '198.51.100.1', claimedAddress: 'source' }],
  });
});

test('--quiet', async (t) => {
  const options = { ...(await enrolled(t)), ownAddress: () => '10.0.0.5' };
  const { code, out, err, machine } = await run(options, '--port', '23', '--quiet');
  t.deepEqual([code, out, err], [0, '', '']);
  t.is(machine.knocks.length, 8);
  t.deepEqual((await run(options, '--port', '22', '--quiet', '--wait')).out, '');
});

test('--debug tells what was found out, on stderr, and no secret', async (t) => {
  const { out, err } = await run(await enrolled(t), '--port', '22', '--time', '0', '--debug');
  t.regex(err, /debug: server gw, host 198\.51\.100\.1, server id gw\.example\.net\n/);
  t.regex(err, /debug: this machine's address on the way there is 203\.0\.113\.7; claiming 203\.0\.113\.7\n/);
  t.true(err.includes(`debug: window 60000000, nonce 5, ports ${FIRST_VECTOR}\n`));
  t.false(out.includes('debug'));
  assertNoSecret(t, out + err);
});

test('on a terminal the dots fill, and the last line is the result', async (t) => {
  const { out } = await run({ ...(await enrolled(t)), isTerminal: true }, '--port', '22');
  t.true(out.includes('●●●○○○○○'));
  t.true(out.endsWith('\r\u001b[K8 knocks sent in 0.01 s\n'));
});

const hinted = test.macro({
  title: (given) => `hint: ${given}`,
  async exec(t, options: FakeOptions, args: readonly string[], hint: RegExp) {
    const { code, err } = await run({ ...(await enrolled(t)), ...options }, ...args);
    t.is(code, 0);
    t.regex(err, hint);
    t.is(err.split('\n').length, 2);
  },
});

test(
  'behind a NAT',
  hinted,
  { ownAddress: () => '100.64.1.2' },
  ['--port', '22'],
  /^knockclient: hint: the server will not see this machine as 100\.64\.1\.2,.*--ip with your public address\n$/,
);
test(
  'a port that is not on the list',
  hinted,
  {},
  ['--port', '23'],
  /hint: port 23 is not among those saved for "gw": tcp\/22, udp\/51820/,
);
test(
  'too slow for servers',
  hinted,
  {},
  ['--port', '22', '--delay', '2000'],
  /hint: the eight knocks take 14 s; servers forget/,
);

test('--wait: it opens after the second sequence, which is no replay', async (t) => {
  const looks = ['silent', 'open'] as const;
  const options = { ...(await enrolled(t)), looks };
  const { code, out, machine } = await run(options, '--port', '22', '--time', '0', '--wait');
  t.is(code, 0);
  t.is(machine.knocks.length, 16);
  t.deepEqual(machine.knocks.slice(0, 8), overTcp(VECTOR_PORTS));
  t.notDeepEqual(machine.knocks.slice(8), machine.knocks.slice(0, 8));
  t.true(machine.tries.every((seen) => seen === '198.51.100.1 22'));
  t.is(
    out,
    [
      'knocking at 198.51.100.1 over TCP: open port 22 for 203.0.113.7, no time limit',
      'not open yet (no answer), knocking again',
      'port 22 is open after 0.44 s (16 knocks, 2 tries)',
      '',
    ].join('\n'),
  );
});

const BOTH_FAMILIES = { 'gw.example.net': ['2001:db8:1::1', '198.51.100.1'] };

test('both families are knocked on, each with its own address', async (t) => {
  const options = { ...(await enrolled(t, 'gw.example.net')), hosts: BOTH_FAMILIES };
  const { code, out, machine } = await run(options, '--port', '22', '--json');
  t.is(code, 0);
  const { knocks, ways } = JSON.parse(out);
  t.is(knocks, 16);
  t.deepEqual(ways, [
    { address: '2001:db8:1::1', claimedAddress: '2001:db8::7' },
    { address: '198.51.100.1', claimedAddress: '203.0.113.7' },
  ]);
  for (const { address } of ways) t.is(machine.knocks.filter((knock) => knock.includes(` ${address} `)).length, 8);
});

test('"source" along both ways is not the same sequence twice', async (t) => {
  const options = { ...(await enrolled(t, 'gw.example.net')), hosts: BOTH_FAMILIES };
  const { machine } = await run(options, '--port', '22', '--ip', 'source');
  const ports = (address: string) => machine.knocks.flatMap((knock) => knock.split(`${address} `)[1] ?? []);
  t.is(ports('198.51.100.1').length, 8);
  t.notDeepEqual(ports('198.51.100.1'), ports('2001:db8:1::1'));
});

test('-4 leaves the other family alone', async (t) => {
  const options = { ...(await enrolled(t, 'gw.example.net')), hosts: BOTH_FAMILIES };
  const { machine } = await run(options, '--port', '22', '-4');
  t.is(machine.knocks.length, 8);
  t.true(machine.knocks.every((knock) => knock.startsWith('tcp 198.51.100.1 ')));
});

test('--wait: a family that stays closed is not waited for without end, and told', async (t) => {
  const looksAt = (address: string) => (address.includes(':') ? 'silent' : 'open');
  const options = { ...(await enrolled(t, 'gw.example.net')), hosts: BOTH_FAMILIES, looksAt };
  const { code, out, err, machine } = await run(options, '--port', '22', '--wait', '60');
  t.is(code, 0);
  t.regex(out, /port 22 is open after \d(?:\.\d+)? s \(40 knocks, 4 tries\)\n$/);
  t.is(err, 'knockclient: hint: port 22 is not open over IPv6 (no answer); -4 leaves IPv6 out\n');
  t.is(machine.knocks.filter((knock) => knock.includes(' 198.51.100.1 ')).length, 8, 'the open way is left alone');
});

test('a way on which nothing can be sent is given up, and told', async (t) => {
  const options = { ...(await enrolled(t, 'gw.example.net')), hosts: BOTH_FAMILIES };
  const failAt = [1, 'EACCES', '2001:db8:1::1'] as const;
  const { code, out, err } = await run({ ...options, failAt }, '--port', '22');
  t.is(code, 0);
  t.regex(out, /8 knocks sent/);
  t.is(err, 'knockclient: hint: not knocked at 2001:db8:1::1: this machine does not allow it (EACCES)\n');
});

test('--wait --json: open', async (t) => {
  const { code, out } = await run(await enrolled(t), '--port', '22', '--wait', '--json');
  const { ok, outcome, knocks, seconds } = JSON.parse(out);
  t.deepEqual([code, ok, outcome, knocks, seconds], [0, true, 'open', 8, 0.034]);
});

test('--wait --json: not open', async (t) => {
  const options = { ...(await enrolled(t)), looks: ['refused'] as const };
  const { code, out, err } = await run(options, '--port', '22', '--wait', '2', '--json');
  const { ok, error, hint, outcome, knocks, seconds, ports } = JSON.parse(out);
  t.deepEqual([code, ok, outcome, knocks, seconds, err], [1, false, 'refused', 32, 2, '']);
  t.is(error, 'port 22 did not open within 2 s: connections are refused');
  t.regex(hint, /nothing listens/);
  t.is(ports.length, 8);
});

test('--wait: not open, in words', async (t) => {
  const options = { ...(await enrolled(t)), looks: ['silent'] as const };
  const { code, err } = await run(options, '--port', '22', '--wait', '2');
  t.is(code, 1);
  t.regex(err, /^knockclient: error: port 22 did not open within 2 s: no answer\nknockclient: hint: not opened: /);
});

const failed = test.macro({
  title: (given) => `exit 1: ${given}`,
  async exec(t, options: FakeOptions, args: readonly string[], error: RegExp) {
    const enrolment = await enrolled(t, 'gw.example.net');
    const whole = { ...enrolment, hosts: { 'gw.example.net': ['198.51.100.1'] }, ...options };
    const { code, out, err } = await run(whole, '--port', '22', ...args);
    t.is(code, 1);
    t.regex(err, error);
    t.false(out.includes('sent'));
    const asJson = await run(whole, '--port', '22', '--json', ...args);
    const { ok, error: message } = JSON.parse(asJson.out);
    t.deepEqual([asJson.code, ok, asJson.err], [1, false, '']);
    t.true(err.includes(`error: ${message}\n`));
  },
});

test(
  'the third knock cannot be sent',
  failed,
  { failAt: [3, 'EPERM'] },
  [],
  /knock 3 of 8, to port \d+, was not sent: this machine does not allow it \(EPERM\)\n.*hint: /,
);
test('an unknown host', failed, { hosts: {} }, [], /host "gw\.example\.net" has no address/);
test(
  'no way there',
  failed,
  { ownAddress: () => undefined },
  [],
  /there is no way to host "gw\.example\.net" \(198\.51\.100\.1\)/,
);
test('no address of the family', failed, {}, ['-6'], /has no IPv6 address/);
test(
  'no address of the family of --ip',
  failed,
  {},
  ['--ip', '2001:db8::7'],
  /--ip 2001:db8::7 can be opened for over IPv6 only/,
);

test('what was sent before a failure ends there', async (t) => {
  const { machine } = await run({ ...(await enrolled(t)), failAt: [3, 'EPERM'] }, '--port', '22');
  t.is(machine.knocks.length, 2);
});

const misused = test.macro({
  title: (_, args: readonly string[]) => `exit 2: ${args.map((arg) => arg || "''").join(' ')}`,
  async exec(t, args: readonly string[], errors: readonly RegExp[]) {
    const { code, out, err, machine } = await run(await enrolled(t), ...args);
    t.is(code, 2);
    t.is(out, '');
    t.deepEqual(machine.knocks, []);
    const lines = err.split('\n').filter((line) => line.startsWith('knockclient: error: '));
    t.is(lines.length, errors.length, err);
    for (const [i, error] of errors.entries()) t.regex(lines[i] ?? '', error);
    assertNoSecret(t, err);
    const asJson = await run(await enrolled(t), '--json', ...args);
    t.is(asJson.code, 2);
    if (asJson.out !== '') t.false(JSON.parse(asJson.out).ok);
  },
});

test(misused, [], [/--port: missing/]);
test(misused, ['--port', '70000', '--time', '256'], [/--port: "70000"/, /--time: "256"/]);
test(misused, ['--port', ''], [/--port: ""/]);
test(misused, ['--port'], [/option "--port <n>" argument missing/]);
test(misused, ['nosuch', '--port', 'x'], [/--port: "x"/, /--key-file and --server-id: missing/]);
test(misused, ['--port', '22', '--host', '::1', '-4'], [/--key-file and --server-id/]);
test(misused, ['gw', '--port', '22', '--host', '::1', '-4'], [/host "::1" has no IPv4 address/]);
test(misused, ['gw', '--port', '22', '--ip', '2001:db8::7'], [/host "198\.51\.100\.1" has no IPv6 address, and --ip/]);
test(misused, ['--port', '22', '-46'], [/-4 and -6/]);
test(misused, ['--port', '22', '--wait', '--time', '255'], [/--wait and --time 255/]);
test(misused, ['--port', '22', '--print', '--wait'], [/--print and --wait/]);
test(misused, ['--port', '51820', '--wait'], [/--wait: port 51820 is open for UDP only/]);
test(misused, ['--port', '22', '--wait', 'gw'], [/--wait: "gw"/]);
test(misused, ['--port', '22', '--key-file', '/nonexistent/key'], [/\/nonexistent\/key: there is no such file/]);
test(misused, ['--port', '22', '--key-file', SECRET], [/…: there is no such file/]);
test(misused, ['--prot', '22'], [/unknown option "--prot"/]);
test(misused, ['gw', 'more', '--port', '22'], [/too many arguments/]);
test(misused, [linkFor('gw'), '--port', '22'], [/SERVER: a text of \d+ characters/]);
test(
  misused,
  ['--port', '22', '--quiet', 'list'],
  [/--port does not go with "list"/, /--quiet does not go with "list"/],
);
test(misused, ['list', '--port', '22'], [/unknown option "--port"/]);
test(misused, ['add'], [/missing required argument "name"/]);
test(misused, ['add', 'x'], [/LINK: link must begin/]);
test(misused, ['--wait', '--port', '22', 'add', 'x', linkFor('gw')], [/--wait does not go with "add"/]);
test(misused, ['add', 'gw', linkFor('gw')], [/"gw" is saved already/]);
test(misused, ['add', 'list', linkFor('gw')], [/NAME: "list"/]);
test(misused, ['add', 'knock', linkFor('gw')], [/NAME: "knock"/]);
test(misused, ['add', '../x', `${linkFor('gw')}&x=1`], [/NAME: "\.\.\/x"/, /LINK: link must have no parameter but/]);
test(misused, ['add', linkFor('gw'), 'home'], [/NAME: a text of/, /LINK: link must begin with eightknock/]);
test(misused, ['add', 'home', linkFor('gw').slice(0, -30)], [/LINK: secret must be 43 characters/]);
test(misused, ['remove', 'nosuch'], [/"nosuch" is not a saved server/]);
test(misused, ['remove', '../servers/gw'], [/"\.\.\/servers\/gw" is not a saved server/]);
test(misused, ['keygen', 'x'], [/too many arguments/]);

test('add shows what was saved, and no secret', async (t) => {
  const config = await makeFolder(t);
  const { out, err } = await run({ config }, 'add', 'gw', linkFor('gw.example.net:2000'));
  t.is(
    out,
    `saved "gw" in ${config}/eightknock/servers/gw.toml
  server  gw.example.net
  host    gw.example.net, knocks on 2000–2255
  client  alice
  ports   tcp/22, udp/51820
`,
  );
  t.is(err, '');
});

test('add takes the link from standard input, where nobody else sees it', async (t) => {
  const config = await makeFolder(t);
  const { code } = await run({ config, input: `${linkFor('198.51.100.9')}\n` }, 'add', 'gw', '-');
  t.is(code, 0);
  t.true((await run({ config }, 'list')).out.includes('198.51.100.9'));
});

test('add --force replaces', async (t) => {
  const options = await enrolled(t);
  t.is((await run(options, 'add', '--force', 'gw', linkFor('198.51.100.9'))).code, 0);
  t.true((await run(options, 'list')).out.includes('198.51.100.9'));
});

test('list, add, list, remove, list', async (t) => {
  const options = { config: await makeFolder(t) };
  const none = await run(options, 'list');
  t.deepEqual([none.code, none.out], [0, '']);
  t.regex(none.err, /hint: no server is saved/);
  t.is((await run(options, 'list', '--json')).out, '{"ok":true,"servers":[]}\n');

  await run(options, 'add', 'home', linkFor('[2001:db8::1]:2000', ''));
  await run(options, 'add', 'gw', linkFor('198.51.100.1'));
  const { out } = await run(options, 'list');
  t.is(
    out,
    `NAME  HOST          BASE PORT  CLIENT  PORTS
gw    198.51.100.1  745        alice   tcp/22, udp/51820
home  2001:db8::1   2000       alice   -
`,
  );
  const asJson = await run(options, '--json', 'list');
  t.deepEqual(JSON.parse(asJson.out).servers[1], {
    name: 'home',
    default: false,
    host: '2001:db8::1',
    basePort: 2000,
    serverId: SERVER_ID,
    client: 'alice',
    ports: [],
    defaults: {},
  });
  assertNoSecret(t, out + asJson.out);

  t.is((await run(options, 'remove', 'gw')).out, 'removed "gw"\n');
  t.false((await run(options, 'list')).out.includes('gw '));
});

test('list shows the good ones beside a bad one, which is exit 2', async (t) => {
  const options = await enrolled(t);
  const file = join(options.config, 'eightknock', 'servers', 'bad.toml');
  await writeFile(file, 'host = ""\nbase_port = 0\n', { mode: 0o600 });
  const { code, out, err } = await run(options, 'list');
  t.is(code, 2);
  t.regex(out, /^gw /m);
  t.is(err.match(/error: /g)?.length, 5);
  const { ok, servers } = JSON.parse((await run(options, 'list', '--json')).out);
  t.deepEqual([ok, servers.length], [false, 1]);
});

test('keygen', async (t) => {
  t.is((await run({}, 'keygen')).out, `${SECRET}\n`);
});

const helped = test.macro({
  title: (_, args: readonly string[]) => `${args.join(' ')} is exit 0 and written to stdout`,
  async exec(t, args: readonly string[], expected: RegExp) {
    const { code, out, err } = await run({}, ...args);
    t.deepEqual([code, err], [0, '']);
    t.regex(out, expected);
  },
});

test(helped, ['--help'], /--transport/);
test(helped, ['help'], /--transport/);
test(helped, ['help', 'add'], /--force/);
test(helped, ['list', '--help'], /--json/);
test(helped, ['--version'], /^\d+\.\d+\.\d+\n$/);

for (const topic of ['nosuch', 'help', SECRET]) {
  test(`help ${topic} is told in one line`, async (t) => {
    const { code, out, err } = await run({}, 'help', topic);
    t.deepEqual([code, out], [2, '']);
    t.regex(
      err,
      /^knockclient: error: there is no command .*\nknockclient: hint: "knockclient --help" shows all commands\n$/,
    );
    assertNoSecret(t, err);
  });
}

const refusedFolder = test.macro({
  title: (_, args: readonly string[]) => `the folder of saved servers cannot be used: ${args.join(' ')}`,
  async exec(t, args: readonly string[]) {
    const config = await makeFolder(t);
    await writeFile(join(config, 'eightknock'), 'a file');
    const { code, out, err } = await run({ config }, ...args);
    t.deepEqual([code, out], [1, '']);
    t.true(err.startsWith(`knockclient: error: ${config}/eightknock`), err);
    t.regex(err, /: a part of this path is not a folder \(ENOTDIR\)\n.*hint: XDG_CONFIG_HOME chooses another place/);
  },
});
test(refusedFolder, ['add', 'gw', linkFor('198.51.100.1')]);
test(refusedFolder, ['add', 'gw', '--force', linkFor('198.51.100.1')]);
test(refusedFolder, ['list']);
test(refusedFolder, ['remove', 'gw']);
test(refusedFolder, ['default', '--none']);
test(refusedFolder, ['--port', '22']);

test('a folder in which nothing can be made comes to an end', async (t) => {
  const { code, err } = await run({ config: '/proc/sys' }, 'add', 'gw', linkFor('198.51.100.1'));
  t.is(code, 1);
  t.regex(err, /^knockclient: error: \/proc\/sys\/eightknock: .*\n.*hint: .*XDG_CONFIG_HOME chooses another place/);
});

test('no server can be saved under the name of a command', (t) => {
  const names = buildProgram(new FakeMachine()).commands.map((command) => command.name());
  t.true(names.length > 4);
  for (const name of [...names, 'help']) t.false(isServerName(name), name);
});

test('completion prints a script for each shell, and nothing for others', async (t) => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, out, err } = await run({}, 'completion', shell);
    t.deepEqual([code, err], [0, '']);
    t.regex(out, new RegExp(`^# ${shell} completion of knockclient$`, 'm'));
  }
  const { code, err } = await run({}, 'completion', 'tcsh');
  t.is(code, 2);
  t.regex(err, /^knockclient: error: .*"tcsh" is invalid.*bash, zsh, fish\n/);
});

test('completion offers saved servers by their names alone: no file is opened', async (t) => {
  const config = await makeFolder(t);
  const folder = join(config, 'eightknock/servers');
  // Folders: reading one as a file would fail.
  for (const name of ['gw', 'home']) await mkdir(join(folder, `${name}.toml`), { recursive: true });
  const { code, out, err } = await run({ config }, 'completion', 'bash', '--', 'remove', '');
  t.deepEqual([code, out, err], [0, 'gw\nhome\n', '']);
});

test('completion where nothing was ever saved, or the folder cannot be read, offers the rest', async (t) => {
  const config = await makeFolder(t);
  await mkdir(join(config, 'eightknock'));
  await writeFile(join(config, 'eightknock/servers'), 'no folder');
  for (const options of [{}, { config }]) {
    const { code, out, err } = await run(options, 'completion', 'bash', '--', 'key');
    t.deepEqual([code, out, err], [0, 'keygen\n', '']);
  }
});

const mode = test.macro({
  title: (_, isJson: boolean, args: readonly string[]) => `told as ${isJson ? 'JSON' : 'text'}: ${args.join(' ')}`,
  async exec(t, isJson: boolean, args: readonly string[]) {
    const { code, out, err } = await run({ ...(await enrolled(t)), looks: ['refused'] }, ...args);
    t.true(code > 0);
    t.is(out !== '', isJson, out);
    t.is(err.includes('error: '), !isJson, err);
  },
});
test(mode, false, ['run', 'gw', '--port', '8081', '--wait', '1', '--', 'mytool', '--json']);
test(mode, false, ['ssh', 'nosuch', 'tool', '--json']);
test(mode, false, ['ssh', '--time', '5', 'nosuch', '--json']);
test(mode, false, ['ssh', '--', 'nosuch', 'tool', '--json']);
test(mode, false, ['ssh', '--time', '300', 'gw', '--json']);
test(mode, true, ['--json', 'ssh', 'nosuch', 'tool']);
test(mode, true, ['keygen', '--json']);
test(mode, true, ['list', '--json', '--bogus']);
test(mode, true, ['--bogus', '--json']);

test("another program's --debug shows no stack", async (t) => {
  const { err } = await run({ config: '/proc/version' }, 'ssh', 'gw', 'tool', '--debug');
  t.notRegex(err, /\n\s+at /);
});
