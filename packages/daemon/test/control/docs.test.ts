// docs/control.md tells what is: its screens are those of the commands, its requests are understood, its bounds are ours.

import { readFile } from 'node:fs/promises';
import test from 'ava';
import { answerLine } from '#src/control/answer-request.js';
import * as bounds from '#src/control/bounds.js';
import { formatAudit, formatGrants, formatRevoked } from '#src/control/list-screens.js';
import { plain } from '#src/control/paint.js';
import { readRequest } from '#src/control/request.js';
import { AUDIT_EVENTS } from '#src/control/result-schemas.js';
import { formatInForce, formatStatus } from '#src/control/status-screen.js';
import { warningsOf } from '#src/control/status-warnings.js';
import { formatConfirmed, formatReloaded } from '#src/messages/done.js';
import { DENIED, fakeActions, grant, NOW_MS, STATUS, unlimitedGrant } from './fake-actions.ts';

process.env.TZ = 'UTC';

const PAGE = await readFile(new URL('../../../../../docs/control.md', import.meta.url), 'utf8');

const shows = test.macro({
  title: (_, command: string) => `the screen of ${command}`,
  exec(t, command: string, screen: string) {
    t.true(PAGE.includes(`\`\`\`console\n$ knockdaemon ${command}\n${screen}\`\`\``), screen);
  },
});

test(shows, 'status', formatStatus(STATUS, plain));
test(shows, 'grants', formatGrants({ total: 2, grants: [grant(), unlimitedGrant()] }, NOW_MS, plain));
test(shows, 'revoke 203.0.113.7 22', formatRevoked({ total: 1, grants: [grant()] }, NOW_MS, plain));
test(shows, 'audit', formatAudit([DENIED], plain));
test(shows, 'reload', formatReloaded(formatInForce(STATUS)));
test(shows, 'confirm', formatConfirmed());

test('the screen of a daemon that is not well', (t) => {
  const [capture] = STATUS.captures;
  const wg0 = { interface: 'wg0', state: 'waiting', sinceMs: NOW_MS - 240_000, restarts: 0 } as const;
  const store = { writable: false, message: 'database or disk is full' };
  const warnings = warningsOf({ ...STATUS, store, captures: [capture as typeof wg0, wg0] });
  t.true(PAGE.includes(`well\n${warnings.map(({ level, text }) => `${level}: ${text}\n`).join('')}…`));
});

test('every request on the page is understood', (t) => {
  const requests = [...PAGE.matchAll(/`(\{"command":.*?\})`/g)].map(([, request = '']) => request);
  t.is(requests.length, 7);
  for (const request of requests) t.true('request' in readRequest(Buffer.from(request)), request);
});

test('the answers on the page are answers', async (t) => {
  for (const request of ['{"command":"confirm"}', '{"command":"grants","limit":0}']) {
    const { bytes } = await answerLine(Buffer.from(request), fakeActions());
    t.true(PAGE.includes(`    ${bytes}`), String(bytes));
  }
});

test('every field of the status, a grant and the audit trail is on the page', (t) => {
  const [capture] = STATUS.captures;
  const fields = [STATUS, STATUS.firewall, STATUS.store, capture, grant(), DENIED].flatMap((value) =>
    Object.keys(value ?? {}),
  );
  for (const field of [...fields, 'message', 'error', 'rescueEndMs'])
    t.regex(PAGE, new RegExp(`\`${field}(\\[\\])?\``), field);
});

test('every event of the audit trail is on the page', (t) => {
  const [, listed = ''] = /`event` \(([^)]+)\)/.exec(PAGE) ?? [];
  t.deepEqual(
    listed.split(/,\s/),
    AUDIT_EVENTS.map((event) => `\`${event}\``),
  );
});

test('the bounds on the page', (t) => {
  const row = (what: string): string => PAGE.split('\n').find((line) => line.startsWith(`| ${what} |`)) ?? '';
  t.true(row('connections at once').includes(`| ${bounds.MAX_CONNECTIONS} |`));
  t.true(
    row('connections at once').includes(
      `${bounds.MAX_TURNED_AWAY} of them at once, for ${bounds.TURNED_AWAY_MS / 1000} s`,
    ),
  );
  t.true(row('a request').includes(`| ${bounds.MAX_REQUEST_BYTES} bytes |`));
  t.true(row('the time to send it').includes(`| ${bounds.REQUEST_MS / 1000} s |`));
  t.true(row('the time to do it').includes(`| ${bounds.ACTION_MS / 1000} s |`));
  t.true(row('the time to fetch the answer').includes(`| ${bounds.ANSWER_MS / 1000} s |`));
  t.true(row('rows in an answer').includes(`| ${bounds.MAX_ROWS} |`));
  t.true(row('problems in an answer').includes(`| ${bounds.MAX_PROBLEMS} |`));
  t.true(row('an answer').includes(`| ${bounds.MAX_ANSWER_BYTES / 1024 / 1024} MiB |`));
  t.true(
    row('an answer').includes(
      `${(bounds.MAX_CONNECTIONS * bounds.MAX_ANSWER_BYTES) / 1024 / 1024} MiB at the very most`,
    ),
  );
  t.true(row('the path of the socket').includes(`${bounds.MAX_SOCKET_PATH_BYTES})`));
  t.true(
    row('a command waits').includes(
      `| ${bounds.PATIENCE_MS / 1000} s, \`reload\` ${bounds.RELOAD_PATIENCE_MS / 1000} s |`,
    ),
  );
});
