// The command line of `explain`: its arguments, what it prints, its exit codes.

import test from 'ava';
import { assertNoSecret, clientTable, OTHER_SECRET, SERVER } from '../config/sample.ts';
import { callMain, configFile, runWithoutNatives } from './run-knockdaemon.ts';

const OPEN_22 = '945,821,985,863,840,934,913,880';
const AT = ['--at', '1800000000'];
const CONFIG = SERVER + clientTable() + clientTable({ name: '"bob"', secret: `"${OTHER_SECRET}"` });
const TRIED = 'tried the keys of 2 clients in the 41 windows around 2027-01-15T08:00:00.000Z\n';

const prints = test.macro({
  title: (given) => `prints: ${given}`,
  async exec(t, args: readonly string[], expected: string) {
    const result = await callMain('explain', '--config', await configFile(t, CONFIG), ...args);
    t.deepEqual(result, { exitCode: 0, stdout: expected, stderr: '' });
    assertNoSecret(t, result);
  },
});

const ACCEPTED = `${TRIED}client "alice": open port 22 for 203.0.113.7, no time limit
  certainty: the key fits
  clock: the same window, from 0 s behind to 30 s ahead
  address: the one it comes from
  port: tcp/22
  accepted, unless it was accepted before
`;
const NO_KEY =
  'no key fits: a wrong key, a wrong server id, a clock that is off by more than 10 minutes, or no sequence at all';

test('a sequence that would be accepted', prints, [OPEN_22, ...AT, '--source', '203.0.113.7'], ACCEPTED);
test('eight arguments', prints, [...OPEN_22.split(','), ...AT, '--source', '203.0.113.7'], ACCEPTED);
test('ISO time', prints, [OPEN_22, '--at', '2027-01-15T08:00:00Z', '--source', '::ffff:203.0.113.7'], ACCEPTED);
test(
  'without a source',
  prints,
  [OPEN_22, ...AT],
  `${TRIED}client "alice": open port 22 for 203.0.113.7, no time limit
  certainty: the key seems to fit: check and port do, the address proves nothing
  clock: the same window, from 0 s behind to 30 s ahead
  address: not compared, no --source was given; read as IPv4
  port: tcp/22
  accepted if the address fits, unless it was accepted before
`,
);
test(
  'to close, for the address it comes from, a port that is not on the list',
  prints,
  ['838,960,906,887,972,999,829,997', ...AT],
  `${TRIED}client "alice": close port 443 for the address it comes from
  certainty: the key fits
  clock: the same window, from 0 s behind to 30 s ahead
  address: "the address I come from"
  port: not on its list
  refused: the port is not on its list
`,
);
test(
  'a clock that is off, the address of somebody else',
  prints,
  [OPEN_22, '--at', '1800000100', '--source', '192.0.2.1'],
  `${TRIED.replace('08:00:00', '08:01:40')}client "alice": open port 22 for 203.0.113.7, no time limit
  certainty: the key seems to fit: check and port do, the address proves nothing
  clock: 3 windows behind, by 70 to 100 s
  address: not the one it comes from
  port: tcp/22
  refused: the clock is off by more than one window of 30 seconds, or the knock is old
  refused: it names another address than it comes from, which this client may not
`,
);

const DOOR = '[[door]]\nname = "back"\nkind = "encrypted"\nport = 22\n';
const doorPrints = test.macro({
  title: (given) => `prints: a door that ${given}`,
  async exec(t, action: string, ...expected: string[]) {
    const file = await configFile(t, SERVER + DOOR + action + clientTable());
    const { stdout } = await callMain('explain', OPEN_22, ...AT, '--source', '203.0.113.7', '--config', file);
    const [, first, ...lines] = stdout.split('\n');
    t.is(first, `client "alice": knock on door "back", number 22, for 203.0.113.7${expected[0]}`);
    t.deepEqual(lines.slice(4, -2), expected.slice(1));
    t.is(lines.at(-2), '  accepted, unless it was accepted before');
  },
});

test('runs', doorPrints, 'run = { argv = ["/bin/true"], user = "root", timeout = 1 }\n', '', '  door: runs /bin/true');
test(
  'opens',
  doorPrints,
  'open = { ports = ["tcp/2222", "udp/53"], time = 10 }\n',
  ', no time limit, shortened to 10 minutes',
  '  door: opens tcp/2222 and udp/53',
);
test(
  'forwards',
  doorPrints,
  'forward = { port = "tcp/2222", to = "10.0.0.5:22", time = 1 }\n',
  ', no time limit, shortened to 1 minute',
  '  door: forwards tcp/2222 to 10.0.0.5:22',
);
test('closes', doorPrints, 'close = { ports = ["tcp/2222"] }\n', '', '  door: closes tcp/2222');

test('no clients', async (t) => {
  const { exitCode, stdout } = await callMain('explain', OPEN_22, ...AT, '--config', await configFile(t, SERVER));
  t.is(exitCode, 0);
  const hint = 'knockdaemon: hint: --source ADDRESS tells more, the address they came from\n';
  t.is(stdout, `${TRIED.replace('2 clients', '0 clients')}${NO_KEY}\n${hint}`);
});

test('what only the check nibble speaks for is told apart, and only where the daemon would look', async (t) => {
  const names = Array.from({ length: 64 }, (_, i) => i);
  const config = names.map((i) => {
    const secret = Buffer.alloc(32, i).toString('base64url');
    return clientTable({ name: `"client-${i}"`, secret: `"${secret}"`, ports: '["tcp/1"]' });
  });
  const { exitCode, stdout } = await callMain(
    'explain',
    OPEN_22,
    ...AT,
    '--source',
    '192.0.2.1',
    '--config',
    await configFile(t, SERVER + config.join('')),
  );
  t.is(exitCode, 0);
  t.true(stdout.includes(`${NO_KEY};\none key in sixteen seems to fit by chance:\n`));
  t.is(stdout.match(/^client /gm)?.length, 10);
  t.regex(stdout, /\nand \d+ more like these\n$/);
  t.notRegex(stdout, /clock: \d+ windows/);
});

test('--json', async (t) => {
  const args = ['--json', '--source', '203.0.113.7', '--config', await configFile(t, CONFIG)];
  const { exitCode, stdout } = await callMain('explain', OPEN_22, ...AT, ...args);
  t.is(exitCode, 0);
  const answer = JSON.parse(stdout);
  t.deepEqual(
    { ...answer, findings: answer.findings.slice(0, 1) },
    {
      ports: OPEN_22.split(',').map(Number),
      unixSeconds: 1_800_000_000,
      window: 60_000_000,
      sourceAddress: '203.0.113.7',
      findings: [
        {
          client: 'alice',
          windowOffset: 0,
          clockSeconds: { least: 0, most: 30 },
          evidence: 'address',
          addressFit: 'same',
          claimedAddress: '203.0.113.7',
          port: 22,
          allowedPorts: ['tcp/22'],
          time: 0,
          grantedTime: 0,
          refusals: [],
        },
      ],
    },
  );
  assertNoSecret(t, stdout);
});

test('the time is now where none is given', async (t) => {
  const before = Date.now() / 1000;
  const { stdout } = await callMain('explain', OPEN_22, '--json', '--config', await configFile(t, SERVER));
  const { unixSeconds, sourceAddress } = JSON.parse(stdout);
  t.true(unixSeconds >= before && unixSeconds <= Date.now() / 1000);
  t.is(sourceAddress, null);
});

const refuses = test.macro({
  title: (given) => `refuses: ${given}`,
  async exec(t, args: readonly string[], ...lines: string[]) {
    const result = await callMain('explain', '--config', await configFile(t, CONFIG), ...args);
    t.deepEqual(result, { exitCode: 2, stdout: '', stderr: lines.map((line) => `knockdaemon: ${line}\n`).join('') });
  },
});

const TIME = 'expected unix seconds, or a date with a time such as 2027-01-15T08:00:00Z';
const SOURCE = 'expected an IPv4 or IPv6 address without a zone';
const SEVEN = OPEN_22.split(',').slice(1);

test('no ports', refuses, [], 'error: ports: "": expected eight ports, got 0');
test('seven ports', refuses, SEVEN, 'error: ports: "821 985 863 840 934 913 880": expected eight ports, got 7');
test(
  'nine ports',
  refuses,
  [OPEN_22, '745'],
  'error: ports: "945 821 985 863 840 934 913 880 745": expected eight ports, got 9',
);
test('a port below the range', refuses, ['744', ...SEVEN], 'error: P1: "744": expected a port from 745 to 1000');
test('a port above the range', refuses, [...SEVEN, '1001'], 'error: P8: "1001": expected a port from 745 to 1000');
test('port 70000', refuses, [...SEVEN, '70000'], 'error: P8: "70000": expected a port from 745 to 1000');
test('a word', refuses, [...SEVEN, 'ssh'], 'error: P8: "ssh": expected a port from 745 to 1000');
test('a fraction', refuses, [...SEVEN, '745.5'], 'error: P8: "745.5": expected a port from 745 to 1000');
test('a negative number', refuses, [...SEVEN, '-745'], 'error: P8: "-745": expected a port from 745 to 1000');
test('a time that is none', refuses, [OPEN_22, '--at', 'noon'], `error: --at: "noon": ${TIME}`);
test('an impossible day', refuses, [OPEN_22, '--at', '2027-02-30'], `error: --at: "2027-02-30": ${TIME}`);
test('a time before 1970', refuses, [OPEN_22, '--at', '1969-12-31'], `error: --at: "1969-12-31": ${TIME}`);
test('a time beyond all dates', refuses, [OPEN_22, '--at', '8640000000001'], `error: --at: "8640000000001": ${TIME}`);
test(
  'a source with a zone',
  refuses,
  [OPEN_22, '--source', 'fe80::1%eth0'],
  `error: --source: "fe80::1%eth0": ${SOURCE}`,
  'hint: leave out the zone, the part from "%" on',
);
test(
  'a source that is no address',
  refuses,
  [OPEN_22, '--source', 'gw.example.net'],
  `error: --source: "gw.example.net": ${SOURCE}`,
);
test(
  'several mistakes at once',
  refuses,
  ['1', '--at', 'x', '--source', 'y'],
  'error: ports: "1": expected eight ports, got 1',
  'error: P1: "1": expected a port from 745 to 1000',
  `error: --at: "x": ${TIME}`,
  `error: --source: "y": ${SOURCE}`,
);

test('another base port moves the range', async (t) => {
  const file = await configFile(t, `${SERVER}base_port = 65280`);
  const { exitCode, stderr } = await callMain('explain', '--config', file, ...'65279 65280 65535 1 2 3 4 5'.split(' '));
  t.is(exitCode, 2);
  t.deepEqual(stderr.match(/P\d/g), ['P1', 'P4', 'P5', 'P6', 'P7', 'P8']);
  t.true(stderr.includes('expected a port from 65280 to 65535'));
});

test('a wrong configuration', async (t) => {
  const file = await configFile(t, 'base_port = 0');
  const { exitCode, stdout, stderr } = await callMain('explain', OPEN_22, '--config', file);
  t.is(exitCode, 2);
  t.is(stdout, '');
  t.is(stderr.match(/^knockdaemon: error: /gm)?.length, 2);
});

test('the real command loads no native module', async (t) => {
  const file = await configFile(t, CONFIG);
  const result = await runWithoutNatives('explain', OPEN_22, ...AT, '--source', '203.0.113.7', '--config', file);
  t.deepEqual(result, { exitCode: 0, stdout: ACCEPTED, stderr: '' });
});
