// What every store must do: run by the test of each implementation.

import test from 'ava';
import type { Grant } from '#src/authorise/authorise.js';
import type { Claim, Door, Store } from '#src/store/store.js';

const NOW = 1_800_000_000_000;
const WINDOW = NOW / 30_000;
const MINUTE = 60_000;
const DOOR: Door = { address: '198.51.100.7', protocol: 'tcp', port: 22 };

function claim(number: number, overrides: Partial<Claim> = {}): Claim {
  return {
    client: 'alice',
    window: WINDOW,
    cipher: new Uint8Array(8).fill(number),
    sourceAddress: DOOR.address,
    ...overrides,
  };
}

function grant(overrides: Partial<Grant> = {}): Grant {
  const { address, protocol, port } = DOOR;
  return { client: 'alice', address, ports: [{ protocol, port }], action: 'open', shortened: false, ...overrides };
}

/** Declares the tests for one implementation; `create` gives an empty store. */
export function storeContract(name: string, create: () => Pick<Store, 'claim' | 'doorState'>): void {
  test(`${name}: a sequence is claimed once`, (t) => {
    const store = create();
    t.is(store.claim(claim(1), grant(), NOW), 'claimed');
    t.is(store.claim(claim(1), grant(), NOW + 1), 'replay');
    t.is(store.claim(claim(1), grant({ action: 'close' }), NOW + 89_000), 'replay');
  });

  test(`${name}: client, window and cipher bytes each make another sequence`, (t) => {
    const store = create();
    store.claim(claim(1), grant(), NOW);
    t.is(store.claim(claim(2), grant(), NOW), 'claimed');
    t.is(store.claim(claim(1, { window: WINDOW + 1 }), grant(), NOW), 'claimed');
    t.is(store.claim(claim(1, { client: 'bob' }), grant({ client: 'bob' }), NOW), 'claimed');
  });

  test(`${name}: a replay changes no grant`, (t) => {
    const store = create();
    store.claim(claim(1), grant(), NOW);
    store.claim(claim(2), grant({ action: 'close' }), NOW);
    t.is(store.claim(claim(1), grant(), NOW), 'replay');
    t.deepEqual(store.doorState(DOOR, NOW), { open: false });
  });

  test(`${name}: a door is open until its end`, (t) => {
    const store = create();
    t.deepEqual(store.doorState(DOOR, NOW), { open: false });
    store.claim(claim(1), grant({ endMs: NOW + MINUTE }), NOW);
    t.deepEqual(store.doorState(DOOR, NOW + MINUTE - 1), { open: true, client: 'alice', endMs: NOW + MINUTE });
    t.deepEqual(store.doorState(DOOR, NOW + MINUTE), { open: false });
    t.deepEqual(store.doorState({ ...DOOR, port: 23 }, NOW), { open: false });
    t.deepEqual(store.doorState({ ...DOOR, protocol: 'udp' }, NOW), { open: false });
    t.deepEqual(store.doorState({ ...DOOR, address: '198.51.100.8' }, NOW), { open: false });
  });

  test(`${name}: a new grant of the same client replaces its old one, longer or shorter`, (t) => {
    const store = create();
    store.claim(claim(1), grant(), NOW);
    store.claim(claim(2), grant({ endMs: NOW + MINUTE }), NOW);
    t.deepEqual(store.doorState(DOOR, NOW), { open: true, client: 'alice', endMs: NOW + MINUTE });
  });

  test(`${name}: of two clients the longer grant counts, and closing ends only one's own`, (t) => {
    const store = create();
    store.claim(claim(1), grant(), NOW);
    store.claim(claim(2, { client: 'bob' }), grant({ client: 'bob', endMs: NOW + MINUTE }), NOW);
    t.deepEqual(store.doorState(DOOR, NOW), { open: true, client: 'alice' });
    store.claim(claim(3), grant({ action: 'close' }), NOW);
    t.deepEqual(store.doorState(DOOR, NOW), { open: true, client: 'bob', endMs: NOW + MINUTE });
    store.claim(claim(4, { client: 'bob' }), grant({ client: 'bob', action: 'close' }), NOW);
    t.deepEqual(store.doorState(DOOR, NOW), { open: false });
  });

  test(`${name}: all ports of a grant are recorded`, (t) => {
    const store = create();
    const ports = [
      { protocol: 'tcp', port: 53 },
      { protocol: 'udp', port: 53 },
    ] as const;
    store.claim(claim(1), grant({ ports }), NOW);
    for (const port of ports) t.true(store.doorState({ ...port, address: DOOR.address }, NOW).open);
  });
}
