import test from 'ava';
import { ActionError } from '#src/act/action.js';
import { MAX_QUEUED_EVENTS } from '#src/act/hook-queue.js';
import { Hooks } from '#src/act/hooks.js';
import type { Job } from '#src/act/jobs.js';
import type { Grant } from '#src/authorise/authorise.js';
import type { HooksConfig } from '#src/config/door-config.js';
import type { LogLine } from '#src/log.js';
import type { Outcome } from '#src/pipeline.js';
import type { LiveGrant } from '#src/store/store.js';

const NOW = 1_800_000_000_000;
const CONFIG: HooksConfig = {
  user: 'nobody',
  timeoutSeconds: 10,
  onOpen: ['/bin/open'],
  onClose: ['/bin/close'],
  onDenied: ['/bin/denied'],
};
const GRANT: Grant = {
  client: 'alice',
  address: '192.0.2.1',
  ports: [
    { protocol: 'tcp', port: 53 },
    { protocol: 'udp', port: 53 },
  ],
  action: 'open',
  shortened: false,
};
const REQUEST = {
  client: 'alice',
  sourceAddress: '192.0.2.1',
  claimedAddress: 'source',
  port: 23,
  time: 1,
  window: 1,
  cipher: new Uint8Array(8),
};

function world(config: HooksConfig | undefined = CONFIG) {
  const started: Job[] = [];
  const said: LogLine[] = [];
  let dropped = 0;
  let refusal: Error | undefined;
  const hooks = new Hooks(
    {
      jobs: {
        start: (job) => {
          if (refusal) throw refusal;
          started.push(job);
        },
      },
      clock: { nowMs: () => NOW },
      say: (line) => void said.push(line),
      onDropped: (count) => {
        dropped += count;
      },
    },
    config,
  );
  return {
    hooks,
    started,
    said,
    dropped: () => dropped,
    refuse: (error?: Error) => {
      refusal = error;
    },
    grant: (changes: Partial<Grant>) =>
      hooks.onOutcome({ kind: 'granted', request: REQUEST, grant: { ...GRANT, ...changes } } as Outcome),
    end: () => started.at(-1)?.onEnd?.(),
  };
}

function about({ argv, address, client, door }: Job) {
  return [argv[0], address, client, door];
}

test('who is told of what', (t) => {
  const { hooks, started, grant, end } = world();
  const ended: LiveGrant = {
    client: 'door:ssh',
    address: '192.0.2.2',
    protocol: 'tcp',
    port: 22,
    sourceAddress: '192.0.2.2',
    sinceMs: NOW,
  };
  grant({});
  end();
  grant({ action: 'close', door: 'bye', client: 'door:bye' });
  end();
  const target = { address: '10.0.0.5', port: 22, masquerade: false };
  grant({ action: 'forward', door: 'inner', client: 'door:inner', target });
  end();
  grant({ action: 'run', ports: [] });
  hooks.onOutcome({ kind: 'denied', request: REQUEST, reason: 'port-not-allowed' });
  end();
  hooks.onOutcome({ kind: 'denied', request: { door: 'x', sourceAddress: '192.0.2.3' }, reason: 'replay' });
  end();
  hooks.onEnded([ended, { ...ended, client: 'alice' }]);
  end();
  const sourceAddress = '192.0.2.1';
  hooks.onOutcome({
    kind: 'unrecognised',
    unrecognised: { sourceAddress, rejection: { ok: false, reason: 'no-key-fits' } },
  });
  t.deepEqual(started.map(about), [
    ['/bin/open', '192.0.2.1', 'alice', 'tcp/53 udp/53'],
    ['/bin/close', '192.0.2.1', undefined, 'bye'],
    ['/bin/open', '192.0.2.1', undefined, 'inner'],
    ['/bin/denied', '192.0.2.1', 'alice', '23'],
    ['/bin/denied', '192.0.2.3', undefined, 'x'],
    ['/bin/close', '192.0.2.2', undefined, 'ssh'],
    ['/bin/close', '192.0.2.2', 'alice', 'tcp/22'],
  ]);
  t.true(started.every(({ user, timeMs }) => user === 'nobody' && timeMs === NOW));
});

test('one after the other, from a queue that is bounded', (t) => {
  const { started, grant, end, dropped } = world();
  for (let i = 0; i < MAX_QUEUED_EVENTS + 4; i++) grant({});
  t.is(started.length, 1);
  t.is(dropped(), 3);
  for (let i = 0; i <= MAX_QUEUED_EVENTS + 4; i++) end();
  t.is(started.length, MAX_QUEUED_EVENTS + 1);
});

test('denials, however many, neither displace nor delay what is opened and closed', (t) => {
  const { hooks, started, grant, dropped } = world();
  for (let i = 0; i < 2 * MAX_QUEUED_EVENTS; i++)
    hooks.onOutcome({ kind: 'denied', request: REQUEST, reason: 'replay' });
  t.is(dropped(), MAX_QUEUED_EVENTS - 1);
  grant({});
  grant({ action: 'close' });
  t.deepEqual(
    started.map(({ what }) => what),
    ['hook on_denied', 'hook on_open'],
  );
  started.at(-1)?.onEnd?.();
  t.is(started.at(-1)?.what, 'hook on_close');
  t.is(dropped(), MAX_QUEUED_EVENTS - 1);
});

test('one that cannot be started is said, and the next has its turn', (t) => {
  const { started, said, grant, refuse } = world();
  refuse(new ActionError('there is no user "nobody"'));
  grant({});
  grant({});
  t.is(said.length, 2);
  t.is(said[0]?.message, 'could not run hook on_open: there is no user "nobody"');
  refuse(undefined);
  grant({});
  t.is(started.length, 1);
});

test('without a hook nothing is run, and a reload brings another one', (t) => {
  const { hooks, started, grant } = world({ user: 'x', timeoutSeconds: 1, onClose: ['/bin/close'] });
  grant({});
  t.is(started.length, 0);
  hooks.reconfigure(CONFIG);
  grant({});
  t.is(started.length, 1);
  hooks.reconfigure(undefined);
  grant({});
  t.is(started.length, 1);
});
