import test from 'ava';
import { DENIED } from '../control/fake-actions.ts';
import { callControl } from './call-control.ts';

test('audit', async (t) => {
  const { calls, ...result } = await callControl(t, {}, 'audit');
  t.deepEqual(result, {
    exitCode: 0,
    stdout: `TIME                 EVENT   CLIENT  FROM         FOR     PORTS  UNTIL, OR WHY
2026-11-21 08:24:11  denied  alice   203.0.113.7  source  22     replay: this sequence was accepted before
`,
    stderr: '',
  });
  t.deepEqual(calls, [['audit', { limit: 50 }]]);
});

test('--json, with filters', async (t) => {
  const args = ['audit', '--json', '--limit', '1000', '--client', 'alice', '--address', '203.0.113.7'];
  const { calls, stdout } = await callControl(t, {}, ...args);
  t.deepEqual(calls, [['audit', { limit: 1000, client: 'alice', address: '203.0.113.7' }]]);
  t.deepEqual(JSON.parse(stdout), { entries: [DENIED] });
});

test('nothing yet', async (t) => {
  const { exitCode, stdout } = await callControl(t, { audit: () => [] }, 'audit');
  t.is(exitCode, 0);
  t.is(stdout, 'nothing in the audit trail\n');
});

test('a wrong limit', async (t) => {
  const { exitCode, stderr, calls } = await callControl(t, {}, 'audit', '--limit', '0');
  t.is(exitCode, 2);
  t.is(stderr, 'knockdaemon: error: --limit: "0": expected an integer from 1 to 1000\n');
  t.deepEqual(calls, []);
});
