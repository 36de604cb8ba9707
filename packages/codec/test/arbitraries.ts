// Random values of the codec's types, and of what only looks like them.

import fc from 'fast-check';
import type { BlockFields } from '#src/block.js';
import type { Enrolment } from '#src/enrolment-link.js';
import type { KnockRequest } from '#src/sequence.js';
import type { TransportPort } from '#src/transport-port.js';

/** That many random bytes. */
export function bytesOf(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

/** Text of 1 to 64 bytes as UTF-8, of any characters. */
export const serverId = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 64 })
  .filter((text) => Buffer.byteLength(text) <= 64);

export const secret = bytesOf(32);
export const port = fc.integer({ min: 1, max: 65535 });
export const time = fc.integer({ min: 0, max: 255 });
export const nonce = fc.integer({ min: 0, max: 15 });
export const basePort = fc.integer({ min: 1, max: 65280 });
/** Up to the year 10000. */
export const unixSeconds = fc.double({ min: 0, max: 253_402_300_800, noNaN: true });

/** What one block says; a field of zero comes often enough. */
export const blockFields: fc.Arbitrary<BlockFields> = fc.record({
  address: fc.oneof({ weight: 4, arbitrary: bytesOf(4) }, fc.constant(new Uint8Array(4))),
  port,
  time,
  nonce,
});

const ipv4 = fc.ipV4().filter((text) => text !== '0.0.0.0');

/** An address that a knock can name, in any of its texts, and `source`. */
export const requestAddress = fc.oneof(ipv4, fc.ipV6(), fc.constant('source'));

export const request: fc.Arbitrary<KnockRequest> = fc.record({ address: requestAddress, port, time });

/** What people and programs pass where a port number belongs. */
export const anyNumber = fc.oneof(
  fc.double(),
  fc.integer({ min: 745, max: 1000 }),
  fc.integer({ min: 745, max: 1000 }).map((number) => number + 0.5),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, -1, 744, 1001, 2 ** 32 + 745, 1e300, Number.MIN_VALUE),
);

const label = fc.stringMatching(/^[A-Za-z0-9_]([A-Za-z0-9_-]{0,19}[A-Za-z0-9_])?$/);
const hostName = fc
  .array(label, { minLength: 1, maxLength: 4 })
  .map((labels) => labels.join('.'))
  .filter((name) => !/^[0-9.]+$/.test(name));

/** A port with its protocol. */
export const transportPort: fc.Arbitrary<TransportPort> = fc.record({
  protocol: fc.constantFrom('tcp', 'udp'),
  port,
});

/** Everything that an enrolment link can say. */
export const enrolment: fc.Arbitrary<Enrolment> = fc.record({
  host: fc.oneof(hostName, fc.ipV4(), fc.ipV6()),
  basePort: fc.oneof(basePort, fc.constant(745)),
  serverId,
  client: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  secret,
  ports: fc.array(transportPort, { maxLength: 8 }),
});
