// proxy, ssh and run on a machine without network: what is knocked, started, carried, closed, and which exit status.

import { decodeSequence, formatAddress, WINDOW_SECONDS } from '@eightknock/codec';
import test, { type ExecutionContext } from 'ava';
import { main } from '#src/cli.js';
import { FakeClock, FakeMachine, type FakeOptions } from './fake-machine.ts';
import { KEY, linkFor, makeFolder, VECTOR_SECONDS } from './sample.ts';

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
  t.is(await main(['add', 'gw', linkFor(host, rest)], new FakeMachine({ config })), 0);
  return { config };
}

/** What the sequences that were sent ask for: `open 22 for 203.0.113.7, 1 min, nonce 5`. */
function requestsOf({ knocks }: FakeMachine): string[] {
  const requests: string[] = [];
  for (let i = 0; i < knocks.length; i += 8) {
    const ports = knocks.slice(i, i + 8).map((knock) => Number(knock.split(' ')[2]));
    const first = Math.floor(VECTOR_SECONDS / WINDOW_SECONDS);
    const found = Array.from({ length: 40 }, (_, window) => decodeSequence(KEY, ports, first + window)).find(
      (fields) => fields.ok && /^(?:203\.0\.113\.\d+|0\.0\.0\.0)$/.test(formatAddress(fields.address)),
    );
    requests.push(
      found?.ok
        ? `${found.port} for ${formatAddress(found.address)}, time ${found.time}, nonce ${found.nonce}`
        : `not to be read: ${ports}`,
    );
  }
  return requests;
}

const SECOND = 1000;

// ── run

test('run: knocks, waits, then the command with its words as they are', async (t) => {
  const options = { ...(await enrolled(t)), looks: ['silent', 'open'] as const };
  const { code, out, err, machine } = await run(
    options,
    'run',
    'gw',
    '--port',
    '22',
    '--',
    'make',
    '-k',
    'a b',
    '--',
    '',
  );
  t.deepEqual([code, out, err], [0, '', '']);
  t.deepEqual(machine.programs, [['make', '-k', 'a b', '--', '']]);
  t.deepEqual(requestsOf(machine), ['22 for 203.0.113.7, time 1, nonce 5', '22 for 203.0.113.7, time 1, nonce 6']);
  t.is(machine.tries.length, 2);
});

const ended = test.macro({
  title: (_, how: string) => `run: exit status when the command ${how}`,
  async exec(
    t,
    _how: string,
    end: Parameters<Parameters<NonNullable<FakeOptions['program']>>[1]>[0],
    status: number,
    told: RegExp,
  ) {
    for (const command of [
      ['run', 'gw', '--port', '22', '--', 'cmd'],
      ['ssh', 'gw'],
    ]) {
      const { code, err } = await run({ ...(await enrolled(t)), program: (_, finish) => finish(end) }, ...command);
      t.is(code, status);
      t.regex(err, told);
    }
  },
});
test(ended, 'says 0', { kind: 'exited', status: 0 }, 0, /^$/);
test(ended, 'says 77', { kind: 'exited', status: 77 }, 77, /^$/);
test(ended, 'is killed', { kind: 'killed', signalNumber: 9 }, 137, /^$/);
test(
  ended,
  'does not exist',
  { kind: 'not-started', code: 'ENOENT' },
  127,
  /error: "(?:cmd|ssh)" was not started: there is no such program\n$/,
);
test(
  ended,
  'may not be run',
  { kind: 'not-started', code: 'EACCES' },
  126,
  /was not started: this machine does not allow it/,
);

test('run: when it does not open the command is not run, and hints help', async (t) => {
  const options = { ...(await enrolled(t)), looks: ['silent'] as const };
  const { code, err, machine } = await run(options, 'run', 'gw', '--port', '23', '--wait', '2', '--', 'cmd');
  t.is(code, 1);
  t.regex(err, /hint: port 23 is not among those saved for "gw"/);
  t.regex(err, /error: port 23 did not open within 2 s: no answer/);
  t.deepEqual(machine.programs, []);
});

test('run: a port that is saved as a UDP port is knocked at and not tried', async (t) => {
  const options = await enrolled(t);
  const { code, machine } = await run(
    options,
    'run',
    'gw',
    '--port',
    '51820',
    '--close',
    '--',
    'wg-quick',
    'up',
    'wg0',
  );
  t.is(code, 0);
  t.deepEqual(machine.tries, []);
  t.deepEqual(requestsOf(machine), [
    '51820 for 203.0.113.7, time 1, nonce 5',
    '51820 for 203.0.113.7, time 255, nonce 6',
  ]);
});

test('run --renew: knocks again as long as the command lives, with nonces that follow each other', async (t) => {
  const options: FakeOptions = {
    ...(await enrolled(t)),
    program: ({ clock }, end) => clock.at(130 * SECOND, () => end({ kind: 'exited', status: 3 })),
  };
  const { code, err, machine } = await run(options, 'run', 'gw', '--port', '22', '--renew', '--', 'cmd');
  t.deepEqual([code, err], [3, '']);
  t.deepEqual(
    requestsOf(machine),
    [5, 6, 7, 8, 9, 10].map((nonce) => `22 for 203.0.113.7, time 1, nonce ${nonce}`),
  );
  t.true(machine.clock.elapsedMs() < 136 * SECOND, 'it ends with the command');
});

test('run --renew: the time is counted in minutes of --time', async (t) => {
  const options: FakeOptions = {
    ...(await enrolled(t)),
    program: ({ clock }, end) => clock.at(241 * SECOND, () => end({ kind: 'exited', status: 0 })),
  };
  const { machine } = await run(options, 'run', 'gw', '--port', '22', '--time', '5', '--renew', '--', 'cmd');
  t.is(requestsOf(machine).length, 3);
});

test('run --renew: in another network it opens for the address it has there', async (t) => {
  let own = '203.0.113.7';
  const options: FakeOptions = {
    ...(await enrolled(t)),
    ownAddress: () => own,
    program: ({ clock }, end) => {
      clock.at(30 * SECOND, () => {
        own = '203.0.113.99';
      });
      clock.at(50 * SECOND, () => end({ kind: 'exited', status: 0 }));
    },
  };
  const { machine } = await run(options, 'run', 'gw', '--port', '22', '--renew', '--close', '--', 'cmd');
  t.deepEqual(requestsOf(machine).slice(0, 4), [
    '22 for 203.0.113.7, time 1, nonce 5',
    '22 for 203.0.113.7, time 1, nonce 6',
    '22 for 203.0.113.99, time 1, nonce 7',
    '22 for 203.0.113.99, time 255, nonce 8',
  ]);
});

test('run --renew: what goes wrong is told once, tried again every five seconds, and told when it works again', async (t) => {
  let isConnected = true;
  const options: FakeOptions = {
    ...(await enrolled(t)),
    ownAddress: () => (isConnected ? '203.0.113.7' : undefined),
    program: ({ clock }, end) => {
      clock.at(10 * SECOND, () => {
        isConnected = clock.elapsedMs() > 45 * SECOND;
      });
      clock.at(60 * SECOND, () => end({ kind: 'exited', status: 0 }));
    },
  };
  const { code, err, machine } = await run(options, 'run', 'gw', '--port', '22', '--renew', '--', 'cmd');
  t.is(code, 0);
  t.regex(
    err,
    /^knockclient: error: port 22 was not renewed, trying again: there is no way to host .*\n.*hint: is this machine connected.*\nknockclient: hint: port 22 is renewed again\n$/,
  );
  t.is(requestsOf(machine).length, 2);
});

const CLOSED = ['open', 'silent'] as const;

const closing = test.macro({
  title: (_, how: string) => `--close: ${how}`,
  async exec(
    t,
    _how: string,
    options: FakeOptions,
    args: readonly string[],
    status: number,
    times: readonly number[],
    told: RegExp,
  ) {
    const whole = { ...(await enrolled(t)), ...options };
    const { code, err, machine } = await run(whole, ...args);
    t.is(code, status);
    t.deepEqual(
      requestsOf(machine),
      times.map((time, i) => `22 for 203.0.113.7, time ${time}, nonce ${5 + i}`),
    );
    t.regex(err, told);
    t.false(machine.signal('SIGTERM'), 'signals are let go');
  },
});
const RUN = ['run', 'gw', '--port', '22', '--close', '--', 'cmd'];
const PROXY = ['proxy', '--close', 'gw', '22'];
test(closing, 'the command is done', { looks: CLOSED }, RUN, 0, [1, 255], /^$/);
test(
  closing,
  'the command failed',
  { looks: CLOSED, program: (_, end) => end({ kind: 'exited', status: 9 }) },
  RUN,
  9,
  [1, 255],
  /^$/,
);
test(
  closing,
  'no such command',
  { looks: CLOSED, program: (_, end) => end({ kind: 'not-started', code: 'ENOENT' }) },
  RUN,
  127,
  [1, 255],
  /was not started/,
);
test(closing, 'the connection has ended', { looks: CLOSED }, PROXY, 0, [1, 255], /^$/);
test(
  closing,
  'a close that got lost is sent again',
  { looks: ['open', 'open', 'refused'] },
  RUN,
  0,
  [1, 255, 255],
  /^$/,
);
test(
  closing,
  'a port that stays open is told',
  { looks: ['open'] },
  RUN,
  0,
  [1, 255, 255, 255],
  /^knockclient: hint: port 22 is still open/,
);
test(
  closing,
  'it never opened: it could yet',
  { looks: ['silent'] },
  [...RUN.slice(0, 4), '--wait', '1', ...RUN.slice(4)],
  1,
  [1, 1, 1, 1, 255],
  /did not open/,
);
test(
  closing,
  'the first knock was not sent',
  { failAt: [1, 'EPERM'] },
  RUN,
  1,
  [],
  /^knockclient: error: knock 1 of 8.*\n.*\n$/,
);
test(
  closing,
  'the close was not sent',
  { failAt: [9, 'EPERM'] },
  RUN,
  0,
  [1],
  /error: port 22 was not closed: knock 1 of 8, .*\n.*hint: it closes when its time is over\n$/,
);

test('signals: the command gets them, and the door is closed when it has ended', async (t) => {
  let caught = 0;
  const options: FakeOptions = {
    ...(await enrolled(t)),
    looks: CLOSED,
    program: (machine, end) => {
      setImmediate(() => {
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) caught += machine.signal(signal) ? 1 : 0;
        setImmediate(() => {
          t.is(requestsOf(machine).length, 1, 'the command still runs');
          end({ kind: 'killed', signalNumber: 15 });
        });
      });
    },
  };
  const { code, machine } = await run(options, ...RUN);
  t.is(code, 143);
  t.is(caught, 3);
  t.deepEqual(machine.kills, ['SIGINT', 'SIGTERM', 'SIGHUP']);
  t.is(requestsOf(machine).length, 2);
});

test('signals: ^C on a terminal has reached the command already', async (t) => {
  const options: FakeOptions = {
    ...(await enrolled(t)),
    isInForeground: true,
    program: (machine, end) => {
      setImmediate(() => {
        machine.signal('SIGINT');
        machine.signal('SIGHUP');
        setImmediate(() => end({ kind: 'killed', signalNumber: 2 }));
      });
    },
  };
  for (const args of [
    ['run', 'gw', '--port', '22', '--', 'cmd'],
    ['ssh', 'gw'],
  ]) {
    const { code, machine } = await run(options, ...args);
    t.is(code, 130);
    t.deepEqual(machine.kills, ['SIGHUP']);
  }
});

test('signals: while it waits, --close closes and ends with 128 + n', async (t) => {
  const clock = new FakeClock();
  const machine = new FakeMachine({ ...(await enrolled(t)), looks: ['silent'], clock });
  clock.at(2 * SECOND, () => machine.signal('SIGHUP'));
  t.is(await main(RUN, machine), 129);
  t.deepEqual(machine.programs, []);
  t.is(requestsOf(machine).at(-1), '22 for 203.0.113.7, time 255, nonce 9');
});

test('signals: without --close nothing is caught while it waits', async (t) => {
  const clock = new FakeClock();
  const machine = new FakeMachine({ ...(await enrolled(t)), looks: ['silent'], clock });
  const caught: boolean[] = [];
  clock.at(2 * SECOND, () => caught.push(machine.signal('SIGTERM')));
  t.is(await main(['run', 'gw', '--port', '22', '--', 'cmd'], machine), 1);
  t.true(caught.length > 0 && !caught.includes(true));
});

// ── proxy

test('proxy: the connection that was tried is the one that is used, and stdout has the stream alone', async (t) => {
  const options = {
    ...(await enrolled(t)),
    looks: ['silent', 'open'] as const,
    input: 'from here',
    received: 'from there',
  };
  const { code, out, err, machine } = await run({ ...options, ownAddress: () => '10.0.0.5' }, 'proxy', 'gw', '22');
  t.deepEqual([code, out, err], [0, '', '']);
  t.deepEqual([machine.sent, machine.passed], ['from here', 'from there']);
  t.deepEqual(machine.tries, ['198.51.100.1 22', '198.51.100.1 22'], 'no connection after the one that was open');
  t.deepEqual(requestsOf(machine), ['22 for 0.0.0.0, time 1, nonce 5', '22 for 0.0.0.0, time 1, nonce 6']);
});

const chosen = test.macro({
  title: (_, args: readonly string[]) => `proxy ${args.join(' ')}`,
  async exec(t, args: readonly string[], expected: string | RegExp) {
    const options = await enrolled(t, 'gw.example.net');
    for (const [name, ports] of [
      ['twin', 'tcp/8022'],
      ['twin-admin', 'tcp/22'],
    ] as const) {
      await main(['add', name, linkFor('192.0.2.5', `&ports=${ports}`)], new FakeMachine(options));
    }
    const hosts = { 'gw.example.net': ['198.51.100.1'], 'other.example.net': ['198.51.100.2'] };
    const { code, err, machine } = await run({ ...options, hosts }, 'proxy', ...args);
    if (typeof expected === 'string') {
      t.is(code, 0, err);
      t.deepEqual(machine.tries, [expected]);
    } else {
      t.is(code, 2);
      t.regex(err, expected);
      t.deepEqual(machine.knocks, []);
    }
  },
});
test(chosen, ['gw', '22'], '198.51.100.1 22');
test(chosen, ['gw.example.net', '22'], '198.51.100.1 22');
test(chosen, ['--server', 'gw', 'gw', '22'], '198.51.100.1 22');
test(chosen, ['--server', 'gw', 'other.example.net', '2222'], '198.51.100.2 2222');
test(chosen, ['192.0.2.5', '8022'], '192.0.2.5 8022');
test(
  chosen,
  ['192.0.2.5', '443'],
  /host "192\.0\.2\.5" is that of 2 saved servers\n.*hint: --server NAME; saved: twin, twin-admin\n/,
);
test(chosen, ['--server', 'twin', '192.0.2.5', '443'], '192.0.2.5 443');
test(chosen, ['--server', 'nosuch', 'gw', '22'], /"nosuch" is not a saved server/);
test(chosen, ['other.example.net', '22'], /--key-file and --server-id: missing/);
test(chosen, ['gw', 'ssh'], /--port: "ssh": expected/);
test(chosen, ['gw'], /missing required argument "port"/);
test(chosen, ['gw', '51820'], /port 51820 is open for UDP only/);
test(chosen, ['--time', '255', 'gw', '22'], /--time: "255": expected an integer from 0 to 254: 255 closes/);
test(chosen, ['--time', '256', 'gw', '22'], /--time: "256"/);
test(chosen, ['--renew', '--time', '0', 'gw', '22'], /--renew and --time 0 do not go together/);
test(chosen, ['--renew', '--if-closed', 'gw', '22'], /--if-closed and --renew do not go together/);
test(chosen, ['-4', '-6', 'gw', '22'], /-4 and -6/);

test('proxy --if-closed: open already, nothing is knocked; closed, it knocks', async (t) => {
  const options = await enrolled(t);
  const open = await run({ ...options, received: 'in' }, 'proxy', '--if-closed', 'gw', '22');
  t.deepEqual([open.code, open.machine.knocks, open.machine.passed], [0, [], 'in']);
  const closed = await run(
    { ...options, looks: ['silent', 'open'], received: 'in' },
    'proxy',
    '--if-closed',
    'gw',
    '22',
  );
  t.deepEqual([closed.code, requestsOf(closed.machine).length, closed.machine.passed], [0, 1, 'in']);
  const closes = await run({ ...options, looks: ['open', 'silent'] }, 'proxy', '--if-closed', '--close', 'gw', '22');
  t.deepEqual(requestsOf(closes.machine), [], 'what it did not open it does not close');
});

test('options may stand before the name of the command', async (t) => {
  const { code, machine } = await run(await enrolled(t), '--time', '7', '--transport', 'udp', 'proxy', 'gw', '22');
  t.is(code, 0);
  t.deepEqual(requestsOf(machine), ['22 for 203.0.113.7, time 7, nonce 5']);
  t.true(machine.knocks[0]?.startsWith('udp '));
  const stray = await run(await enrolled(t), '--print', 'proxy', 'gw', '22');
  t.deepEqual([stray.code, stray.machine.knocks], [2, []]);
});

// ── ssh

const OWN = '/usr/bin/node /opt/knockclient.js proxy';

const started = test.macro({
  title: (_, args: readonly string[]) => `ssh ${args.join(' ')}`,
  async exec(t, args: readonly string[], expected: readonly string[], options: FakeOptions = {}) {
    const { code, err, machine } = await run({ ...(await enrolled(t, 'gw.example.net')), ...options }, 'ssh', ...args);
    t.deepEqual([code, err, machine.knocks], [0, '', []]);
    t.deepEqual(machine.programs, [['ssh', '-o', ...expected]]);
  },
});
test(started, ['gw'], [`ProxyCommand=${OWN} --server=gw %h %p`, 'gw.example.net']);
test(
  started,
  ['root@gw', '-p', '2222', '-t', '--', 'ls', '-l a'],
  [`ProxyCommand=${OWN} --server=gw %h %p`, 'root@gw.example.net', '-p', '2222', '-t', '--', 'ls', '-l a'],
);
test(started, ['gw.example.net', '--renew'], [`ProxyCommand=${OWN} %h %p`, 'gw.example.net', '--renew']);
test(
  started,
  [
    '--renew',
    '--close',
    '--time',
    '5',
    '--ip',
    'source',
    '--wait',
    '20',
    '-6',
    '--transport',
    'udp',
    '--debug',
    'gw',
    'uptime',
  ],
  [
    `ProxyCommand=${OWN} --server=gw --ip=source --time=5 --transport=udp --wait=20 --ipv6 --renew --close --debug %h %p`,
    'gw.example.net',
    'uptime',
  ],
);
test(
  started,
  ['me@gw'],
  [`ProxyCommand='/opt/my node' '/it'\\''s 100%%/k' proxy --server=gw %h %p`, 'me@gw.example.net'],
  {
    ownCommand: ['/opt/my node', "/it's 100%/k"],
  },
);

const refused = test.macro({
  title: (_, args: readonly string[]) => `exit 2: ssh ${args.join(' ')}`,
  async exec(t, args: readonly string[], told: RegExp, options: FakeOptions = {}) {
    const { code, err, machine } = await run({ ...(await enrolled(t)), ...options }, 'ssh', ...args);
    t.deepEqual([code, machine.programs], [2, []]);
    t.regex(err, told);
  },
});
test(refused, ['nosuch'], /"nosuch" is not a saved server; saved: gw/);
test(refused, ['--time', '300', 'gw'], /--time: "300"/);
test(refused, ['--port', '22', 'gw'], /unknown option "--port"/);
test(refused, [], /missing required argument "server"/);
test(refused, ['gw'], /"knockclient ssh" does not run on Windows\n.*ProxyCommand knockclient proxy %h %p/, {
  platform: 'win32',
});

// ── --renew and a time that was saved

const neverOver = test.macro({
  title: (_, args: readonly string[]) => `time 0 is saved: ${args.join(' ')}`,
  async exec(t, args: readonly string[], isRefused: boolean) {
    const options = await enrolled(t);
    t.is(await main(['set', 'gw', '--time', '0'], new FakeMachine(options)), 0);
    const { code, err, machine } = await run(options, ...args);
    if (isRefused) {
      t.is(code, 2);
      t.regex(err, /--renew and the saved --time 0 do not go together\n.*hint: .*--time MINUTES/);
      t.deepEqual([machine.knocks, machine.programs], [[], []]);
    } else {
      t.is(code, 0, err);
    }
  },
});
test(neverOver, ['run', '--renew', 'gw', '--port', '22', '--', 'cmd'], true);
test(neverOver, ['proxy', '--renew', 'gw', '22'], true);
test(neverOver, ['proxy', '--renew', '198.51.100.1', '22'], true);
test(neverOver, ['ssh', '--renew', 'gw'], true);
test(neverOver, ['ssh', '--renew', 'me@198.51.100.1'], true);
test(neverOver, ['run', '--renew', '--time', '5', 'gw', '--port', '22', '--', 'cmd'], false);
test(neverOver, ['run', 'gw', '--port', '22', '--', 'cmd'], false);
