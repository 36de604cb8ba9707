import test from 'ava';
import { NOW_MS, unlimitedGrant } from '../control/fake-actions.ts';
import { callControl } from './call-control.ts';

test('grants', async (t) => {
  const grants = [unlimitedGrant({ sinceMs: Date.now() - 26 * 3_600_000 })];
  const { calls, ...result } = await callControl(t, { grants: () => ({ total: 1, grants }) }, 'grants');
  t.deepEqual(result, {
    exitCode: 0,
    stdout: `CLIENT  ADDRESS      PORT       OPEN UNTIL     SINCE
bob     2001:db8::7  udp/51820  no time limit  26 h ago

1 grant
`,
    stderr: '',
  });
  t.deepEqual(calls, [['grants', {}, 1000]]);
});

test('none', async (t) => {
  const { exitCode, stdout } = await callControl(t, { grants: () => ({ total: 0, grants: [] }) }, 'grants');
  t.is(exitCode, 0);
  t.is(stdout, 'no grants\n');
});

test('--json, with filters, in canonical form', async (t) => {
  const args = ['grants', '--json', '--client', 'bob', '--address', '2001:DB8:0::7', '--port', '51820', '--limit', '1'];
  const grants = [unlimitedGrant({ sinceMs: NOW_MS })];
  const { calls, stdout } = await callControl(t, { grants: () => ({ total: 5, grants }) }, ...args);
  t.deepEqual(calls, [['grants', { client: 'bob', address: '2001:db8::7', port: 51820 }, 1]]);
  t.deepEqual(JSON.parse(stdout), {
    total: 5,
    grants: [
      {
        client: 'bob',
        address: '2001:db8::7',
        protocol: 'udp',
        port: 51820,
        sourceAddress: '2001:db8::7',
        sinceMs: NOW_MS,
      },
    ],
  });
});

test('--port of one protocol', async (t) => {
  const { calls } = await callControl(t, { grants: () => ({ total: 0, grants: [] }) }, 'grants', '--port', 'udp/53');
  t.deepEqual(calls, [['grants', { protocol: 'udp', port: 53 }, 1000]]);
});

test('wrong arguments: all of them, and the daemon is not asked', async (t) => {
  const args = ['grants', '--client', 'a b', '--address', 'fe80::1%eth0', '--limit', '1001', '--port', 'udp/0'];
  const { calls, ...result } = await callControl(t, {}, ...args);
  t.deepEqual(result, {
    exitCode: 2,
    stdout: '',
    stderr: `knockdaemon: error: --client: "a b": expected the name of a client: 1 to 64 of A–Z a–z 0–9 . _ -, or "door:" and that of a door
knockdaemon: error: --address: "fe80::1%eth0": expected an IPv4 or IPv6 address without a zone
knockdaemon: hint: leave out the zone, the part from "%" on
knockdaemon: error: --limit: "1001": expected an integer from 1 to 1000
knockdaemon: error: --port: "udp/0": expected a number from 1 to 65535, or one with its protocol, such as tcp/22
`,
  });
  t.deepEqual(calls, []);
});
