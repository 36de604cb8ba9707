import test from 'ava';
import { ActionError } from '#src/act/action.js';
import { type Job, Jobs, KILL_AFTER_MS, MAX_JOBS } from '#src/act/jobs.js';
import type { LogLine } from '#src/log.js';
import { FakePrograms } from './fake-programs.js';

const JOB: Job = {
  what: 'door "x"',
  argv: ['/bin/x', '--for=%IP%,%IP%', 'a b'],
  user: 'backup',
  timeoutSeconds: 10,
  address: '198.51.100.7',
  client: 'alice',
  door: 'x',
  timeMs: 1_800_000_000_000,
};

function world() {
  const programs = new FakePrograms();
  const said: LogLine[] = [];
  const jobs = new Jobs({ start: programs.start, later: programs.later, say: (line) => void said.push(line) });
  return { programs, said, jobs, messages: () => said.map(({ level, message }) => `${level} ${message}`) };
}

test('what is started: the address in its arguments, four variables, its user', (t) => {
  const { programs, jobs } = world();
  jobs.start(JOB);
  t.deepEqual<unknown, unknown>(programs.all[0]?.program, {
    argv: ['/bin/x', '--for=198.51.100.7,198.51.100.7', 'a b'],
    user: 'backup',
    environment: {
      KNOCK_ADDRESS: '198.51.100.7',
      KNOCK_CLIENT: 'alice',
      KNOCK_DOOR: 'x',
      KNOCK_TIME: '2027-01-15T08:00:00.000Z',
    },
  });
  const { client: _, ...nobody } = JOB;
  jobs.start(nobody);
  t.is(programs.all[1]?.program.environment.KNOCK_CLIENT, '');
});

test('what is no address never gets into an argument', (t) => {
  const { programs, jobs } = world();
  for (const address of ['source', '', '$(id)', '198.51.100.7;id', '::1%eth0']) {
    t.throws(() => jobs.start({ ...JOB, address }), { instanceOf: ActionError });
  }
  t.is(programs.all.length, 0);
});

test('output, and how it ended', (t) => {
  const { programs, jobs, messages } = world();
  jobs.start(JOB);
  programs.all[0]?.listener.onOutput(Buffer.from('one\ntwo \u001b[31m'));
  programs.end('exit code 3');
  jobs.start(JOB);
  programs.end();
  t.deepEqual(messages(), [
    'info door "x": one',
    'info door "x": two \\u001b[31m',
    'error door "x": failed: exit code 3',
    'info door "x": done',
  ]);
  t.is(jobs.count, 0);
  t.is(programs.timers, 0);
});

test('too long: SIGTERM, then SIGKILL', (t) => {
  const { programs, jobs, messages } = world();
  jobs.start(JOB);
  programs.pass(9999);
  t.deepEqual(programs.all[0]?.signals, []);
  programs.pass(1);
  t.deepEqual(programs.all[0]?.signals, ['SIGTERM']);
  programs.pass(KILL_AFTER_MS);
  t.deepEqual(programs.all[0]?.signals, ['SIGTERM', 'SIGKILL']);
  programs.end('ended by SIGKILL');
  t.is(messages().at(-1), 'error door "x": failed: it took more than 10 s');
});

test('who ends after SIGTERM is not killed', (t) => {
  const { programs, jobs } = world();
  jobs.start(JOB);
  programs.pass(10_000);
  programs.end('ended by SIGTERM');
  programs.pass(KILL_AFTER_MS);
  t.deepEqual(programs.all[0]?.signals, ['SIGTERM']);
  t.is(programs.timers, 0);
});

test('one that is to be alone is, of its kind', (t) => {
  const { programs, jobs } = world();
  jobs.start({ ...JOB, alone: 'x' });
  t.throws(() => jobs.start({ ...JOB, alone: 'x' }), { instanceOf: ActionError, message: 'it still runs' });
  jobs.start({ ...JOB, alone: 'y' });
  jobs.start(JOB);
  programs.end(undefined, 0);
  t.notThrows(() => jobs.start({ ...JOB, alone: 'x' }));
});

test('so many at once, and no more', (t) => {
  const { programs, jobs } = world();
  for (let i = 0; i < MAX_JOBS; i++) jobs.start(JOB);
  t.true(jobs.isFull);
  t.throws(() => jobs.start(JOB), { instanceOf: ActionError, message: '16 programs run already' });
  programs.end();
  t.false(jobs.isFull);
  t.notThrows(() => jobs.start(JOB));
});

test('one that cannot be started leaves nothing behind', (t) => {
  const { programs, jobs } = world();
  programs.refusal = new ActionError('there is no user "x"');
  t.throws(() => jobs.start(JOB), { message: 'there is no user "x"' });
  t.is(jobs.count + programs.timers, 0);
});

test('when the daemon ends, all are asked to, and none is waited for', (t) => {
  const { programs, jobs } = world();
  jobs.start(JOB);
  jobs.start(JOB);
  jobs.stop();
  t.deepEqual(
    programs.all.map(({ signals }) => signals),
    [
      ['SIGTERM', 'released'],
      ['SIGTERM', 'released'],
    ],
  );
  t.is(programs.timers + jobs.count, 0);
});
