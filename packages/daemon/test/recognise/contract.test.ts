// What every recogniser must do, whatever it is given: never throw, ask for nothing it did not say it hears, and name the
// source of the last knock.

import test from 'ava';
import fc from 'fast-check';
import type { DoorKind } from '#src/config/door-config.js';
import type { KnockEvent } from '#src/packet/knock-event.js';
import { DigitsDoor } from '#src/recognise/digits.js';
import { OneTimeDoor } from '#src/recognise/one-time.js';
import type { Recogniser } from '#src/recognise/recogniser.js';
import { SequenceDoor } from '#src/recognise/sequence.js';
import { SpaDoor } from '#src/recognise/spa.js';
import { TokenBucket } from '#src/recognise/token-bucket.js';
import { TumblerDoor } from '#src/recognise/tumbler.js';

const KNOCKS = [
  { protocol: 'tcp', port: 1 },
  { protocol: 'udp', port: 2 },
] as const;
const KNOCKED = { timeoutMs: 1000, tcpFlags: { mask: 0x12, value: 2 }, order: 'strict', source: 'same' } as const;
const makers: Readonly<Record<Exclude<DoorKind['kind'], 'encrypted'>, () => Recogniser>> = {
  sequence: () => new SequenceDoor('x', { kind: 'sequence', knocks: KNOCKS, ...KNOCKED }),
  'one-time': () => {
    const lines = { unused: () => [{ line: '1', knocks: KNOCKS }] };
    return new OneTimeDoor('x', { kind: 'one-time', file: '/x', ...KNOCKED }, lines);
  },
  digits: () => new DigitsDoor('x', { kind: 'digits', start: KNOCKS, zero: KNOCKS[0], end: KNOCKS, ...KNOCKED }),
  spa: () => {
    const key = { encryptionKey: new Uint8Array(1), hmacKey: new Uint8Array(2), hmacHash: 'sha256' } as const;
    return new SpaDoor('x', { kind: 'spa', port: 2, key, requireAddress: false }, new TokenBucket(1e6, 1e6));
  },
  tumbler: () => new TumblerDoor('x', { kind: 'tumbler', port: 2, secret: 'x', text: '%IP%%MINUTE%%SECRET%' }),
};

const event: fc.Arbitrary<KnockEvent> = fc
  .record(
    {
      sourceAddress: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1'),
      sourcePort: fc.nat(3),
      destinationPort: fc.constantFrom(0, 1, 2, 3, 10, 65_535),
      protocol: fc.constantFrom('tcp', 'udp'),
      sequenceNumber: fc.nat(3),
      timeMs: fc.oneof(fc.nat(5000), fc.constantFrom(0, 8.64e15)),
      tcpFlags: fc.integer({ min: 0, max: 0x3f }),
      destinationAddress: fc.constant('192.0.2.9'),
      kind: fc.constant('datagram'),
      payload: fc.uint8Array({ maxLength: 100 }),
    },
    {
      requiredKeys: [
        'sourceAddress',
        'sourcePort',
        'destinationPort',
        'protocol',
        'sequenceNumber',
        'timeMs',
        'payload',
      ],
    },
  )
  .map((one) => one as KnockEvent);

for (const [kind, make] of Object.entries(makers)) {
  test(`${kind}: whatever is knocked, it never throws, and a request is of its door for who knocked last`, (t) => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), fc.nat(), (events, nowMs) => {
        const recogniser = make();
        for (const one of events) {
          const found = recogniser.recognise(one, nowMs);
          if (found === undefined) continue;
          if (found.kind !== 'request' || !('door' in found.request)) return false;
          if (found.request.door !== 'x' || found.request.sourceAddress !== one.sourceAddress) return false;
        }
        return true;
      }),
      { numRuns: process.env.SLOW === '1' ? 100_000 : 2000 },
    );
    t.pass();
  });

  test(`${kind}: it says what it must hear`, (t) => {
    const heard = make().heard?.();
    t.true((heard?.knocks.length ?? 0) + (heard?.datagrams.length ?? 0) > 0);
  });
}
