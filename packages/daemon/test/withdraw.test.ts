import test from 'ava';
import { accessOf } from '#src/authorise/decide.js';
import type { ClientConfig } from '#src/config/config.js';
import type { DoorConfig } from '#src/config/door-config.js';
import type { LiveGrant } from '#src/store/store.js';
import { withdrawals } from '#src/withdraw.js';

const NOW = 1_800_000_000_000;
const ALICE: ClientConfig = {
  name: 'alice',
  secret: new Uint8Array(32),
  enabled: true,
  ports: [
    { protocol: 'tcp', port: 22 },
    { protocol: 'tcp', port: 53 },
  ],
  openForOther: false,
  trustSource: true,
};

function grant(overrides: Partial<LiveGrant> = {}): LiveGrant {
  const door = { address: '198.51.100.7', protocol: 'tcp', port: 22 } as const;
  return { ...door, client: 'alice', sourceAddress: '198.51.100.7', sinceMs: NOW, ...overrides };
}

const rows: readonly [string, Partial<ClientConfig> | undefined, Partial<LiveGrant>, object[]][] = [
  ['what is allowed stays', {}, {}, []],
  ['a client that is gone', undefined, {}, [{ client: 'alice' }]],
  ['a disabled client', { enabled: false }, {}, [{ client: 'alice' }]],
  ['an expired client', { expiresMs: NOW }, {}, [{ client: 'alice' }]],
  ['a client that will expire', { expiresMs: NOW + 1 }, {}, []],
  ['a port that was taken off the list', {}, { port: 23 }, [{ client: 'alice', port: 23 }]],
  ['a protocol that was taken off the list', {}, { protocol: 'udp', port: 53 }, [{ client: 'alice', port: 53 }]],
];
for (const [title, changes, grantOverrides, expected] of rows) {
  test(title, (t) => {
    const clients = changes ? [{ ...ALICE, ...changes }] : [];
    t.deepEqual<readonly object[], readonly object[]>(
      withdrawals([grant(grantOverrides)], accessOf({ clients, doors: [] }), NOW),
      expected,
    );
  });
}

test('each is said once, however many grants there are', (t) => {
  const grants = [1, 2, 3].map((i) => grant({ address: `198.51.100.${i}` }));
  t.deepEqual(withdrawals(grants, accessOf({ clients: [], doors: [] }), NOW), [{ client: 'alice' }]);
});

const SSH_DOOR: DoorConfig = {
  name: 'ssh',
  kind: 'encrypted',
  port: 9000,
  action: { kind: 'open', ports: [{ protocol: 'tcp', port: 2222 }], minutes: 1 },
};
const doorRows: readonly [string, readonly DoorConfig[], Partial<LiveGrant>, object[]][] = [
  ['what a door opens stays', [SSH_DOOR], { client: 'door:ssh', port: 2222 }, []],
  ['a door that is gone', [], { client: 'door:ssh', port: 2222 }, [{ client: 'door:ssh' }]],
  ['a port it opens no longer', [SSH_DOOR], { client: 'door:ssh' }, [{ client: 'door:ssh', port: 22 }]],
  ['a port that a client has through a door stays', [SSH_DOOR], { port: 2222 }, []],
  ['the number of the door itself is no port', [SSH_DOOR], { port: 9000 }, [{ client: 'alice', port: 9000 }]],
];
for (const [title, doors, grantOverrides, expected] of doorRows) {
  test(title, (t) => {
    const clients = [{ ...ALICE, ports: [...ALICE.ports, { protocol: 'tcp', port: 9000 } as const] }];
    const found = withdrawals([grant(grantOverrides)], accessOf({ clients, doors }), NOW);
    t.deepEqual<readonly object[], readonly object[]>(found, expected);
  });
}
