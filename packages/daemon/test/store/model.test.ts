// Random interleavings of everything that can be asked of a store, with a clock that goes forward and back and restarts in
// between: the real one and the slow one of model.ts give the same answers.

import test from 'ava';
import fc from 'fast-check';
import type { Grant } from '#src/authorise/authorise.js';
import type { SqliteStore } from '#src/store/sqlite-store.js';
import type { GrantFilter, OpenDoor } from '#src/store/store.js';
import { ModelStore } from './model.js';
import { folder, inMemory, NOW, openAt } from './opening.js';

const LIMITS = { maxClaims: 12, maxGrants: 6, maxAudit: 100_000, maxForwards: 1000, maxStops: 10 };

const address = fc.constantFrom('10.0.0.1', '10.0.0.2', '2001:db8::7');
const client = fc.constantFrom('alice', 'bob', 'carol');
const ports = fc.constantFrom(
  [{ protocol: 'tcp', port: 22 }] as const,
  [{ protocol: 'tcp', port: 53 }] as const,
  [
    { protocol: 'tcp', port: 53 },
    { protocol: 'udp', port: 53 },
  ] as const,
);
const claim = fc.record({
  kind: fc.constant('claim' as const),
  client,
  address,
  ports,
  number: fc.nat(3),
  /** From the window of now. */
  window: fc.constantFrom(-1, 0, 0, 0, 1),
  action: fc.constantFrom('open', 'open', 'open', 'close'),
  forMs: fc.constantFrom(undefined, 1, 60_000, 3_600_000),
});
const step = fc.oneof(
  { weight: 8, arbitrary: claim },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, 1000, 30_000, 90_000, 9e7) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('set' as const), ms: fc.constantFrom(-9e7, -3.6e6, -30_000, 3.6e6, 9e7) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('revoke' as const),
      filter: fc.record({ address, client, port: fc.constantFrom(22, 53) }, { requiredKeys: [] }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('restart' as const), ms: fc.constantFrom(0, 0, 30_000, -30_000, -9e7) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;

/** Both stores and the clock. @returns whether they answered the same at every step */
function agree(
  steps: readonly Step[],
  begin: () => SqliteStore,
  restart?: (store: SqliteStore, nowMs: number) => SqliteStore,
): boolean {
  let store = begin();
  const model = new ModelStore(LIMITS);
  let nowMs = NOW;
  try {
    for (const one of steps) {
      switch (one.kind) {
        case 'claim': {
          const cipher = new Uint8Array(8).fill(one.number);
          const window = Math.floor(nowMs / 30_000) + one.window;
          const asked = { client: one.client, window, cipher, sourceAddress: one.address };
          const end = one.forMs === undefined || one.action === 'close' ? {} : { endMs: nowMs + one.forMs };
          const { client: who, address: where, ports: which, action } = one;
          const grant = { client: who, address: where, ports: which, action, shortened: false, ...end } as Grant;
          if (store.claim(asked, grant, nowMs) !== model.claim(asked, grant, nowMs)) return false;
          break;
        }
        case 'wait':
          nowMs += one.ms;
          break;
        case 'set':
          nowMs += one.ms;
          store.shiftEnds(one.ms);
          model.shiftEnds(one.ms);
          break;
        case 'revoke': {
          const filter = one.filter as GrantFilter;
          const revoked = store.revoke(filter, 'x', nowMs);
          if (!Array.isArray(revoked)) return false;
          if (!isSame(sorted(revoked), sorted(model.revoke(filter, 'x', nowMs)))) return false;
          break;
        }
        case 'flush':
          store.flush(nowMs);
          model.flush(nowMs);
          break;
        case 'restart':
          if (!restart) break;
          // The clock may be behind after a boot.
          nowMs += one.ms;
          store = restart(store, nowMs);
          model.restart(nowMs);
          break;
      }
      const doors = model.openDoors(nowMs);
      if (
        !isSame(sorted(store.openDoors(nowMs)), sorted(doors)) ||
        store.countGrants(nowMs) !== model.grants({}, nowMs).length
      )
        return false;
      for (const { address: where, protocol, port, ...rest } of doors) {
        const state = store.doorState({ address: where, protocol, port }, nowMs);
        if (!isSame(state, { open: true, ...rest })) return false;
      }
      if (!store.condition().writable) return false;
    }
    return isSame(sorted(store.audit({ limit: 10_000 })), sorted(model.trail));
  } finally {
    store.close();
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return text(a) === text(b);
}

/** Whatever the order of the fields is. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

function sorted(values: readonly object[] | readonly OpenDoor[]): string[] {
  return values.map(text).sort();
}

test('in memory: the same answers as a slow model', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => agree(steps, () => inMemory(LIMITS))),
    { numRuns: process.env.SLOW ? 20_000 : 200 },
  );
  t.pass();
});

test('on disk, with restarts: the same answers as a slow model', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const stateDir = folder(t);
      const begin = (nowMs: number) => openAt(stateDir, nowMs, LIMITS);
      return agree(
        steps,
        () => begin(NOW),
        (store, nowMs) => {
          store.close();
          return begin(nowMs);
        },
      );
    }),
    { numRuns: process.env.SLOW ? 2000 : 25 },
  );
  t.pass();
});
