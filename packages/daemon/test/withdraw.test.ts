import test from 'ava';
import { accessOf } from '#src/authorise/decide.js';
import type { ClientConfig } from '#src/config/config.js';
import type { DoorAction, DoorConfig, RunAction } from '#src/config/door-config.js';
import type { LiveGrant } from '#src/store/store.js';
import { MAX_APART, type Withdrawals, withdrawals } from '#src/withdraw.js';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
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

/** A number: it ends then. */
type Verdict = 'stays' | 'ends' | number;

function verdictOf({ revoked, shortened }: Withdrawals): Verdict {
  return revoked.length > 0 ? 'ends' : (shortened[0]?.grant.endMs ?? 'stays');
}

function given(changes: Partial<ClientConfig>, was: Partial<LiveGrant>, doors: readonly DoorConfig[] = []) {
  return withdrawals([grant(was)], accessOf({ clients: [{ ...ALICE, ...changes }], doors }), NOW);
}

const INNER = { address: '10.0.0.5', port: 22, masquerade: false };
const HERE = { address: '192.0.2.1', port: 22, masquerade: false };
const SSH_DOOR = {
  name: 'ssh',
  kind: 'encrypted',
  port: 9000,
  action: { kind: 'open', ports: [{ protocol: 'tcp', port: 2222 }], minutes: 10 },
} as const satisfies DoorConfig;
const FORWARD: DoorAction = { ...SSH_DOOR.action, kind: 'forward', targets: [INNER] };
const RUN: RunAction = { kind: 'run', argv: ['/bin/true'], user: 'root', timeoutSeconds: 1, overlap: false };
const OF_DOOR = { client: 'door:ssh', port: 2222, endMs: NOW + 10 * MINUTE };
const SPA_DOOR: DoorConfig = {
  name: 'carol',
  kind: 'spa',
  port: 62201,
  key: { encryptionKey: new Uint8Array(1), hmacKey: new Uint8Array(1), hmacHash: 'sha256' },
  requireAddress: false,
  action: {
    kind: 'ask',
    ports: [{ protocol: 'tcp', port: 22 }],
    seconds: 30,
    maxSeconds: 600,
    targets: [INNER],
    targetPorts: [{ protocol: 'tcp', port: 2222 }],
    commands: {},
  },
};
const OF_PACKET = { client: 'door:carol', endMs: NOW + 600_000 };

const rows: readonly [string, Partial<ClientConfig>, Partial<LiveGrant>, Verdict][] = [
  ['what is allowed stays', {}, {}, 'stays'],
  ['a disabled client', { enabled: false }, {}, 'ends'],
  ['an expired client', { expiresMs: NOW }, {}, 'ends'],
  ['a client that will expire', { expiresMs: NOW + MINUTE }, {}, NOW + MINUTE],
  ['what ends before its client expires', { expiresMs: NOW + MINUTE }, { endMs: NOW + MINUTE }, 'stays'],
  ['a port that was taken off the list', {}, { port: 23 }, 'ends'],
  ['a protocol that was taken off the list', {}, { protocol: 'udp', port: 53 }, 'ends'],
  ['a limit where there was none', { maxTime: 10 }, { sinceMs: NOW - MINUTE }, NOW + 9 * MINUTE],
  ['a lower limit', { maxTime: 10 }, { sinceMs: NOW - MINUTE, endMs: NOW + 20 * MINUTE }, NOW + 9 * MINUTE],
  ['within the limit', { maxTime: 10 }, { endMs: NOW + 10 * MINUTE }, 'stays'],
  ['rounding is no change', { maxTime: 10 }, { endMs: NOW + 10 * MINUTE + 999 }, 'stays'],
  ['a limit that is over', { maxTime: 10 }, { sinceMs: NOW - 10 * MINUTE }, 'ends'],
  ['an address of somebody else', {}, { sourceAddress: '198.51.100.8' }, 'ends'],
  ['one who may open for others', { openForOther: true }, { sourceAddress: '198.51.100.8' }, 'stays'],
  ['its own address needs no trust: it may have been named', { trustSource: false }, {}, 'stays'],
  ['forwarded, though the client only opens', {}, { target: INNER }, 'ends'],
];
for (const [title, changes, was, expected] of rows) {
  test(title, (t) => {
    t.is(verdictOf(given(changes, was)), expected);
  });
}

test('a client that is gone: said once, however many grants there are', (t) => {
  const grants = [1, 2, 3].map((i) => grant({ address: `198.51.100.${i}` }));
  t.deepEqual(withdrawals(grants, accessOf({ clients: [], doors: [] }), NOW).revoked, [{ client: 'alice' }]);
});

test('only what changes is named: by port, or by address', (t) => {
  const gone = grant({ port: 23 });
  const foreign = grant({ sourceAddress: '198.51.100.8', address: '198.51.100.9' });
  const access = accessOf({ clients: [ALICE], doors: [] });
  t.deepEqual(withdrawals([grant(), gone, foreign], access, NOW).revoked, [
    { client: 'alice', protocol: 'tcp', port: 22, address: '198.51.100.9' },
    { client: 'alice', protocol: 'tcp', port: 23 },
  ]);
});

test('a protocol that is gone takes nothing from the other one', (t) => {
  const [stays, gone] = [grant({ port: 53 }), grant({ protocol: 'udp', port: 53 })];
  t.deepEqual(withdrawals([stays, gone], accessOf({ clients: [ALICE], doors: [] }), NOW).revoked, [
    { client: 'alice', protocol: 'udp', port: 53 },
  ]);
});

test('what is given instead is one port, with all that the grant had', (t) => {
  const was = grant({ port: 2222, target: INNER });
  const door: DoorConfig = { ...SSH_DOOR, action: FORWARD };
  const client = { ...ALICE, ports: [{ protocol: 'tcp', port: 9000 } as const], maxTime: 2 };
  t.deepEqual(withdrawals([was], accessOf({ clients: [client], doors: [door] }), NOW).shortened, [
    {
      was,
      grant: {
        client: 'alice',
        door: 'ssh',
        address: was.address,
        ports: [{ protocol: 'tcp', port: 2222 }],
        action: 'forward',
        target: INNER,
        endMs: NOW + 2 * MINUTE,
        shortened: true,
      },
    },
  ]);
});

test('more than a bounded number of single changes: all of the port end', (t) => {
  const grants = Array.from({ length: MAX_APART + 2 }, (_, i) => {
    return grant({ address: `2001:db8::${i}`, sourceAddress: `2001:db8::${i}` });
  });
  const access = accessOf({ clients: [{ ...ALICE, maxTime: 1 }], doors: [] });
  t.is(withdrawals(grants.slice(0, MAX_APART), access, NOW).shortened.length, MAX_APART);
  t.deepEqual(withdrawals(grants, access, NOW), {
    revoked: [{ client: 'alice', protocol: 'tcp', port: 22 }],
    shortened: [],
  });
});

const doorRows: readonly [string, readonly DoorConfig[], Partial<LiveGrant>, Verdict][] = [
  ['what a door opens stays', [SSH_DOOR], OF_DOOR, 'stays'],
  ['a door that is gone', [], OF_DOOR, 'ends'],
  ['a port it opens no longer', [SSH_DOOR], { ...OF_DOOR, port: 22 }, 'ends'],
  ['a door that runs a program now', [{ ...SSH_DOOR, action: RUN }], OF_DOOR, 'ends'],
  [
    'a door that closes now',
    [{ ...SSH_DOOR, action: { kind: 'close', ports: SSH_DOOR.action.ports } }],
    OF_DOOR,
    'ends',
  ],
  ['a port that a client has through a door stays', [SSH_DOOR], { port: 2222, endMs: NOW + MINUTE }, 'stays'],
  ['the number of the door itself is no port', [SSH_DOOR], { port: 9000 }, 'ends'],
  ['no limit, of a door with one', [SSH_DOOR], { client: 'door:ssh', port: 2222 }, NOW + 10 * MINUTE],
  [
    'no limit, of a client through a door with one',
    [SSH_DOOR],
    { port: 2222, endMs: NOW + 99 * MINUTE },
    NOW + 10 * MINUTE,
  ],
  ['the time of a door is over', [SSH_DOOR], { ...OF_DOOR, sinceMs: NOW - 10 * MINUTE }, 'ends'],
  [
    'a door without a limit',
    [{ ...SSH_DOOR, action: { ...SSH_DOOR.action, minutes: 0 } }],
    { client: 'door:ssh', port: 2222 },
    'stays',
  ],
  ['a target that stays', [{ ...SSH_DOOR, action: FORWARD }], { ...OF_DOOR, target: INNER }, 'stays'],
  ['another target', [{ ...SSH_DOOR, action: FORWARD }], { ...OF_DOOR, target: { ...INNER, port: 23 } }, 'ends'],
  [
    'a target as another host',
    [{ ...SSH_DOOR, action: FORWARD }],
    { ...OF_DOOR, target: { ...INNER, masquerade: true } },
    'ends',
  ],
  ['a door that forwards now', [{ ...SSH_DOOR, action: FORWARD }], OF_DOOR, 'ends'],
  ['a door that forwarded', [SSH_DOOR], { ...OF_DOOR, target: INNER }, 'ends'],
  ['a packet', [SPA_DOOR], OF_PACKET, 'stays'],
  ['a packet, for another address', [SPA_DOOR], { ...OF_PACKET, sourceAddress: '192.0.2.1' }, 'stays'],
  ['a packet, for longer than it may', [SPA_DOOR], { ...OF_PACKET, endMs: NOW + 601_000 + 1 }, NOW + 600_000],
  ['a packet, of a door that will expire', [{ ...SPA_DOOR, expiresMs: NOW + 2000 }], OF_PACKET, NOW + 2000],
  ['a packet, of a door that has', [{ ...SPA_DOOR, expiresMs: NOW }], OF_PACKET, 'ends'],
  ['a packet, from an address that is no longer heard', [{ ...SPA_DOOR, sources: [] }], OF_PACKET, 'ends'],
  ['a packet, of one user', [{ ...SPA_DOOR, user: 'carol', requireAddress: true }], OF_PACKET, 'stays'],
  ['a packet, a port that is no longer on the list', [SPA_DOOR], { ...OF_PACKET, port: 23 }, 'ends'],
  ['a packet that forwards', [SPA_DOOR], { ...OF_PACKET, port: 2222, target: INNER }, 'stays'],
  ['a packet that forwards to this host', [SPA_DOOR], { ...OF_PACKET, port: 2222, target: HERE }, 'stays'],
  ['a packet, another target', [SPA_DOOR], { ...OF_PACKET, port: 2222, target: { ...INNER, port: 23 } }, 'ends'],
  ['a packet, of a door that has become another kind', [{ ...SSH_DOOR, name: 'carol' }], OF_PACKET, 'ends'],
];
for (const [title, doors, was, expected] of doorRows) {
  test(title, (t) => {
    const ports = [...ALICE.ports, { protocol: 'tcp', port: 9000 } as const];
    t.is(verdictOf(given({ ports }, was, doors)), expected);
  });
}
