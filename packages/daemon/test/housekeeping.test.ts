import test from 'ava';
import type { ClientConfig } from '#src/config/config.js';
import { Housekeeping } from '#src/housekeeping.js';
import type { LogLine } from '#src/log.js';
import type { Observer } from '#src/observer.js';
import type { LiveGrant } from '#src/store/store.js';

const START = 1_800_000_000_000;
const GRANT: LiveGrant = {
  client: 'alice',
  address: '192.0.2.1',
  protocol: 'tcp',
  port: 22,
  sourceAddress: '192.0.2.1',
  sinceMs: START,
};

function client(expiresMs?: number): ClientConfig {
  return {
    name: 'alice',
    secret: new Uint8Array(32),
    ports: [],
    enabled: true,
    trustSource: true,
    openForOther: false,
    ...(expiresMs !== undefined && { expiresMs }),
  };
}

function world(clients: readonly ClientConfig[] = []) {
  const done: string[] = [];
  const said: LogLine[] = [];
  const store = {
    ended: [] as LiveGrant[],
    failure: undefined as string | undefined,
    droppedEntries: 0,
    flush: () => void done.push('flush'),
    takeEnded: () => store.ended.splice(0),
    condition: () =>
      store.failure === undefined
        ? ({ writable: true } as const)
        : ({ writable: false, message: store.failure } as const),
  };
  let nowMs = START;
  const observer: Observer = {
    onEnded: (grants) => void done.push(`ended ${grants.length}`),
    onDropped: (reason, count) => void done.push(`${reason} ${count}`),
  };
  const housekeeping = new Housekeeping({
    store,
    grants: { lookAtClock: () => void done.push('clock') },
    run: { runDue: (ms) => void done.push(`due ${ms - START}`) },
    clock: { nowMs: () => nowMs },
    clients: () => clients,
    onExpired: () => void done.push('expired'),
    say: (line) => void said.push(line),
    tell: (how) => how(observer),
  });
  /** @returns what was done in a second */
  const tick = () => {
    nowMs += 1000;
    done.length = 0;
    housekeeping.tick();
    return [...done];
  };
  return { store, said, tick };
}

test('every second: the clock first, as all else depends on it', (t) => {
  const { tick, said } = world();
  t.deepEqual(tick(), ['clock', 'flush', 'due 1000']);
  t.deepEqual(tick(), ['clock', 'flush', 'due 2000']);
  t.deepEqual(said, []);
});

test('a client that expires is told once, in the second in which it does', (t) => {
  const { tick } = world([client(), client(START + 1500)]);
  const expired = [1, 2, 3].map(() => tick().includes('expired'));
  t.deepEqual(expired, [false, true, false]);
});

test('grants that have ended are told', (t) => {
  const { store, tick } = world();
  store.ended = [GRANT, GRANT];
  t.true(tick().includes('ended 2'));
  t.false(tick().some((what) => what.startsWith('ended')));
});

test('lines that the audit trail left out are counted once', (t) => {
  const { store, tick } = world();
  store.droppedEntries = 3;
  t.true(tick().includes('audit-entry 3'));
  store.droppedEntries = 5;
  t.true(tick().includes('audit-entry 2'));
  t.false(tick().some((what) => what.startsWith('audit-entry')));
});

test('a store that cannot be written is said once, and once that it can be again', (t) => {
  const { store, tick, said } = world();
  tick();
  store.failure = 'the disk is full';
  tick();
  tick();
  t.is(said.length, 1);
  t.true(said[0]?.message.includes('the disk is full'));
  store.failure = undefined;
  tick();
  tick();
  t.is(said.length, 2);
});
