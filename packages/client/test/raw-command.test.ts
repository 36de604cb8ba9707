// `--raw` and `--spoof-source` as whole commands, on a machine without network.

import test, { type ExecutionContext } from 'ava';
import { main } from '#src/cli.js';
import type { RawObstacle } from '#src/send/raw-unavailable.js';
import { FakeMachine, type FakeOptions } from './fake-machine.ts';
import { linkFor, makeFolder, VECTOR_PORTS } from './sample.ts';

const COMMAND = ['--port', '22', '--time', '0'];

async function run(t: ExecutionContext, options: FakeOptions, ...args: string[]) {
  const config = await makeFolder(t);
  const host = Object.keys(options.hosts ?? {})[0] ?? '198.51.100.1';
  t.is(await main(['add', 'gw', linkFor(host)], new FakeMachine({ config })), 0);
  const machine = new FakeMachine({ ...options, config });
  const code = await main([...COMMAND, ...args], machine);
  return { code, out: machine.out, err: machine.err, machine };
}

test('--raw: the vector of the protocol as raw packets from this machine, with no delay', async (t) => {
  const { code, out, err, machine } = await run(t, {}, '--raw');
  t.is(code, 0);
  t.deepEqual(
    machine.knocks,
    VECTOR_PORTS.map((port) => `raw tcp 203.0.113.7 198.51.100.1 ${port}`),
  );
  t.is(out, 'knocking at 198.51.100.1 over TCP: open port 22 for 203.0.113.7, no time limit\n8 knocks sent in 0 s\n');
  t.is(err, '');
});

test('--spoof-source: from another address, for this machine', async (t) => {
  const { code, out, machine } = await run(t, {}, '--spoof-source', '192.0.2.9', '--transport', 'udp');
  t.is(code, 0);
  t.deepEqual(
    machine.knocks,
    VECTOR_PORTS.map((port) => `raw udp 192.0.2.9 198.51.100.1 ${port}`),
    'the claimed address is this machine’s own: the ports are the same',
  );
  t.regex(out, /^knocking at 198\.51\.100\.1 over UDP from 192\.0\.2\.9: open port 22 for 203\.0\.113\.7, /);
});

test('--spoof-source --json', async (t) => {
  const { out } = await run(t, {}, '--json', '--spoof-source', '192.0.2.9', '--ip', '203.0.113.50');
  t.like(JSON.parse(out), { ok: true, raw: true, spoofSource: '192.0.2.9', claimedAddress: '203.0.113.50', knocks: 8 });
  t.like(JSON.parse((await run(t, {}, '--json', '--raw')).out), { raw: true, spoofSource: null });
  t.false('raw' in JSON.parse((await run(t, {}, '--json')).out));
});

test('--spoof-source behind a NAT: "source" would be the spoofed address, so the own one must be given', async (t) => {
  const behindNat = { ownAddress: () => '192.168.1.5' };
  const { code, err, machine } = await run(t, behindNat, '--spoof-source', '192.0.2.9');
  t.is(code, 2);
  t.is(
    err,
    'knockclient: error: --ip: missing: the server will not see this machine as 192.168.1.5, and with --spoof-source not where it is either\n' +
      'knockclient: hint: give your public address with --ip ADDRESS, or open for the spoofed one with --ip source\n',
  );
  t.deepEqual(machine.knocks, []);
  t.is((await run(t, behindNat, '--spoof-source', '192.0.2.9', '--ip', 'source')).code, 0);
});

test('--spoof-source of a family the host does not have', async (t) => {
  const message = 'has no IPv6 address, and knocks from 2001:db8::9 go over IPv6 only';
  const literal = await run(t, {}, '--spoof-source', '2001:db8::9', '--ip', 'source');
  t.is(literal.code, 2);
  t.true(literal.err.includes(`host "198.51.100.1" ${message}\n`));
  const name = await run(
    t,
    { hosts: { 'gw.example.net': ['198.51.100.1'] } },
    '--spoof-source',
    '2001:db8::9',
    '--ip',
    'source',
  );
  t.is(name.code, 1);
  t.true(name.err.includes(`host "gw.example.net" ${message}\n`));
});

test('--print sends nothing and needs no raw socket', async (t) => {
  const { code, out } = await run(t, { rawObstacle: 'module' }, '--raw', '--print');
  t.is(code, 0);
  t.is(out, `${VECTOR_PORTS.join(' ')}\n`);
});

const refused = test.macro({
  title: (_, obstacle: RawObstacle) => `--raw cannot be: ${obstacle}`,
  async exec(t, rawObstacle: RawObstacle, message: string, hint: string) {
    const { code, out, err } = await run(t, { rawObstacle }, '--raw');
    t.is(code, 1);
    t.is(out, '', 'said before anything else');
    t.is(
      err,
      `knockclient: error: --raw: ${message} (WHY)\nknockclient: hint: ${hint}; without --raw a knock needs none of this\n`,
    );
  },
});

test(refused, 'system', 'raw packets are sent on Linux only', 'knock from another machine');
test(
  refused,
  'module',
  'the module raw-socket cannot be loaded',
  'npm compiles it when knockclient is installed, with a C++ compiler, make and python3',
);
test(refused, 'privilege', 'this user may not send raw packets', 'run it as root or with CAP_NET_RAW');
test(refused, 'socket', 'the system gives no socket for raw packets', 'is this family of addresses in use here?');
