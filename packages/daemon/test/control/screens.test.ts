// What a person sees: goldens, with and without colours; and that nothing from outside can command the terminal.

import test from 'ava';
import { formatAudit, formatGrants, formatRevoked } from '#src/control/list-screens.js';
import { formatDistance, formatDuration, formatLocalTime, formatMomentNear } from '#src/control/local-time.js';
import { choosePaint, colour, plain } from '#src/control/paint.js';
import { formatInForce, formatStatus } from '#src/control/status-screen.js';
import { warningsOf } from '#src/control/status-warnings.js';
import { layOut } from '#src/control/text-table.js';
import { REJECTIONS } from '#src/reasons.js';
import { DENIED, grant, NOW_MS, STATUS, unlimitedGrant } from './fake-actions.ts';

// Local time is that of the machine: here it is one for all.
process.env.TZ = 'UTC';

const MINUTE_MS = 60_000;
const ILL: typeof STATUS = {
  ...STATUS,
  test: true,
  clients: 0,
  captures: [
    { interface: 'wg0', state: 'waiting', sinceMs: NOW_MS - 4 * MINUTE_MS, restarts: 2 },
    { interface: 'ppp0', state: 'failed', sinceMs: NOW_MS - 30_000, restarts: 1, message: 'a\u001b[2J\nb' },
    { interface: 'x', state: 'ended', sinceMs: NOW_MS - 5000, restarts: 0, message: 'SIGKILL' },
  ],
  firewall: { mode: 'mark', guarded: [], restored: 1, error: 'no', rescueEndMs: NOW_MS + 9 * MINUTE_MS },
  store: { writable: false, message: 'database or disk is full' },
  counts: { knocks: 1, failed: 2, 'dropped-not-ip': 7, 'capture-failed': 3, 'x-new': 4 },
};

test('status of a daemon that is well', (t) => {
  t.is(
    formatStatus(STATUS, plain),
    `knockdaemon 0.1.0  up 3 h 12 min, since 2026-11-21 05:12:11  process 4711, 64 MiB

interfaces   eth0  capturing for 3 h 12 min, ETHERNET
firewall     mode "guard", guarded ports tcp/22, tcp/443
store        writable
clients      12
grants       3 open now
sources      18 remembered
since start  18231 knocks: 12 opened, 2 closed, 4 denied, 31 rejected
  denied     replay 3, port-not-allowed 1
  rejected   no-key-fits 31
`,
  );
});

test('status of a daemon that is not: the worst first', (t) => {
  t.is(
    formatStatus(ILL, plain),
    `error: rescue: the guard is lifted at 08:33:11, in 9 min, unless "knockdaemon confirm" says that you can still get in
error: nothing is listened on: knocks go unheard
error: the store cannot be written, knocks are refused: database or disk is full
error: the firewall refused the last change: no
error: cannot listen on "ppp0", for 30 s: a\\u001b[2J\\nb
error: listening on "x" ended, 5 s ago: SIGKILL
warning: interface "wg0" is missing or down, for 4 min
warning: somebody else has changed our table in the kernel; it was put back once
warning: there are no clients: nobody can open anything; "knockdaemon enroll" adds one
warning: this is a test: nothing is opened or closed

knockdaemon 0.1.0  up 3 h 12 min, since 2026-11-21 05:12:11  process 4711, 64 MiB

interfaces   wg0   waiting for 4 min, started again 2 times
             ppp0  failed for 30 s, started again once
             x     ended for 5 s
firewall     mode "mark", no guarded ports
store        not writable
clients      0
grants       3 open now
sources      18 remembered
since start  1 knock: 0 opened, 0 closed, 0 denied, 0 rejected, 2 failed
  dropped    not-ip 7
  counted    x-new 4
`,
  );
});

test('a rescue that nobody confirmed', (t) => {
  const [first] = warningsOf({ ...STATUS, firewall: { ...STATUS.firewall, rescueEndMs: NOW_MS - MINUTE_MS } });
  t.is(
    first?.text,
    'rescue: nobody confirmed, and the guard was lifted at 08:23:11, 1 min ago: guarded ports are open to all',
  );
});

test('a well daemon has no warnings', (t) => t.deepEqual(warningsOf(STATUS), []));

test('colours: errors red, warnings yellow, what is well green', (t) => {
  const ill = formatStatus(ILL, colour);
  t.true(ill.startsWith('\u001b[31merror: rescue'));
  t.true(ill.includes('\n\u001b[33mwarning: interface "wg0"'));
  t.true(ill.includes('\u001b[31mnot writable\u001b[39m'));
  t.true(formatStatus(STATUS, colour).includes('\u001b[32meth0  capturing for 3 h 12 min, ETHERNET\u001b[39m'));
  // Taken away, the same is left.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of colours
  t.is(ill.replaceAll(/\u001b\[\d+m/g, ''), formatStatus(ILL, plain));
});

test('what is in force, with many ports', (t) => {
  t.is(formatInForce(STATUS), '12 clients, mode "guard", guarded ports tcp/22, tcp/443');
  const guarded = Array.from({ length: 25 }, (_, i) => `tcp/${i + 1}`);
  const text = formatInForce({ ...STATUS, clients: 1, firewall: { ...STATUS.firewall, guarded } });
  t.true(text.startsWith('1 client, mode "guard", guarded ports tcp/1, tcp/2'));
  t.true(text.endsWith('tcp/20 and 5 more'));
});

test('grants', (t) => {
  t.is(
    formatGrants({ total: 2, grants: [grant(), unlimitedGrant()] }, NOW_MS, plain),
    `CLIENT  ADDRESS      PORT       OPEN UNTIL          SINCE
alice   203.0.113.7  tcp/22     08:28:11, in 4 min  6 min ago
bob     2001:db8::7  udp/51820  no time limit       26 h ago

2 grants
`,
  );
});

test('grants for others than those who knocked, of more than are shown', (t) => {
  const other = grant({ sourceAddress: '192.0.2.1', endMs: NOW_MS + 24 * 60 * MINUTE_MS });
  t.is(
    formatGrants({ total: 7, grants: [grant(), other] }, NOW_MS, plain),
    `CLIENT  ADDRESS      PORT    OPEN UNTIL                    SINCE      KNOCKED FROM
alice   203.0.113.7  tcp/22  08:28:11, in 4 min            6 min ago
alice   203.0.113.7  tcp/22  2026-11-22 08:24:11, in 24 h  6 min ago  192.0.2.1

7 grants; the 2 newest are shown, --limit shows more
`,
  );
});

test('no grants, revoked grants', (t) => {
  t.is(formatGrants({ total: 0, grants: [] }, NOW_MS, plain), 'no grants\n');
  t.true(formatRevoked({ total: 1, grants: [grant()] }, NOW_MS, plain).endsWith('6 min ago\n\nrevoked 1 grant\n'));
  const cut = formatRevoked({ total: 2000, grants: [grant()] }, NOW_MS, plain);
  t.true(cut.endsWith('revoked 2000 grants; the 1 newest are shown\n'));
});

test('the audit trail', (t) => {
  t.is(
    formatAudit(
      [
        {
          ...DENIED,
          event: 'opened',
          address: '203.0.113.7',
          ports: 'tcp/22',
          endMs: NOW_MS + 4 * MINUTE_MS,
          reason: undefined,
        } as never,
        DENIED,
        { timeMs: NOW_MS - MINUTE_MS, event: 'rejected', source: '192.0.2.66', reason: 'no-key-fits' },
        {
          timeMs: NOW_MS - MINUTE_MS,
          event: 'revoked',
          client: 'bob',
          address: '::1',
          ports: 'udp/1',
          reason: 'a\u001bb',
        },
        { timeMs: NOW_MS - MINUTE_MS, event: 'opened', client: 'bob' },
        { timeMs: NOW_MS - MINUTE_MS, event: 'closed', client: 'bob' },
      ],
      plain,
    ),
    `TIME                 EVENT     CLIENT  FROM         FOR          PORTS   UNTIL, OR WHY
2026-11-21 08:24:11  opened    alice   203.0.113.7  203.0.113.7  tcp/22  2026-11-21 08:28:11
2026-11-21 08:24:11  denied    alice   203.0.113.7  source       22      replay: this sequence was accepted before
2026-11-21 08:23:11  rejected  -       192.0.2.66   -            -       ${REJECTIONS['no-key-fits']}
2026-11-21 08:23:11  revoked   bob     -            ::1          udp/1   a\\u001bb
2026-11-21 08:23:11  opened    bob     -            -            -       no time limit
2026-11-21 08:23:11  closed    bob     -            -            -
`,
  );
  t.is(formatAudit([], plain), 'nothing in the audit trail\n');
});

const durations = test.macro({
  title: (_, seconds: number) => `a duration of ${seconds} s`,
  exec(t, seconds: number, text: string) {
    t.is(formatDuration(seconds * 1000), text);
    t.is(formatDuration(-seconds * 1000), text);
  },
});

test(durations, 0, '0 s');
test(durations, 59.4, '59 s');
test(durations, 59.6, '1 min');
test(durations, 239, '4 min');
test(durations, 59 * 60 + 29, '59 min');
test(durations, 59 * 60 + 30, '1 h');
test(durations, 192 * 60, '3 h 12 min');
test(durations, 48 * 3600 - 60, '47 h 59 min');
test(durations, 52 * 3600, '2 days 4 h');
test(durations, 72 * 3600, '3 days');

test('distances, and local time', (t) => {
  t.is(formatDistance(1000, 1499), 'now');
  t.is(formatDistance(0, 4 * MINUTE_MS), '4 min ago');
  t.is(formatDistance(4 * MINUTE_MS, 0), 'in 4 min');
  t.is(formatLocalTime(NOW_MS), '2026-11-21 08:24:11');
  t.is(formatMomentNear(NOW_MS, NOW_MS), '08:24:11, now');
  t.is(formatMomentNear(NOW_MS - 9 * 3_600_000, NOW_MS), '2026-11-20 23:24:11, 9 h ago');
});

test('colours are for terminals whose owner wants them', (t) => {
  t.is(choosePaint(true, {}), colour);
  t.is(choosePaint(true, { NO_COLOR: '' }), colour);
  t.is(choosePaint(true, { NO_COLOR: '1' }), plain);
  t.is(choosePaint(true, { TERM: 'dumb' }), plain);
  t.is(choosePaint(false, {}), plain);
});

test('a table: aligned by what is seen, no blanks at the end of a line', (t) => {
  const rows = [
    ['a', { text: 'bb', style: 'red' }, 'c'],
    ['é\u009b', 'b'],
    ['aaaaaaaaa', '', ''],
  ] as const;
  t.is(layOut(rows, plain), 'a          bb  c\né\\u009b    b\naaaaaaaaa\n');
  t.is(layOut(rows, colour, '> ').split('\n')[0], '> a          \u001b[31mbb\u001b[39m  c');
});
