import test from 'ava';
import { ActionError } from '#src/act/action.js';
import { Jobs, MAX_JOBS } from '#src/act/jobs.js';
import { RunProgram } from '#src/act/run-program.js';
import type { Grant } from '#src/authorise/authorise.js';
import type { LogLine } from '#src/log.js';
import type { PendingStop } from '#src/store/store.js';
import { FakePrograms } from './fake-programs.js';

const NOW = 1_800_000_000_000;
const RUN: Grant = {
  client: 'door:x',
  door: 'x',
  address: '192.0.2.1',
  ports: [],
  action: 'run',
  shortened: false,
  run: { kind: 'run', argv: ['/bin/start'], user: 'backup', timeoutSeconds: 9, overlap: false },
};

function stop(id: number): PendingStop {
  return {
    id,
    dueMs: NOW,
    door: 'x',
    client: 'alice',
    address: '192.0.2.1',
    sinceMs: NOW - 1000,
    argv: ['/bin/stop', '%IP%'],
    user: 'backup',
    timeoutSeconds: 9,
  };
}

function world() {
  const programs = new FakePrograms();
  const said: LogLine[] = [];
  const say = (line: LogLine) => void said.push(line);
  const jobs = new Jobs({ start: programs.start, later: programs.later, say });
  let due: PendingStop[] = [];
  const takenBack: unknown[] = [];
  const store = {
    dueStops: () => due,
    takeBackStop: (...which: unknown[]) => void takenBack.push(which),
    forgetStop: (id: number) => {
      due = due.filter((one) => one.id !== id);
    },
  };
  const add = (...more: PendingStop[]) => {
    due = [...due, ...more];
  };
  return { programs, said, add, takenBack, due: () => due, run: new RunProgram({ jobs, store, say }) };
}

test('a program of a door runs once at a time, unless it may overlap', (t) => {
  const { programs, run } = world();
  run.perform(RUN, NOW);
  t.throws(() => run.perform(RUN, NOW), { instanceOf: ActionError });
  run.perform({ ...RUN, door: 'y' }, NOW);
  const overlapping = { ...RUN, run: { ...RUN.run!, overlap: true } };
  run.perform(overlapping, NOW);
  run.perform(overlapping, NOW);
  t.is(programs.all.length, 4);
  t.like(programs.all[0]?.program, { argv: ['/bin/start'], environment: { KNOCK_CLIENT: '', KNOCK_DOOR: 'x' } });
});

test('what is to end a program that was not started is taken back', (t) => {
  const { run, takenBack } = world();
  run.perform(RUN, NOW);
  t.deepEqual(takenBack, []);
  t.throws(() => run.perform(RUN, NOW + 1), { instanceOf: ActionError });
  t.deepEqual(takenBack, [[RUN, NOW + 1]]);
});

test('a stop runs once, with the time of its beginning, while its program still runs', (t) => {
  const { programs, run, add, due } = world();
  run.perform(RUN, NOW);
  add(stop(1));
  run.runDue(NOW);
  run.runDue(NOW);
  t.is(programs.all.length, 2);
  t.deepEqual(due(), []);
  t.like(programs.all[1]?.program, {
    argv: ['/bin/stop', '192.0.2.1'],
    environment: { KNOCK_CLIENT: 'alice', KNOCK_TIME: new Date(NOW - 1000).toISOString() },
  });
});

test('stops wait for room, and none is lost', (t) => {
  const { programs, run, add, due } = world();
  add(...Array.from({ length: MAX_JOBS + 2 }, (_, i) => stop(i + 1)));
  run.runDue(NOW);
  t.is(programs.all.length, MAX_JOBS);
  t.is(due().length, 2);
  programs.end(undefined, 0);
  run.runDue(NOW);
  t.is(programs.all.length, MAX_JOBS + 1);
});

test('a stop that cannot be started is said, and not tried for ever', (t) => {
  const { programs, run, add, due, said } = world();
  programs.refusal = new ActionError('there is no user "backup"');
  add(stop(1));
  run.runDue(NOW);
  t.deepEqual(due(), []);
  t.is(said[0]?.message, 'could not run the stop of door "x": there is no user "backup"');
});
