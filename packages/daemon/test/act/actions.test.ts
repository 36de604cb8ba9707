// What every action must do: perform what is granted, or throw an ActionError, and never wait.

import test from 'ava';
import { type Action, ActionError } from '#src/act/action.js';
import { DoorKeeper } from '#src/act/door-keeper.js';
import { DryRunFirewall, FirewallError } from '#src/act/firewall.js';
import { HoldPorts } from '#src/act/hold-ports.js';
import { Jobs } from '#src/act/jobs.js';
import { RunProgram } from '#src/act/run-program.js';
import type { Grant } from '#src/authorise/authorise.js';
import { openStore } from '#src/store/open-store.js';
import { FakePrograms } from './fake-programs.js';

const NOW = 1_800_000_000_000;
const GRANT: Grant = {
  client: 'door:x',
  door: 'x',
  address: '192.0.2.1',
  ports: [{ protocol: 'tcp', port: 22 }],
  action: 'open',
  shortened: false,
};

/** An action with its world: what it has done so far, and how to make that impossible. */
interface Subject {
  readonly action: Action;
  readonly grant: Grant;
  readonly done: () => readonly string[];
  readonly expected: readonly string[];
  readonly fail: () => void;
}

function subjectOf(kind: 'open' | 'close' | 'run'): Subject {
  const opened = openStore({ nowMs: NOW });
  if ('problems' in opened) throw new Error('no store');
  const { store } = opened;
  const plan = { mode: 'guard', closed: 'drop', mark: 1, guarded: [], sessions: [] } as const;
  const firewall = new DryRunFirewall();
  const keeper = new DoorKeeper({ firewall, store, clock: { nowMs: () => NOW }, plan: () => plan, onRestored() {} });
  const say = () => {};
  if (kind === 'run') {
    const programs = new FakePrograms();
    const jobs = new Jobs({ start: programs.start, later: programs.later, say });
    const run = { kind: 'run', argv: ['/bin/x'], user: 'root', timeoutSeconds: 1, overlap: false } as const;
    return {
      action: new RunProgram({ jobs, store, say }),
      grant: { ...GRANT, action: 'run', ports: [], run },
      done: () => programs.all.map(({ program }) => program.argv[0]),
      expected: ['/bin/x'],
      fail: () => {
        programs.refusal = new ActionError('no');
      },
    };
  }
  store.claim({ client: 'door:x', sourceAddress: '192.0.2.1' }, GRANT, NOW);
  keeper.install();
  const grant: Grant = { ...GRANT, action: kind };
  store.claim({ client: 'door:x', sourceAddress: '192.0.2.1' }, grant, NOW);
  return {
    action: new HoldPorts(keeper),
    grant,
    done: () => [...firewall.open.keys()],
    expected: kind === 'open' ? ['192.0.2.1 tcp/22'] : [],
    fail: () => {
      const refuse = () => {
        throw new FirewallError('no');
      };
      firewall.apply = refuse;
      firewall.install = refuse;
    },
  };
}

for (const kind of ['open', 'close', 'run'] as const) {
  test(`${kind}: does what is granted, at once`, (t) => {
    const { action, grant, done, expected } = subjectOf(kind);
    t.is(action.perform(grant, NOW), undefined);
    t.deepEqual(done(), expected);
  });

  test(`${kind}: what cannot be done is an ActionError of one line`, (t) => {
    const { action, grant, fail } = subjectOf(kind);
    fail();
    const error = t.throws(() => action.perform(grant, NOW), { instanceOf: ActionError });
    t.false(error.message.includes('\n'));
  });
}
