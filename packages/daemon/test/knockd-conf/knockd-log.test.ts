import test from 'ava';
import type { Grant } from '#src/authorise/authorise.js';
import type { KnockdDoor } from '#src/knockd-conf/knockd-conf.js';
import { KnockdLog, LINES_PER_SECOND } from '#src/knockd-conf/knockd-log.js';
import { logFileLine, startPhrase } from '#src/knockd-conf/phrases.js';
import type { Outcome } from '#src/pipeline.js';

const DOOR: KnockdDoor = {
  name: 'open SSH',
  line: 1,
  places: {},
  sequence: { knocks: [{ protocol: 'tcp', port: 1 }] },
  timeoutSeconds: 1,
  tcpFlags: { mask: 0, value: 0 },
  ipv4: { start: 'four %IP% %IP%', stop: { command: 'stop %IP%', afterSeconds: 1 } },
  ipv6: { start: 'six %IP%' },
};

function world() {
  const said: string[] = [];
  let nowMs = 0;
  const doors = new Map([
    ['open-SSH', { label: 'open SSH', commands: DOOR }],
    ['last', { label: 'last', commands: { ...DOOR, sequence: { file: '/used-up' } } }],
    ['more', { label: 'more', commands: { ...DOOR, sequence: { file: '/more' } } }],
  ]);
  const log = new KnockdLog(
    () => doors,
    (phrase) => said.push(phrase),
    { nowMs: () => nowMs },
    (file) => file === '/used-up',
  );
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { said, log, pass };
}

function granted(sourceAddress: string, door = 'open-SSH'): Outcome {
  return { kind: 'granted', request: { door, sourceAddress }, grant: {} as Grant };
}

test('the phrases of knockd, for each family', (t) => {
  const { said, log } = world();
  log.onStage('open-SSH', '192.0.2.1', 1);
  log.onOutcome(granted('192.0.2.1'));
  log.onStop('open-SSH', '192.0.2.1');
  log.onOutcome(granted('2001:db8::1'));
  t.deepEqual(said, [
    '192.0.2.1: open SSH: Stage 1',
    '192.0.2.1: open SSH: OPEN SESAME',
    'open SSH: running command: four 192.0.2.1 192.0.2.1',
    '192.0.2.1: open SSH: command timeout',
    'open SSH: running command: stop 192.0.2.1',
    '2001:db8::1: open SSH: OPEN SESAME',
    'open SSH: running command: six 2001:db8::1',
  ]);
});

test('a sequence that leads to nothing is still complete; one that was refused is not told', (t) => {
  const { said, log } = world();
  const request = { door: 'open-SSH', sourceAddress: '192.0.2.1' };
  log.onOutcome({ kind: 'denied', request, reason: 'nothing-to-run' });
  t.deepEqual(said, ['192.0.2.1: open SSH: OPEN SESAME']);
  log.onOutcome({ kind: 'denied', request, reason: 'line-changed' });
  t.is(said.length, 1);
});

test('a command that failed, and the last one-time sequence', (t) => {
  const { said, log } = world();
  log.onFailed('open-SSH', 'exit code 3');
  log.onFailed('open-SSH', 'ended by SIGTERM');
  log.onFailed('other', 'exit code 3');
  t.deepEqual(said, ['open SSH: command returned non-zero status code (3)']);
  log.onOutcome(granted('192.0.2.1', 'more'));
  t.is(said.length, 3);
  log.onOutcome(granted('192.0.2.1', 'last'));
  t.deepEqual(said.slice(3), [
    '192.0.2.1: last: OPEN SESAME',
    'no more sequences left in the one time sequences file for door last --> disabling the door',
    'last: running command: four 192.0.2.1 192.0.2.1',
  ]);
});

test('doors and clients of other files are not its matter', (t) => {
  const { said, log } = world();
  log.onStage('other', '192.0.2.1', 1);
  log.onStop('other', '192.0.2.1');
  log.onOutcome(granted('192.0.2.1', 'other'));
  log.onOutcome({
    kind: 'unrecognised',
    unrecognised: { sourceAddress: '192.0.2.1', rejection: { ok: false, reason: 'no-key' } as never },
  });
  t.deepEqual(said, []);
});

test('strangers cannot fill the disk', (t) => {
  const { said, log, pass } = world();
  for (let i = 0; i < 3 * LINES_PER_SECOND; i++) log.onStage('open-SSH', '192.0.2.1', 1);
  t.is(said.length, LINES_PER_SECOND);
  log.onStop('open-SSH', '192.0.2.1');
  t.is(said.length, LINES_PER_SECOND + 2, 'those of another kind are counted apart');
  pass(1000);
  log.onStage('open-SSH', '192.0.2.1', 2);
  t.is(said.at(-1), '192.0.2.1: open SSH: Stage 2');
});

test('a line of the file has the local time', (t) => {
  t.is(logFileLine(new Date(2026, 0, 2, 3, 4, 59), 'x'), '[2026-01-02 03:04] x\n');
  t.is(startPhrase(['eth0', 'wg0']), 'starting up, listening on eth0, wg0');
});
