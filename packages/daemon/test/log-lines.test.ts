import test from 'ava';
import type { FirewallPlan } from '#src/act/firewall.js';
import type { LogLine } from '#src/log.js';
import * as lines from '#src/log-lines.js';
import type { LiveGrant } from '#src/store/store.js';

const SSH = { protocol: 'tcp', port: 22 } as const;
const GUARD: FirewallPlan = {
  mode: 'guard',
  closed: 'drop',
  mark: 0x745,
  guarded: [SSH],
  sessions: [],
  forwards: false,
};
const MARK: FirewallPlan = { ...GUARD, mode: 'mark', guarded: [] };
const GRANT: LiveGrant = {
  ...SSH,
  address: '198.51.100.7',
  client: 'alice',
  sourceAddress: '198.51.100.7',
  sinceMs: 0,
};

const rows: readonly [LogLine, level: LogLine['level'], event: string, message: string][] = [
  [lines.describeStart(GUARD, { clients: 1 }, 0, false), 'info', 'started', 'started with 1 client, guarding tcp/22'],
  [
    lines.describeStart(MARK, { clients: 2, doors: 1 }, 3, true),
    'info',
    'started',
    'started with 2 clients, 1 door, marking with 0x745, 3 grants as before; a test: nothing is opened or closed',
  ],
  [lines.describeStop('SIGTERM', { knocks: 8 }), 'info', 'stopped', 'stopped by SIGTERM; the guard stays in place'],
  [
    lines.describeReload({ ...GUARD, guarded: [] }, { clients: 0 }),
    'info',
    'reloaded',
    'reloaded: 0 clients, guarding nothing',
  ],
  [
    lines.describeReloadProblem({ file: '/k.toml', path: 'base_port', value: '0', expected: 'an integer' }),
    'error',
    'reload-refused',
    'reload refused, nothing has changed: /k.toml: base_port: 0: expected an integer',
  ],
  [
    lines.describeRevoked(GRANT, 'by the administrator'),
    'info',
    'revoked',
    'revoked tcp/22 for 198.51.100.7, client "alice": by the administrator',
  ],
  [
    lines.describeShortened(GRANT, 1_800_000_000_000),
    'info',
    'shortened',
    'shortened tcp/22 for 198.51.100.7, client "alice", until 2027-01-15T08:00:00.000Z: the configuration allows no more',
  ],
  [lines.describeRevokeFailure('busy'), 'error', 'revoke-failed', 'could not revoke: busy'],
  [
    lines.describeClockStep(-3_600_000),
    'warn',
    'clock-stepped',
    'the clock was set 3600 s back: open doors keep the time they had left',
  ],
  [
    lines.describeSetAside('/s.corrupt', 'no database'),
    'error',
    'store-set-aside',
    'the store was damaged (no database): it is kept as "/s.corrupt"; a new one begins without grants, and only knocks of the half minutes from now on count',
  ],
  [
    lines.describeDamagedRows(2),
    'error',
    'store-damaged-rows',
    '2 rows of the store were damaged and left out: see docs/store.md',
  ],
  [
    lines.describeStore('disk is full'),
    'error',
    'store',
    'the store cannot be written (disk is full): knocks are refused until it can, open doors stay as they are',
  ],
  [lines.describeStore(undefined), 'info', 'store', 'the store can be written again'],
  [
    lines.describeRescue(1),
    'warn',
    'rescue',
    'rescue: the guard lapses in 1 minute unless "knockdaemon confirm" says that you can still get in',
  ],
  [lines.describeJobLine('door "x"', 'hello'), 'info', 'job-output', 'door "x": hello'],
  [lines.describeJobEnd('door "x"', undefined, 0), 'info', 'job-ended', 'door "x": done'],
  [
    lines.describeJobEnd('door "x"', 'exit code 1', 2),
    'error',
    'job-ended',
    'door "x": failed: exit code 1; 2 lines of its output left out',
  ],
  [
    lines.describeJobTimeout('hook on_open', 5),
    'warn',
    'job-timeout',
    'hook on_open: it runs for more than 5 s: it is ended',
  ],
  [lines.describeStopFailure('x', 'no user'), 'error', 'stop-failed', 'could not run the stop of door "x": no user'],
  [lines.describeHookFailure('hook on_open', 'no user'), 'error', 'hook-failed', 'could not run hook on_open: no user'],
  [lines.describeLinesLeft('x', 0), 'warn', 'one-time', 'door "x": no one-time sequences left'],
  [lines.describeLinesLeft('x', 1), 'warn', 'one-time', 'door "x": only 1 one-time sequence left'],
  [
    lines.describeCaptureState('eth0', { state: 'waiting' }),
    'warn',
    'capture',
    'waiting for interface "eth0": it is missing or down',
  ],
  [
    lines.describeCaptureState('log:/x', { state: 'waiting', message: 'the file is missing' }),
    'warn',
    'capture',
    'waiting for "log:/x": the file is missing',
  ],
  [lines.describeRescueEnd(true), 'info', 'confirmed', 'confirmed: the guard stays'],
  [
    lines.describeRescueEnd(false),
    'error',
    'rescue-lapsed',
    'nobody confirmed: the guard is removed, all ports are as without knockdaemon',
  ],
];
for (const [line, level, event, message] of rows) {
  test(`${event}: ${message.slice(0, 40)}`, (t) => {
    t.is(line.level, level);
    t.is(line.fields.event, event);
    t.is(line.message, message);
  });
}
