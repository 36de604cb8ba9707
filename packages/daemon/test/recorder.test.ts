import test from 'ava';
import { FirewallError } from '#src/act/firewall.js';
import { createLog, readableLine } from '#src/log.js';
import type { Outcome } from '#src/pipeline.js';
import { DEBUG_LINES_PER_SECOND, HOSTILE_LINES_PER_SECOND, Recorder } from '#src/recorder.js';

const REQUEST = {
  client: 'alice',
  sourceAddress: '198.51.100.7',
  claimedAddress: 'source',
  port: 22,
  time: 5,
  window: 60_000_000,
  cipher: new Uint8Array(8),
};
const GRANT = {
  client: 'alice',
  address: '198.51.100.7',
  ports: [{ protocol: 'tcp', port: 22 }],
  action: 'open',
  endMs: Date.UTC(2026, 0, 2, 3, 4, 5),
  shortened: false,
} as const;
const REPLAY: Outcome = { kind: 'denied', request: REQUEST, reason: 'replay' };

function setUp(options: { debug?: boolean; quiet?: boolean } = {}) {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const clock = { nowMs: () => now.ms };
  const now = { ms: 1000 };
  const log = createLog({ debug: false, quiet: false, readable: false, destination, ...options });
  return { lines, now, recorder: new Recorder(log, clock) };
}

const outcomes: readonly [string, Outcome, Record<string, unknown>, string][] = [
  [
    'a grant',
    { kind: 'granted', request: REQUEST, grant: GRANT },
    {
      level: 'info',
      event: 'opened',
      client: 'alice',
      source: '198.51.100.7',
      address: '198.51.100.7',
      ports: ['tcp/22'],
      requestedTime: 5,
    },
    'opened tcp/22 for 198.51.100.7, client "alice", until 2026-01-02T03:04:05.000Z',
  ],
  [
    'a close',
    { kind: 'granted', request: { ...REQUEST, time: 255 }, grant: { ...GRANT, action: 'close' } },
    { level: 'info', event: 'closed', client: 'alice', address: '198.51.100.7', ports: ['tcp/22'] },
    'closed tcp/22 for 198.51.100.7, client "alice"',
  ],
  [
    'a denial',
    { kind: 'denied', request: REQUEST, reason: 'port-not-allowed' },
    { level: 'warn', event: 'denied', reason: 'port-not-allowed', client: 'alice', source: '198.51.100.7', port: 22 },
    'denied port 22 from 198.51.100.7, client "alice": the port is not on its list',
  ],
  [
    'a replay',
    REPLAY,
    { level: 'warn', event: 'denied', reason: 'replay', client: 'alice', source: '198.51.100.7', port: 22 },
    'denied port 22 from 198.51.100.7, client "alice": replay: this sequence was accepted before',
  ],
  [
    'a failure',
    { kind: 'failed', request: REQUEST, grant: GRANT, error: new FirewallError('no room') },
    { level: 'error', event: 'failed', error: 'no room', client: 'alice', ports: ['tcp/22'] },
    'could not open tcp/22 for 198.51.100.7, client "alice": no room',
  ],
  [
    'a near miss',
    {
      kind: 'unrecognised',
      unrecognised: {
        sourceAddress: '198.51.100.7',
        rejection: { ok: false, reason: 'address-mismatch', client: 'alice', port: 22, claimedAddress: '10.0.0.2' },
      },
    },
    {
      level: 'warn',
      event: 'rejected',
      reason: 'address-mismatch',
      client: 'alice',
      claimed: '10.0.0.2',
      port: 22,
    },
    'rejected a sequence from 198.51.100.7, which looks like client "alice": it names another address than it comes from, which this client may not',
  ],
];
for (const [title, outcome, fields, message] of outcomes) {
  test(`${title} is one line with who, where, what and why`, (t) => {
    const { lines, recorder } = setUp();
    recorder.onOutcome(outcome);
    t.is(lines.length, 1);
    t.like(lines[0], fields);
    t.is(lines[0]?.msg, message);
    t.regex(String(lines[0]?.time), /^\d{4}-\d\d-\d\dT/);
  });
}

test('lines that strangers cause are limited for each reason and second, and counted', (t) => {
  const { lines, now, recorder } = setUp();
  for (let i = 0; i < 1000; i++) recorder.onOutcome(REPLAY);
  t.is(lines.length, HOSTILE_LINES_PER_SECOND);
  recorder.onOutcome({ ...REPLAY, reason: 'port-not-allowed' } as Outcome);
  t.is(lines.length, HOSTILE_LINES_PER_SECOND + 1, 'another reason has lines of its own');
  now.ms += 1000;
  recorder.onOutcome(REPLAY);
  t.is(lines.at(-1)?.suppressed, 1000 - HOSTILE_LINES_PER_SECOND);
  t.is(recorder.counts().replay, 1001);
});

test('grants are never suppressed', (t) => {
  const { lines, recorder } = setUp();
  for (let i = 0; i < 100; i++) recorder.onOutcome({ kind: 'granted', request: REQUEST, grant: GRANT });
  t.is(lines.length, 100);
});

test('knocks are counted', (t) => {
  const { lines, recorder } = setUp({ debug: true });
  for (let i = 0; i < 3; i++) recorder.onKnock();
  t.is(recorder.counts().knocks, 3);
  t.is(lines.length, 0);
});

test('what is traced is written only for debug, limited', (t) => {
  const plain = setUp();
  plain.recorder.trace('198.51.100.7', 'knock', {});
  t.is(plain.lines.length, 0);
  const { lines, recorder } = setUp({ debug: true });
  for (let i = 0; i < 1000; i++) recorder.trace('198.51.100.7', 'knock', { port: 750 });
  t.is(lines.length, DEBUG_LINES_PER_SECOND);
  t.like(lines[0], { event: 'trace', stage: 'knock', source: '198.51.100.7', port: 750 });
});

test('quiet leaves warnings and errors', (t) => {
  const { lines, recorder } = setUp({ quiet: true });
  recorder.onOutcome({ kind: 'granted', request: REQUEST, grant: GRANT });
  recorder.onOutcome(REPLAY);
  t.deepEqual(
    lines.map((line) => line.event),
    ['denied'],
  );
});

test('names of counters are bounded', (t) => {
  const { recorder } = setUp();
  for (let i = 0; i < 1000; i++) recorder.onDropped(`reason-${i}`, 2);
  const counts = recorder.counts();
  t.true(Object.keys(counts).length <= 65);
  t.is(
    Object.values(counts).reduce((sum, count) => sum + count),
    2000,
  );
});

test('what happens to capturing is said', (t) => {
  const { lines, recorder } = setUp();
  recorder.onCaptureState('eth0', { state: 'capturing', linkType: 'ETHERNET', confined: true });
  recorder.onCaptureState('eth0', { state: 'waiting' });
  recorder.onCaptureState('eth0', { state: 'failed', failure: 'denied', message: 'no permission' });
  recorder.onCaptureState('eth0', { state: 'ended', message: 'killed by SIGABRT' });
  t.deepEqual(
    lines.map(({ level, msg }) => `${level}: ${msg}`),
    [
      'info: listening on "eth0" (ETHERNET)',
      'warn: waiting for interface "eth0": it is missing or down',
      'error: cannot listen on "eth0": no permission; trying again',
      'warn: listening on "eth0" ended (killed by SIGABRT); starting again',
    ],
  );
});

test('stages of a traced source are lines of debug, for programs and for people', (t) => {
  const { lines, recorder } = setUp({ debug: true });
  recorder.trace('198.51.100.7', 'duplicate', { destinationPort: 750 });
  t.like(lines[0], {
    level: 'debug',
    event: 'trace',
    source: '198.51.100.7',
    stage: 'duplicate',
    destinationPort: 750,
  });
  t.is(lines[0]?.msg, '198.51.100.7: duplicate destinationPort=750');
});

test('an interface that comes and goes all the time does not fill the log', (t) => {
  const { lines, recorder } = setUp();
  for (let i = 0; i < 100; i++) recorder.onCaptureState('eth0', { state: 'waiting' });
  t.is(lines.length, HOSTILE_LINES_PER_SECOND);
  recorder.onCaptureState('eth1', { state: 'waiting' });
  t.is(lines.length, HOSTILE_LINES_PER_SECOND + 1);
});

test('a table that was put back, or could not be, is said and counted', (t) => {
  const { lines, recorder } = setUp();
  recorder.onRestored();
  recorder.onRestored(new FirewallError('no room'));
  t.deepEqual(
    lines.map(({ level, event }) => [level, event]),
    [
      ['warn', 'restored'],
      ['error', 'restore-failed'],
    ],
  );
  t.like(recorder.counts(), { restored: 1, 'restore-failed': 1 });
  for (let i = 0; i < 100; i++) recorder.onRestored();
  t.is(lines.length, HOSTILE_LINES_PER_SECOND + 1);
});

test('a line for a terminal', (t) => {
  const line = JSON.stringify({ level: 'warn', time: '2026-01-02T03:04:05.678Z', msg: 'hello' });
  t.is(readableLine(line, false), '03:04:05 warn  hello\n');
  t.true(readableLine(line, true).includes('\u001b[33mwarn '));
});
