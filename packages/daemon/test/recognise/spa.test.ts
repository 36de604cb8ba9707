// Single packets at their door: which are a request, which are told, which are nobody's; and the bound on tries.

import { encodeSpa, type SpaFields, type SpaKey, spaKeyOfText } from '@eightknock/codec/spa';
import test from 'ava';
import fc from 'fast-check';
import { readAddressRange } from '#src/config/address-range.js';
import type { SpaKind } from '#src/config/door-config.js';
import type { DatagramEvent } from '#src/packet/knock-event.js';
import { SPA_TRIES_PER_SECOND, SpaDoor } from '#src/recognise/spa.js';
import { TokenBucket } from '#src/recognise/token-bucket.js';

const NOW = 1_800_000_000_000;
const KEY: SpaKey = { encryptionKey: spaKeyOfText('key'), hmacKey: spaKeyOfText('hmac'), hmacHash: 'sha256' };
const KIND: SpaKind = { kind: 'spa', port: 62201, key: KEY, requireAddress: false };
const SOURCE = '198.51.100.7';

function packet(fields: Partial<SpaFields> = {}, key = KEY): Uint8Array {
  const request = { kind: 'access', address: 'source', ports: [{ protocol: 'tcp', port: 22 }] } as const;
  const own = { randomDigits: '1234567890123456', user: 'alice', timestamp: NOW / 1000, digestHash: 'sha256', request };
  return Buffer.from(encodeSpa(key, { ...own, ...fields } as SpaFields, new Uint8Array(8)));
}

function event(payload: Uint8Array, changes: Partial<DatagramEvent> = {}): DatagramEvent {
  return {
    kind: 'datagram',
    protocol: 'udp',
    sourceAddress: SOURCE,
    sourcePort: 40000,
    destinationPort: 62201,
    destinationAddress: '192.0.2.1',
    sequenceNumber: 0,
    timeMs: NOW,
    payload,
    ...changes,
  };
}

function doorOf(kind: Partial<SpaKind> = {}, tries = new TokenBucket(SPA_TRIES_PER_SECOND, SPA_TRIES_PER_SECOND)) {
  return new SpaDoor('carol', { ...KIND, ...kind }, tries);
}

test('an authentic packet is a request, with an identity of its own', (t) => {
  const door = doorOf();
  const recognition = door.recognise(event(packet()), NOW);
  if (recognition?.kind !== 'request' || !('door' in recognition.request)) return t.fail();
  const { request } = recognition;
  t.is(request.door, 'carol');
  t.like(request.wish, { user: 'alice', destinationAddress: '192.0.2.1' });
  t.like(request.once, { window: NOW / 30_000 - 3 });
  const again = door.recognise(event(packet()), NOW + 1000);
  const other = door.recognise(event(packet({ randomDigits: '6543210987654321' })), NOW);
  const onceOf = (one: typeof again) => one?.kind === 'request' && 'door' in one.request && one.request.once;
  t.deepEqual(onceOf(again), request.once);
  t.notDeepEqual(onceOf(other), request.once);
});

test('what is authentic and wrong is told; what is not authentic is nobody’s', (t) => {
  const door = doorOf();
  const reasonOf = (payload: Uint8Array) => {
    const recognition = door.recognise(event(payload), NOW);
    return recognition?.kind === 'unrecognised' ? recognition.unrecognised.rejection : recognition?.kind;
  };
  t.like(reasonOf(packet({ timestamp: NOW / 1000 - 121 })), { reason: 'packet-too-old', ageSeconds: 121 });
  t.like(reasonOf(packet({ timestamp: NOW / 1000 + 121 })), { reason: 'packet-too-old', ageSeconds: -121 });
  t.like(reasonOf(packet({}, { ...KEY, encryptionKey: spaKeyOfText('other') })), { reason: 'packet-malformed' });
  t.is(reasonOf(packet({}, { ...KEY, hmacKey: spaKeyOfText('other') })), undefined);
  t.is(reasonOf(Buffer.from('x'.repeat(300))), undefined);
});

test('other ports, other sources and knocks are not looked at', (t) => {
  const range = readAddressRange('203.0.113.0/24');
  const door = doorOf({ sources: range ? [range] : [] });
  t.is(door.recognise(event(packet()), NOW), undefined);
  t.truthy(door.recognise(event(packet(), { sourceAddress: '203.0.113.1' }), NOW));
  t.is(doorOf().recognise(event(packet(), { destinationPort: 1 }), NOW), undefined);
  const { kind: _, payload: __, ...knock } = event(packet());
  t.is(doorOf().recognise(knock, NOW), undefined);
});

test('tries are bounded, those of all doors together', (t) => {
  const tries = new TokenBucket(SPA_TRIES_PER_SECOND, 10);
  const doors = [doorOf({}, tries), doorOf({}, tries)];
  const seen: string[] = [];
  for (let i = 0; i < 6; i++) {
    for (const door of doors) door.recognise(event(Buffer.from('x')), NOW, (stage) => seen.push(stage));
  }
  t.is(seen.filter((stage) => stage === 'budget').length, 2);
  t.is(doors[0]?.recognise(event(packet()), NOW), undefined);
  t.truthy(doors[0]?.recognise(event(packet()), NOW + 1000));
});

test('what its gate refuses is not decoded; who follows a source is told why all the same', (t) => {
  const seen: object[] = [];
  const door = new SpaDoor('carol', KIND, new TokenBucket(10, 10), () => false);
  t.is(door.recognise(event(packet()), NOW), undefined);
  t.is(door.recognise(event(packet()), NOW, (_, fields) => seen.push(fields))?.kind, 'request');
  t.like(seen, [{ door: 'carol', packet: 'access' }]);
});

test('any bytes: no exception, no request', (t) => {
  const door = doorOf();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1500 }), (payload) => {
      t.is(door.recognise(event(payload), NOW), undefined);
    }),
    { numRuns: process.env.SLOW ? 200_000 : 500 },
  );
});

test('destinations: a packet that was sent to another address is nobody’s', (t) => {
  const range = readAddressRange('192.0.2.0/24');
  const door = doorOf({ destinations: range ? [range] : [] });
  t.is(door.recognise(event(packet()), NOW)?.kind, 'request');
  t.is(door.recognise(event(packet(), { destinationAddress: '198.51.100.1' }), NOW), undefined);
});
