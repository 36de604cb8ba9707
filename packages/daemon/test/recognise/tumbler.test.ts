import { encodeTumbler, TUMBLER_TEXT, tumblerHash } from '@eightknock/codec';
import test from 'ava';
import fc from 'fast-check';
import type { TumblerKind } from '#src/config/door-config.js';
import type { DatagramEvent } from '#src/packet/knock-event.js';
import { TumblerDoor } from '#src/recognise/tumbler.js';
import { knockOn } from '../knock.js';

const NOW_MS = 1_800_000_000_000;
const MINUTE = NOW_MS / 60_000;
const KIND: TumblerKind = { kind: 'tumbler', port: 8675, secret: 'pAsSwOrD', text: TUMBLER_TEXT };
const SOURCE = '198.51.100.7';

function datagram(payload: Uint8Array, overrides: Partial<DatagramEvent> = {}): DatagramEvent {
  return { ...knockOn(8675), protocol: 'udp', sequenceNumber: 0, kind: 'datagram', payload, ...overrides };
}

function sent(minute: number, secret = 'pAsSwOrD', address = SOURCE): Uint8Array {
  return encodeTumbler(tumblerHash({ text: TUMBLER_TEXT, minute, address, secret, name: 'ssh' }));
}

function recognise(payload: Uint8Array, overrides: Partial<DatagramEvent> = {}, nowMs = NOW_MS) {
  return new TumblerDoor('ssh', KIND).recognise(datagram(payload, overrides), nowMs);
}

test('the minute, and those beside it, with the identity of the hash', (t) => {
  for (const offset of [-1, 0, 1]) {
    const payload = sent(MINUTE + offset);
    const found = recognise(payload);
    const cipher = Uint8Array.from(Buffer.from(Buffer.from(payload).toString().slice(10, 26), 'hex'));
    const window = 2 * (MINUTE + offset) - 1;
    t.deepEqual(found, { kind: 'request', request: { door: 'ssh', sourceAddress: SOURCE, once: { window, cipher } } });
  }
  t.is(recognise(sent(MINUTE - 2)), undefined);
  t.is(recognise(sent(MINUTE + 2)), undefined);
});

test('another secret, address, port, or a knock without a payload is nothing', (t) => {
  t.is(recognise(sent(MINUTE, 'password')), undefined);
  t.is(recognise(sent(MINUTE, 'pAsSwOrD', '192.0.2.1')), undefined);
  t.is(recognise(sent(MINUTE), { sourceAddress: '192.0.2.1' }), undefined);
  t.is(recognise(sent(MINUTE), { destinationPort: 8676 }), undefined);
  t.is(new TumblerDoor('ssh', KIND).recognise(knockOn(8675, { protocol: 'udp' }), NOW_MS), undefined);
});

test('its window is never ahead of what a store that has lost its memory refuses', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: NOW_MS, max: NOW_MS + 600_000 }), fc.constantFrom(-1, 0, 1), (nowMs, offset) => {
      const found = recognise(sent(Math.floor(nowMs / 60_000) + offset), {}, nowMs);
      const once = found?.kind === 'request' && 'door' in found.request ? found.request.once : undefined;
      return once !== undefined && 'window' in once && once.window <= Math.floor(nowMs / 30_000) + 1;
    }),
  );
  t.pass();
});

test('whatever the bytes and the clock are, it never throws', (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1500 }), fc.nat(), (bytes, nowMs) => {
      return recognise(bytes, {}, nowMs) === undefined;
    }),
    { numRuns: process.env.SLOW === '1' ? 1_000_000 : 10_000 },
  );
  t.pass();
});
