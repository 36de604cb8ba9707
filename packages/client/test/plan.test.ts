// The vectors of docs/protocol.md, and what makes a second sequence no replay.

import { decodeSequence, windowAt } from '@eightknock/codec';
import test from 'ava';
import fc from 'fast-check';
import { type KnockOrder, planKnocks, portsOf } from '#src/plan.js';
import { KEY, VECTOR_PORTS, VECTOR_SECONDS } from './sample.ts';

const ORDER: KnockOrder = {
  key: KEY,
  claimedAddress: '203.0.113.7',
  port: 22,
  time: 0,
  basePort: 745,
  delayMs: 2,
  repeatDelayMs: 20,
};

const vector = test.macro({
  title: (given) => `vector: ${given}`,
  exec(t, order: Partial<KnockOrder>, unixSeconds: number, nonce: number, expected: readonly number[]) {
    t.deepEqual(portsOf(planKnocks({ ...ORDER, ...order }, unixSeconds, nonce)), [...expected]);
  },
});

test('an IPv4 address, no limit', vector, {}, VECTOR_SECONDS, 5, VECTOR_PORTS);
test(
  'source, close',
  vector,
  { claimedAddress: 'source', port: 443, time: 255 },
  VECTOR_SECONDS,
  15,
  [838, 960, 906, 887, 972, 999, 829, 997],
);
test(
  'an IPv6 address, 30 minutes',
  vector,
  { claimedAddress: '2001:db8::7', port: 51820, time: 30 },
  VECTOR_SECONDS + 29,
  0,
  [993, 909, 745, 994, 899, 939, 962, 875],
);
test(
  'another base port',
  vector,
  { basePort: 10_000 },
  VECTOR_SECONDS,
  5,
  VECTOR_PORTS.map((port) => port - 745 + 10_000),
);

test('the first knock goes at once, the others after the delay, which every second sequence has longer', (t) => {
  const delays = (sequence: number) =>
    planKnocks(ORDER, VECTOR_SECONDS, 5, sequence).knocks.map(({ delayMs }) => delayMs);
  t.deepEqual(delays(0), [0, 2, 2, 2, 2, 2, 2, 2]);
  t.deepEqual(delays(1), [0, 20, 20, 20, 20, 20, 20, 20]);
  t.deepEqual(delays(2), delays(0));
  t.deepEqual(delays(7), delays(1));
});

test('16 sequences of one run and window have 16 nonces', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 15 }), (firstNonce) => {
      const plans = Array.from({ length: 16 }, (_, i) => planKnocks(ORDER, VECTOR_SECONDS, firstNonce, i));
      const nonces = plans.map((plan) => {
        const block = decodeSequence(KEY, portsOf(plan), windowAt(VECTOR_SECONDS));
        return block.ok ? block.nonce : undefined;
      });
      t.is(nonces[0], firstNonce);
      t.is(new Set(nonces).size, 16);
      t.deepEqual(
        plans.map(({ nonce }) => nonce),
        nonces,
      );
    }),
  );
});
