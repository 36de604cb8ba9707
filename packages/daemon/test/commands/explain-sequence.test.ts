// What eight ports are found to be. The sequences are those of docs/protocol.md, or made by the codec.

import { decodeSecret, encodeSequence, type KnockRequest } from '@eightknock/codec';
import test from 'ava';
import fc from 'fast-check';
import { explainSequence, type Finding, WINDOWS_AROUND } from '#src/commands/explain-sequence.js';
import type { ClientConfig, Config } from '#src/config/config.js';
import type { DoorAction } from '#src/config/door-config.js';
import { assertNoSecret, OTHER_SECRET, SECRET } from '../config/sample.ts';
import { configOf } from '../config-of.ts';

const NOW = 1_800_000_000;
/** Vectors of docs/protocol.md. */
const OPEN_22 = [945, 821, 985, 863, 840, 934, 913, 880];
const CLOSE_443_SOURCE = [838, 960, 906, 887, 972, 999, 829, 997];
const IPV6_51820 = [993, 909, 745, 994, 899, 939, 962, 875];

const ALICE: ClientConfig = {
  name: 'alice',
  secret: decodeSecret(SECRET),
  enabled: true,
  ports: [
    { protocol: 'tcp', port: 22 },
    { protocol: 'udp', port: 22 },
    { protocol: 'tcp', port: 443 },
    { protocol: 'udp', port: 51820 },
  ],
  openForOther: false,
  trustSource: true,
};
const BOB: ClientConfig = { ...ALICE, name: 'bob', secret: decodeSecret(OTHER_SECRET) };

function configFor(...clients: ClientConfig[]): Config {
  return configOf({ serverId: 'gw.example.net', clients });
}

const SSH = { protocol: 'tcp', port: 2222 } as const;
const DOOR = { name: 'x', kind: 'encrypted', port: 22 } as const;
const OPENS: DoorAction = { kind: 'open', ports: [SSH], minutes: 10 };
const RUNS: DoorAction = { kind: 'run', argv: ['/bin/true', 'x'], user: 'root', timeoutSeconds: 1, overlap: false };
const FORWARDS: DoorAction = {
  kind: 'forward',
  ports: [SSH],
  targets: [{ address: '10.0.0.5', port: 22, masquerade: false }],
  minutes: 0,
};

interface Row {
  readonly ports?: readonly number[];
  readonly at?: number;
  readonly source?: string | undefined;
  readonly client?: Partial<ClientConfig>;
  readonly action?: DoorAction;
}

const finds = test.macro({
  title: (given) => `finds: ${given}`,
  exec(t, { ports = OPEN_22, at = NOW, client = {}, action, ...rest }: Row, expected: Partial<Finding>) {
    const source = 'source' in rest ? rest.source : '203.0.113.7';
    const doors = action ? [{ ...DOOR, action }] : [];
    const config = { ...configFor(BOB, { ...ALICE, ...client }), doors };
    const [first] = explainSequence(config, {
      ports,
      unixSeconds: at,
      ...(source !== undefined && { sourceAddress: source }),
    });
    t.like(first, { client: 'alice', ...expected });
    assertNoSecret(t, first);
  },
});

test(
  'an IPv4 address that fits',
  finds,
  {},
  {
    windowOffset: 0,
    evidence: 'address',
    addressFit: 'same',
    claimedAddress: '203.0.113.7',
    port: 22,
    allowedPorts: ['tcp/22', 'udp/22'],
    time: 0,
    grantedTime: 0,
    refusals: [],
  },
);
test(
  '"the address I come from", to close',
  finds,
  { ports: CLOSE_443_SOURCE, source: '198.51.100.1' },
  {
    evidence: 'address',
    addressFit: 'source',
    claimedAddress: undefined as never,
    port: 443,
    time: 255,
    grantedTime: 255,
    refusals: [],
  },
);
test(
  '"the address I come from", not trusted',
  finds,
  { ports: CLOSE_443_SOURCE, client: { trustSource: false } },
  { addressFit: 'source', refusals: ['source-not-trusted'] },
);
test(
  'an IPv6 address that fits',
  finds,
  { ports: IPV6_51820, at: NOW + 29, source: '2001:db8::7' },
  { evidence: 'address', addressFit: 'same', claimedAddress: '2001:db8::7', port: 51820, time: 30, refusals: [] },
);
test(
  'an IPv6 address that does not',
  finds,
  { ports: IPV6_51820, at: NOW + 29, source: '2001:db8::8', client: { openForOther: true } },
  { evidence: 'port', addressFit: 'other', refusals: ['address-mismatch'] },
);
test(
  'the address of somebody else',
  finds,
  { source: '198.51.100.1' },
  { evidence: 'port', addressFit: 'other', claimedAddress: '203.0.113.7', refusals: ['address-mismatch'] },
);
test(
  'the address of somebody else, allowed',
  finds,
  { source: '198.51.100.1', client: { openForOther: true } },
  { addressFit: 'other', claimedAddress: '203.0.113.7', refusals: [] },
);
test(
  'no source to compare with',
  finds,
  { source: undefined },
  { evidence: 'port', addressFit: 'unknown', claimedAddress: '203.0.113.7', refusals: [] },
);
test(
  'a port that is not on the list',
  finds,
  { client: { ports: [{ protocol: 'tcp', port: 80 }] } },
  { evidence: 'address', allowedPorts: [], refusals: ['port-not-allowed'] },
);
test('a client that is disabled', finds, { client: { enabled: false } }, { refusals: ['client-disabled'] });
test('a client that expires now', finds, { client: { expiresMs: NOW * 1000 } }, { refusals: ['client-expired'] });
test('a client that expires in a millisecond', finds, { client: { expiresMs: NOW * 1000 + 1 } }, { refusals: [] });
test('no limit, shortened', finds, { client: { maxTime: 7 } }, { time: 0, grantedTime: 7 });
test(
  'minutes, shortened',
  finds,
  { ports: IPV6_51820, source: '2001:db8::7', client: { maxTime: 29 } },
  { time: 30, grantedTime: 29 },
);
test(
  'minutes within the limit',
  finds,
  { ports: IPV6_51820, source: '2001:db8::7', client: { maxTime: 31 } },
  { time: 30, grantedTime: 30 },
);
test(
  'closing is not shortened',
  finds,
  { ports: CLOSE_443_SOURCE, client: { maxTime: 7 } },
  { time: 255, grantedTime: 255 },
);
test(
  'one window late',
  finds,
  { at: NOW + 59 },
  { windowOffset: -1, clockSeconds: { least: -59, most: -29 }, refusals: [] },
);
test(
  'two windows late',
  finds,
  { at: NOW + 60 },
  { windowOffset: -2, clockSeconds: { least: -60, most: -30 }, refusals: ['clock-off'] },
);
test(
  'one window early',
  finds,
  { at: NOW - 1 },
  { windowOffset: 1, clockSeconds: { least: 1, most: 31 }, refusals: [] },
);
test('twenty windows early', finds, { at: NOW - 600 }, { windowOffset: 20, refusals: ['clock-off'] });
test(
  'everything wrong at once',
  finds,
  { at: NOW + 100, client: { enabled: false, expiresMs: 0, ports: [], trustSource: false }, ports: CLOSE_443_SOURCE },
  { refusals: ['clock-off', 'source-not-trusted', 'client-disabled', 'client-expired', 'port-not-allowed'] },
);

test(
  'a door opens its own ports, for its own time',
  finds,
  { action: OPENS },
  {
    port: 22,
    time: 0,
    grantedTime: 10,
    door: { name: 'x', action: 'open', ports: ['tcp/2222'] },
    refusals: [],
  },
);
test(
  'a door, and the shorter time of the client',
  finds,
  { action: OPENS, client: { maxTime: 7 }, at: NOW + 0.7 },
  { grantedTime: 7 },
);
test(
  'a door that runs a program',
  finds,
  { action: RUNS },
  {
    time: 0,
    grantedTime: 0,
    door: { name: 'x', action: 'run', program: '/bin/true' },
    refusals: [],
  },
);
test(
  'a door that closes',
  finds,
  { action: { kind: 'close', ports: [SSH] } },
  {
    door: { name: 'x', action: 'close', ports: ['tcp/2222'] },
  },
);
test(
  'a door that forwards',
  finds,
  { action: FORWARDS },
  {
    grantedTime: 0,
    door: { name: 'x', action: 'forward', ports: ['tcp/2222'], target: '10.0.0.5:22' },
  },
);
test(
  'a door that forwards nothing of this family',
  finds,
  { action: { ...FORWARDS, targets: [{ address: 'fd00::5', port: 22, masquerade: false }] } as DoorAction },
  { door: { name: 'x' }, refusals: ['no-target'] },
);
test(
  'a door that runs nothing for this family',
  finds,
  { action: { ...RUNS, families: {} } as DoorAction },
  {
    door: { name: 'x' },
    refusals: ['nothing-to-run'],
  },
);
test(
  'a door, and a client that may not',
  finds,
  { action: RUNS, client: { enabled: false, ports: [] } },
  {
    door: { name: 'x', action: 'run', program: '/bin/true' },
    refusals: ['client-disabled', 'port-not-allowed'],
  },
);
test(
  'a client that expires before its time is over',
  finds,
  { client: { expiresMs: (NOW + 61) * 1000 } },
  { grantedTime: 2 },
);

test('to close what runs a program', (t) => {
  const doors = [{ ...DOOR, port: 443, action: RUNS }];
  const [first] = explainSequence({ ...configFor(ALICE), doors }, { ports: CLOSE_443_SOURCE, unixSeconds: NOW });
  t.like(first, { door: { name: 'x' }, time: 255, grantedTime: 255, refusals: ['nothing-to-close'] });
});

test('further away nothing is proven', (t) => {
  const question = { ports: OPEN_22, unixSeconds: NOW + (WINDOWS_AROUND + 1) * 30, sourceAddress: '203.0.113.7' };
  t.deepEqual(
    explainSequence(configFor(ALICE), question).filter(({ evidence }) => evidence === 'address'),
    [],
  );
});

test('at the beginning of time there are no windows before', (t) => {
  const { secret } = ALICE;
  const request = { address: 'source', port: 22, time: 1 };
  const { ports } = encodeSequence({ secret, serverId: 'gw.example.net' }, request, 31, 3);
  const [first] = explainSequence(configFor(ALICE), { ports, unixSeconds: 0 });
  t.like(first, { windowOffset: 1, port: 22, time: 1, evidence: 'address' });
});

const request: fc.Arbitrary<KnockRequest> = fc.record({
  address: fc.oneof(
    fc.constant('source'),
    fc.ipV4().filter((address) => address !== '0.0.0.0'),
  ),
  port: fc.integer({ min: 1, max: 65535 }),
  time: fc.integer({ min: 0, max: 255 }),
});

test('every request is found, in every window that is tried, as it was made', (t) => {
  const config = configFor(BOB, ALICE);
  const offset = fc.integer({ min: -WINDOWS_AROUND, max: WINDOWS_AROUND });
  fc.assert(
    fc.property(request, offset, fc.nat(15), (given, windowOffset, nonce) => {
      const { secret } = ALICE;
      const sent = NOW + windowOffset * 30;
      const { ports } = encodeSequence({ secret, serverId: config.serverId }, given, sent, nonce);
      const isSource = given.address === 'source';
      const sourceAddress = isSource ? '192.0.2.1' : given.address;
      const found = explainSequence(config, { ports, unixSeconds: NOW, sourceAddress });
      const { port, time } = given;
      t.like(found[0], { client: 'alice', windowOffset, port, time, evidence: 'address' });
      t.is(found[0]?.addressFit, isSource ? 'source' : 'same');
      // Least and most must be around what the sender's clock is really off by.
      t.true((found[0]?.clockSeconds.least ?? 1) <= windowOffset * 30);
      t.true((found[0]?.clockSeconds.most ?? -1) > windowOffset * 30);
      assertNoSecret(t, found);
    }),
    { numRuns: 15 },
  );
});
