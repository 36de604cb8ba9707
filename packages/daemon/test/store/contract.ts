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
export function storeContract(name: string, create: () => Store): void {
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

  test(`${name}: where a door forwards to is remembered with it`, (t) => {
    const store = create();
    const target = { address: '10.0.0.5', port: 22, masquerade: true };
    store.claim(claim(1), grant({ action: 'forward', target }), NOW);
    t.deepEqual(store.doorState(DOOR, NOW), { open: true, client: 'alice', target });
    t.deepEqual(store.openDoors(NOW)[0]?.target, target);
    t.like(store.audit({ limit: 1 })[0], { event: 'forwarded', ports: 'tcp/22 to 10.0.0.5:22' });
    store.claim(claim(2), grant(), NOW);
    t.deepEqual(store.doorState(DOOR, NOW), { open: true, client: 'alice' });
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

  test(`${name}: all doors that are open, each with its longest grant`, (t) => {
    const store = create();
    const other = '2001:db8::7';
    store.claim(claim(1), grant({ endMs: NOW + MINUTE }), NOW);
    store.claim(claim(2, { client: 'bob' }), grant({ client: 'bob', endMs: NOW + 2 * MINUTE }), NOW);
    store.claim(claim(3), grant({ address: other }), NOW);
    store.claim(claim(4), grant({ address: '198.51.100.9', endMs: NOW + 1 }), NOW);
    t.deepEqual(store.openDoors(NOW + 1), [
      { ...DOOR, client: 'bob', endMs: NOW + 2 * MINUTE },
      { ...DOOR, address: other, client: 'alice' },
    ]);
  });

  test(`${name}: live grants, the newest first, by address, port and client`, (t) => {
    const store = create();
    const from = { sourceAddress: '203.0.113.1' };
    store.claim(claim(1, from), grant({ endMs: NOW + MINUTE }), NOW);
    store.claim(claim(2, { client: 'bob' }), grant({ client: 'bob' }), NOW + 1);
    const web = [{ protocol: 'tcp', port: 443 }] as const;
    store.claim(claim(3), grant({ address: '2001:db8::7', ports: web }), NOW + 2);
    const alice = { ...DOOR, ...from, client: 'alice', sinceMs: NOW, endMs: NOW + MINUTE };
    const bob = { ...DOOR, client: 'bob', sourceAddress: DOOR.address, sinceMs: NOW + 1 };
    const ipv6 = { ...web[0], address: '2001:db8::7', client: 'alice', sourceAddress: DOOR.address, sinceMs: NOW + 2 };
    t.deepEqual(store.grants({}, 10, NOW + 3), [ipv6, bob, alice]);
    t.deepEqual(store.grants({}, 2, NOW + 3), [ipv6, bob]);
    t.deepEqual(store.grants({ client: 'alice' }, 10, NOW + 3), [ipv6, alice]);
    t.deepEqual(store.grants({ address: DOOR.address }, 10, NOW + 3), [bob, alice]);
    t.deepEqual(store.grants({ port: 443 }, 10, NOW + 3), [ipv6]);
    t.deepEqual(store.grants({ protocol: 'tcp', port: 443 }, 10, NOW + 3), [ipv6]);
    t.deepEqual(store.grants({ protocol: 'udp', port: 443 }, 10, NOW + 3), []);
    t.deepEqual(store.grants({ port: 443, client: 'bob' }, 10, NOW + 3), []);
    t.is(store.countGrants(NOW + 3), 3);
    t.deepEqual(store.grants({}, 10, NOW + MINUTE), [ipv6, bob], 'what has ended is no grant');
    t.is(store.countGrants(NOW + MINUTE), 2);
  });

  test(`${name}: revoking ends what it names, and says what that was`, (t) => {
    const store = create();
    store.claim(claim(1), grant(), NOW);
    store.claim(claim(2, { client: 'bob' }), grant({ client: 'bob' }), NOW);
    t.deepEqual(store.revoke({ client: 'carol' }, 'x', NOW), []);
    const revoked = store.revoke({ client: 'alice' }, 'x', NOW);
    t.deepEqual(
      (revoked as readonly { client: string }[]).map(({ client }) => client),
      ['alice'],
    );
    t.deepEqual(store.doorState(DOOR, NOW), { open: true, client: 'bob' });
    t.is(store.revoke({}, 'x', NOW).length, 1);
    t.deepEqual(store.openDoors(NOW), []);
    t.is(store.claim(claim(1), grant(), NOW), 'replay', 'what was spent stays spent');
  });

  test(`${name}: when the clock is set, timed grants keep the time they had left`, (t) => {
    const store = create();
    store.claim(claim(1), grant({ endMs: NOW + MINUTE }), NOW);
    store.claim(claim(2, { client: 'bob' }), grant({ client: 'bob', address: '198.51.100.9' }), NOW);
    const hour = 60 * MINUTE;
    store.shiftEnds(hour);
    t.deepEqual(store.doorState(DOOR, NOW + hour), { open: true, client: 'alice', endMs: NOW + hour + MINUTE });
    t.deepEqual(store.doorState(DOOR, NOW + hour + MINUTE), { open: false });
    t.deepEqual(store.doorState({ ...DOOR, address: '198.51.100.9' }, NOW), { open: true, client: 'bob' });
    store.shiftEnds(-2 * hour);
    t.deepEqual(store.doorState(DOOR, NOW - hour + MINUTE), { open: false });
    t.true(store.doorState(DOOR, NOW - hour + MINUTE - 1).open);
  });

  test(`${name}: a close never makes a door stay open longer, even when the clock was set back`, (t) => {
    const store = create();
    store.claim(claim(1), grant({ endMs: NOW + MINUTE }), NOW);
    const later = NOW + 30 * MINUTE;
    t.deepEqual(store.doorState(DOOR, later), { open: false });
    store.flush(later);
    const back = later - 60 * MINUTE;
    store.shiftEnds(back - later);
    store.claim(
      claim(2, { client: 'bob', window: Math.floor(back / 30_000) }),
      grant({ client: 'bob', action: 'close' }),
      back,
    );
    t.deepEqual(store.doorState(DOOR, back), { open: false });
  });

  test(`${name}: the audit trail says who opened, closed, was refused and revoked what, the newest first`, (t) => {
    const store = create();
    store.claim(claim(1, { sourceAddress: '203.0.113.1' }), grant({ endMs: NOW + MINUTE }), NOW);
    store.claim(claim(2), grant({ action: 'close' }), NOW + 1);
    const ports = [
      { protocol: 'tcp', port: 53 },
      { protocol: 'udp', port: 53 },
    ] as const;
    store.claim(claim(3, { client: 'bob' }), grant({ client: 'bob', ports }), NOW + 2);
    const denied = { timeMs: NOW + 3, event: 'denied', client: 'eve', source: '192.0.2.1', reason: 'replay' } as const;
    store.record(denied);
    store.revoke({ client: 'bob' }, 'by the administrator', NOW + 4);
    const who = { client: 'alice', address: DOOR.address, source: DOOR.address };
    const trail = store.audit({ limit: 10 });
    t.deepEqual(
      trail.find(({ event }) => event === 'denied'),
      denied,
    );
    t.deepEqual(
      trail.filter(({ client }) => client === 'alice'),
      [
        { ...who, timeMs: NOW + 1, event: 'closed', ports: 'tcp/22' },
        { ...who, timeMs: NOW, event: 'opened', ports: 'tcp/22', source: '203.0.113.1', endMs: NOW + MINUTE },
      ],
    );
    t.deepEqual(
      trail.filter(({ client }) => client === 'bob').map(({ event, ports: text, reason }) => [event, text, reason]),
      [
        ['revoked', 'udp/53', 'by the administrator'],
        ['revoked', 'tcp/53', 'by the administrator'],
        ['opened', 'tcp/53,udp/53', undefined],
      ],
    );
    t.deepEqual(store.audit({ limit: 10, client: 'eve' }), [denied]);
    t.deepEqual(store.audit({ limit: 10, address: '192.0.2.1' }), [denied]);
    t.is(store.audit({ limit: 10, address: '203.0.113.1' }).length, 1);
    t.is(store.audit({ limit: 2 }).length, 2);
  });

  test(`${name}: a store that can be written says so`, (t) => t.deepEqual(create().condition(), { writable: true }));
}
