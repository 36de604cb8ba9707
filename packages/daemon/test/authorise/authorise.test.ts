import test from 'ava';
import fc from 'fast-check';
import { authorise } from '#src/authorise/authorise.js';
import type { ClientConfig } from '#src/config/config.js';
import type { Request } from '#src/recognise/recogniser.js';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const ALICE: ClientConfig = {
  name: 'alice',
  secret: new Uint8Array(32),
  enabled: true,
  ports: [
    { protocol: 'tcp', port: 22 },
    { protocol: 'tcp', port: 53 },
    { protocol: 'udp', port: 53 },
  ],
  openForOther: false,
  trustSource: true,
};
const REQUEST: Request = {
  client: 'alice',
  sourceAddress: '198.51.100.7',
  claimedAddress: '203.0.113.9',
  port: 22,
  time: 5,
  window: 1,
  cipher: new Uint8Array(8),
};
const TCP_22 = [{ protocol: 'tcp', port: 22 }];
const base = { client: 'alice', address: '203.0.113.9', ports: TCP_22, action: 'open', shortened: false };

const rows: readonly [string, Partial<Request>, Partial<ClientConfig>, object][] = [
  ['minutes', {}, {}, { ...base, endMs: NOW + 5 * MINUTE }],
  ['254 minutes', { time: 254 }, {}, { ...base, endMs: NOW + 254 * MINUTE }],
  ['no limit', { time: 0 }, {}, base],
  ['close', { time: 255 }, {}, { ...base, action: 'close' }],
  ['close is not shortened', { time: 255 }, { maxTime: 1 }, { ...base, action: 'close' }],
  ['within max_time', { time: 60 }, { maxTime: 60 }, { ...base, endMs: NOW + 60 * MINUTE }],
  ['beyond max_time', { time: 61 }, { maxTime: 60 }, { ...base, endMs: NOW + 60 * MINUTE, shortened: true }],
  ['no limit with max_time', { time: 0 }, { maxTime: 60 }, { ...base, endMs: NOW + 60 * MINUTE, shortened: true }],
  ['the source', { claimedAddress: 'source', time: 0 }, {}, { ...base, address: '198.51.100.7' }],
  ['a port of both protocols', { port: 53, time: 0 }, {}, { ...base, ports: ALICE.ports.slice(1) }],
  [
    'no limit ends when the client expires',
    { time: 0 },
    { expiresMs: NOW + 1 },
    { ...base, endMs: NOW + 1, shortened: true },
  ],
  ['so do minutes', {}, { expiresMs: NOW + MINUTE }, { ...base, endMs: NOW + MINUTE, shortened: true }],
  ['a client that expires later', {}, { expiresMs: NOW + 6 * MINUTE }, { ...base, endMs: NOW + 5 * MINUTE }],
  ['disabled', {}, { enabled: false }, { reason: 'client-disabled' }],
  ['expired', {}, { expiresMs: NOW }, { reason: 'client-expired' }],
  ['a port not on the list', { port: 23 }, {}, { reason: 'port-not-allowed' }],
  ['closing a port not on the list', { port: 23, time: 255 }, {}, { reason: 'port-not-allowed' }],
];
for (const [title, request, client, expected] of rows) {
  test(title, (t) =>
    t.deepEqual<object, object>(authorise({ ...REQUEST, ...request }, { ...ALICE, ...client }, NOW), expected),
  );
}

test('a client that is no longer there', (t) =>
  t.deepEqual<object, object>(authorise(REQUEST, undefined, NOW), { reason: 'client-unknown' }));

test('nothing is ever opened for longer than max_time, nor beyond the day the client expires', (t) => {
  fc.assert(
    fc.property(fc.nat(255), fc.integer({ min: 1, max: 254 }), fc.integer({ min: 1 }), (time, maxTime, leftMs) => {
      const expiresMs = NOW + leftMs;
      const grant = authorise({ ...REQUEST, time }, { ...ALICE, maxTime, expiresMs }, NOW);
      if ('reason' in grant) return false;
      if (grant.action === 'close') return true;
      const { endMs = Number.POSITIVE_INFINITY } = grant;
      return endMs <= NOW + maxTime * MINUTE && endMs <= expiresMs;
    }),
  );
  t.pass();
});
