// `knockclient knock` on a machine without network: what is sent, what is printed, which exit code.

import test from 'ava';
import { main } from '#src/cli.js';
import { FakeMachine, type FakeOptions } from './fake-machine.ts';

async function run(options: FakeOptions, ...args: string[]) {
  const machine = new FakeMachine(options);
  const code = await main(['knock', ...args], machine);
  return { code, out: machine.out, err: machine.err, knocks: machine.knocks, ms: machine.clock.elapsedMs() };
}

test('knocks in order, over both protocols, and says nothing', async (t) => {
  const { code, out, err, knocks, ms } = await run({}, '192.0.2.1', '123:tcp', '456:udp', '789');
  t.deepEqual({ code, out, err, ms }, { code: 0, out: '', err: '', ms: 0 });
  t.deepEqual(knocks, ['tcp 192.0.2.1 123', 'udp 192.0.2.1 456', 'tcp 192.0.2.1 789']);
});

test('-u, -d and -v, long and short, before the host and after it', async (t) => {
  const short = await run({}, '-u', '-d', '100', '-v', '192.0.2.1', '1', '2:tcp', '3');
  t.is(short.ms, 200);
  t.is(short.out, 'hitting udp 192.0.2.1:1\nhitting tcp 192.0.2.1:2\nhitting udp 192.0.2.1:3\n');
  const long = await run({}, '192.0.2.1', '1', '2:tcp', '3', '--udp', '--delay', '100', '--verbose');
  t.deepEqual(long, short);
});

test('a name is resolved once, to the family that was asked for', async (t) => {
  const hosts = { gw: ['192.0.2.1', '2001:db8::1'] };
  t.deepEqual((await run({ hosts }, 'gw', '1', '2')).knocks, ['tcp 192.0.2.1 1', 'tcp 192.0.2.1 2']);
  t.deepEqual((await run({ hosts }, '-6', 'gw', '1')).knocks, ['tcp 2001:db8::1 1']);
  t.deepEqual((await run({ hosts: { gw: ['2001:db8::1'] } }, '-4', 'gw', '1')).code, 1);
  t.deepEqual((await run({}, '-6', '192.0.2.1', '1')).code, 2);
});

test('a knock that cannot be sent ends it, and says which one', async (t) => {
  const { code, err, knocks } = await run({ failAt: [2, 'ENETUNREACH'] }, '192.0.2.1', '1', '2', '3');
  t.is(code, 1);
  t.is(knocks.length, 1);
  t.regex(err, /error: knock 2 of 3, to port 2, was not sent: the network is unreachable/);
});

test('nothing is sent when anything is wrong', async (t) => {
  const { code, err, knocks } = await run({}, '192.0.2.1', '1', '70000', '3:icmp');
  t.is(code, 2);
  t.is(err.match(/error: /g)?.length, 2);
  t.deepEqual(knocks, []);
  t.is((await run({}, '192.0.2.1')).code, 2);
  t.is((await run({}, 'nosuch', '1')).code, 1);
});

test('an option of the other knock before the name of the command is an error', async (t) => {
  const machine = new FakeMachine();
  t.is(await main(['--delay', '5', '-4', 'knock', '192.0.2.1', '1'], machine), 2);
  t.regex(machine.err, /--delay does not go with "knock"/);
  t.regex(machine.err, /--ipv4 does not go with "knock"/);
});
