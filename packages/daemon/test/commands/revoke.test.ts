import test from 'ava';
import type { GrantFilter } from '#src/store/store.js';
import { grant, unlimitedGrant } from '../control/fake-actions.ts';
import { callControl } from './call-control.ts';

const asks = test.macro({
  title: (_, ...[args]: [readonly string[], GrantFilter]) => `revoke ${args.join(' ')}`,
  async exec(t, args: readonly string[], filter: GrantFilter) {
    const { exitCode, calls } = await callControl(t, {}, 'revoke', ...args);
    t.is(exitCode, 0);
    t.deepEqual(calls, [['revoke', filter]]);
  },
});

test(asks, ['203.0.113.7'], { address: '203.0.113.7' });
test(asks, ['2001:DB8::0:7', '22'], { address: '2001:db8::7', port: 22 });
test(asks, ['192.0.2.1', 'udp/53'], { address: '192.0.2.1', protocol: 'udp', port: 53 });
test(asks, ['::ffff:192.0.2.1', '--client', 'bob'], { address: '192.0.2.1', client: 'bob' });
test(asks, ['--client', 'bob'], { client: 'bob' });
test(asks, ['--all'], {});

test('it says which grants were ended', async (t) => {
  const revoked = [unlimitedGrant({ sinceMs: Date.now() - 26 * 3_600_000 })];
  const { calls: _, ...result } = await callControl(t, { revoke: () => ({ revoked }) }, 'revoke', '--all');
  t.deepEqual(result, {
    exitCode: 0,
    stdout: `CLIENT  ADDRESS      PORT       OPEN UNTIL     SINCE
bob     2001:db8::7  udp/51820  no time limit  26 h ago

revoked 1 grant
`,
    stderr: '',
  });
});

test('--json', async (t) => {
  const { stdout } = await callControl(t, {}, 'revoke', '--all', '--json');
  t.deepEqual(JSON.parse(stdout), { total: 1, grants: [grant()] });
});

test('none matched', async (t) => {
  const { calls: _, ...result } = await callControl(t, { revoke: () => ({ revoked: [] }) }, 'revoke', '192.0.2.9');
  t.deepEqual(result, {
    exitCode: 1,
    stdout: '',
    stderr: 'knockdaemon: error: no grant matches\nknockdaemon: hint: "knockdaemon grants" lists them\n',
  });
  const json = await callControl(t, { revoke: () => ({ revoked: [] }) }, 'revoke', '192.0.2.9', '--json');
  t.is(json.exitCode, 1);
  t.deepEqual(JSON.parse(json.stdout), { total: 0, grants: [] });
});

test('the daemon could not', async (t) => {
  const failure = { error: 'the store cannot be written', hint: 'is the disk full?' };
  const { calls: _, ...result } = await callControl(t, { revoke: () => failure }, 'revoke', '--all');
  t.deepEqual(result, {
    exitCode: 1,
    stdout: '',
    stderr: 'knockdaemon: error: the store cannot be written\nknockdaemon: hint: is the disk full?\n',
  });
});

const refuses = test.macro({
  title: (_, ...[args]: [readonly string[], ...string[]]) => `refuses: revoke ${args.join(' ')}`,
  async exec(t, args: readonly string[], ...lines: string[]) {
    const { calls, ...result } = await callControl(t, {}, 'revoke', ...args);
    t.deepEqual(result, { exitCode: 2, stdout: '', stderr: lines.map((line) => `knockdaemon: ${line}\n`).join('') });
    t.deepEqual(calls, []);
  },
});

const ADDRESS = 'expected an IPv4 or IPv6 address without a zone';
const PORT = 'expected a number from 1 to 65535, or one with its protocol, such as tcp/22';

test(refuses, [], 'error: ADDRESS: missing: expected an address, --client NAME, or --all');
test(refuses, ['22'], `error: ADDRESS: "22": ${ADDRESS}`);
test(refuses, ['192.0.2.1', '0'], `error: PORT: "0": ${PORT}`);
test(refuses, ['192.0.2.1', '70000'], `error: PORT: "70000": ${PORT}`);
test(refuses, ['192.0.2.1', '022'], `error: PORT: "022": ${PORT}`);
test(refuses, ['192.0.2.1', 'sctp/22'], `error: PORT: "sctp/22": ${PORT}`);
test(refuses, ['192.0.2.01', 'x'], `error: ADDRESS: "192.0.2.01": ${ADDRESS}`, `error: PORT: "x": ${PORT}`);
test(
  refuses,
  ['--all', '192.0.2.1'],
  'error: --all: "192.0.2.1": expected nothing else beside it: it ends every grant',
);
test(
  refuses,
  ['--all', '--client', 'bob'],
  'error: --all: "bob": expected nothing else beside it: it ends every grant',
);
