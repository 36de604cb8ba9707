import test from 'ava';
import type { Grant } from '#src/authorise/authorise.js';
import { accessOf, decide } from '#src/authorise/decide.js';
import { doorClient, doorOfClient, isGrantee } from '#src/authorise/door-client.js';
import type { ClientConfig } from '#src/config/config.js';
import type { DoorAction, DoorConfig } from '#src/config/door-config.js';
import type { ClientRequest, DoorRequest } from '#src/recognise/recogniser.js';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const SSH = { protocol: 'tcp', port: 22 } as const;
const DNS = { protocol: 'udp', port: 53 } as const;
const ALICE: ClientConfig = {
  name: 'alice',
  secret: new Uint8Array(32),
  enabled: true,
  ports: [SSH, { protocol: 'tcp', port: 9000 }],
  openForOther: false,
  trustSource: true,
};
const KNOCK: DoorRequest = { door: 'x', sourceAddress: '198.51.100.7' };
const NUMBER: ClientRequest = {
  client: 'alice',
  sourceAddress: '198.51.100.7',
  claimedAddress: 'source',
  port: 9000,
  time: 10,
  window: 60_000_000,
  cipher: new Uint8Array(8),
};
const OPEN: DoorAction = { kind: 'open', ports: [SSH, DNS], minutes: 5 };
const RUN: DoorAction = { kind: 'run', argv: ['/bin/true'], user: 'root', timeoutSeconds: 1, overlap: false };

function decided(action: DoorAction, request: Partial<DoorRequest> | Partial<ClientRequest>, client = ALICE) {
  const isClient = 'client' in request || 'time' in request;
  const door = { name: 'x', kind: 'encrypted', port: 9000, action } as DoorConfig;
  const access = accessOf({ clients: [client], doors: [door] });
  return decide(isClient ? { ...NUMBER, ...request } : { ...KNOCK, ...request }, access, NOW);
}

const FOR_DOOR = { client: 'door:x', door: 'x', address: '198.51.100.7', shortened: false };
const FOR_ALICE = { ...FOR_DOOR, client: 'alice' };

const rows: readonly (readonly [string, ReturnType<typeof decide>, Grant | { reason: string }])[] = [
  [
    'a door opens its ports',
    decided(OPEN, {}),
    { ...FOR_DOOR, action: 'open', ports: [SSH, DNS], endMs: NOW + 5 * MINUTE },
  ],
  ['for ever', decided({ ...OPEN, minutes: 0 }, {}), { ...FOR_DOOR, action: 'open', ports: [SSH, DNS] }],
  [
    'the port that was asked for',
    decided({ ...OPEN, minutes: 0 }, { port: 53 }),
    { ...FOR_DOOR, action: 'open', ports: [DNS] },
  ],
  ['a port that is not on the list', decided(OPEN, { port: 54 }), { reason: 'port-not-allowed' }],
  ['a door closes', decided({ kind: 'close', ports: [SSH] }, {}), { ...FOR_DOOR, action: 'close', ports: [SSH] }],
  ['a door runs', decided(RUN, {}), { ...FOR_DOOR, action: 'run', ports: [], run: RUN }],
  ['a door that is gone', decided(OPEN, { door: 'y' }), { reason: 'door-unknown' }],
  [
    'a client opens a door, for the time of the door at most',
    decided(OPEN, { time: 10 }),
    { ...FOR_ALICE, action: 'open', ports: [SSH, DNS], endMs: NOW + 5 * MINUTE, shortened: true },
  ],
  ['or for less', decided(OPEN, { time: 1 }), { ...FOR_ALICE, action: 'open', ports: [SSH, DNS], endMs: NOW + MINUTE }],
  ['without limit', decided({ ...OPEN, minutes: 0 }, { time: 0 }), { ...FOR_ALICE, action: 'open', ports: [SSH, DNS] }],
  [
    'the limits of the client hold',
    decided({ ...OPEN, minutes: 0 }, { time: 0 }, { ...ALICE, maxTime: 3 }),
    { ...FOR_ALICE, action: 'open', ports: [SSH, DNS], endMs: NOW + 3 * MINUTE, shortened: true },
  ],
  [
    'a client closes what a door opens',
    decided(OPEN, { time: 255 }),
    { ...FOR_ALICE, action: 'close', ports: [SSH, DNS] },
  ],
  ['nothing to close', decided(RUN, { time: 255 }), { reason: 'nothing-to-close' }],
  ['a client runs', decided(RUN, { time: 0 }), { ...FOR_ALICE, action: 'run', ports: [], run: RUN }],
  [
    'not on the list of the client',
    decided(RUN, { time: 0 }, { ...ALICE, ports: [SSH] }),
    { reason: 'port-not-allowed' },
  ],
  ['a disabled client', decided(RUN, { time: 0 }, { ...ALICE, enabled: false }), { reason: 'client-disabled' }],
];
for (const [title, found, expected] of rows) test(title, (t) => t.deepEqual<unknown, unknown>(found, expected));

test('a number that is no door is a port', (t) => {
  t.like(decided(RUN, { port: 22, time: 1 }), { client: 'alice', ports: [SSH], action: 'open', endMs: NOW + MINUTE });
});

test('the name of a door in the place of a client', (t) => {
  t.is(doorOfClient(doorClient('ssh')), 'ssh');
  t.is(doorOfClient('alice'), undefined);
  t.true(isGrantee('door:ssh') && isGrantee('alice'));
  t.false(isGrantee('door:') || isGrantee('door:a b') || isGrantee('other:ssh') || isGrantee(''));
});
