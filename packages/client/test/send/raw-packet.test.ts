// Packets made by hand: known bytes, and what holds for all of them, checked by sums that are taken in another way.

import { formatAddress, parseAddress } from '@eightknock/codec';
import test from 'ava';
import fc from 'fast-check';
import { buildKnockPacket, type KnockPacket } from '#src/send/raw-packet.js';

const RUNS = process.env.SLOW ? 200_000 : 2000;

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

const known = test.macro({
  title: (_, title: string) => `known bytes: ${title}`,
  exec(t, _title: string, packet: KnockPacket, expected: readonly string[]) {
    t.is(hex(buildKnockPacket(packet)), expected.join('').replaceAll(' ', ''));
  },
});

const NUMBERS = { sourcePort: 50_000, port: 945, sequenceNumber: 0x01020304 } as const;
const IPV4 = { source: '203.0.113.7', destination: '192.0.2.1', ...NUMBERS } as const;
const IPV6 = { source: '2001:db8::7', destination: '2001:db8::1', ...NUMBERS } as const;

test(known, 'SYN over IPv4', { transport: 'tcp', ...IPV4 }, [
  '4500 002c 0000 4000 4006 3cc3 cb007107 c0000201',
  'c350 03b1 01020304 00000000 6002 faf0 d424 0000 020405b4',
]);
test(known, 'datagram over IPv4', { transport: 'udp', ...IPV4 }, [
  '4500 001d 0000 4000 4011 3cc7 cb007107 c0000201',
  'c350 03b1 0009 3ad1 00',
]);
test(known, 'SYN over IPv6', { transport: 'tcp', ...IPV6 }, [
  '60000000 0018 06 40 20010db8000000000000000000000007 20010db8000000000000000000000001',
  'c350 03b1 01020304 00000000 6002 faf0 76c8 0000 020405a0',
]);
test(known, 'datagram over IPv6', { transport: 'udp', ...IPV6 }, [
  '60000000 0009 11 40 20010db8000000000000000000000007 20010db8000000000000000000000001',
  'c350 03b1 0009 dd60 00',
]);

test('source and destination of different families are wrong use', (t) => {
  t.throws(() => buildKnockPacket({ transport: 'tcp', ...IPV4, source: '2001:db8::7' }), { instanceOf: RangeError });
});

/** An address in its canonical text; bytes that would be IPv4 in IPv6 are left out. */
const address = (length: 4 | 16) =>
  fc
    .uint8Array({ minLength: length, maxLength: length })
    .map(formatAddress)
    .filter((text) => text.includes(':') === (length === 16));
const packets = fc
  .oneof(...([4, 16] as const).map((length) => fc.record({ source: address(length), destination: address(length) })))
  .chain((ends) =>
    fc.record({
      transport: fc.constantFrom('tcp' as const, 'udp' as const),
      source: fc.constant(ends.source),
      destination: fc.constant(ends.destination),
      sourcePort: fc.integer({ min: 1, max: 65_535 }),
      port: fc.integer({ min: 1, max: 65_535 }),
      sequenceNumber: fc.integer({ min: 0, max: 0xffff_ffff }),
    }),
  );

/** The value of a text of 16-bit words modulo 65535: zero for whatever carries its own right checksum (RFC 1071). */
function residue(...parts: readonly Uint8Array[]): bigint {
  const words = parts.map(hex).join('');
  return BigInt(`0x0${words}${words.length % 4 === 2 ? '00' : ''}`) % 65_535n;
}

test('every packet says what it was made of, and its checksums are right', (t) => {
  fc.assert(
    fc.property(packets, (packet) => {
      const bytes = Buffer.from(buildKnockPacket(packet));
      const { transport } = packet;
      const source = parseAddress(packet.source);
      const destination = parseAddress(packet.destination);
      const protocol = transport === 'tcp' ? 6 : 17;
      const headerLength = source.length === 4 ? 20 : 40;
      const segment = bytes.subarray(headerLength);
      t.is(segment.length, transport === 'tcp' ? 24 : 9);
      if (source.length === 4) {
        t.is(bytes[0], 0x45);
        t.is(bytes.readUInt16BE(2), bytes.length);
        t.is(bytes[9], protocol);
        t.is(residue(bytes.subarray(0, 20)), 0n);
      } else {
        t.is((bytes[0] as number) >> 4, 6);
        t.is(bytes.readUInt16BE(4), segment.length);
        t.is(bytes[6], protocol);
      }
      t.deepEqual(
        new Uint8Array(bytes.subarray(headerLength - 2 * source.length, headerLength - source.length)),
        source,
      );
      t.deepEqual(new Uint8Array(bytes.subarray(headerLength - source.length, headerLength)), destination);
      t.is(segment.readUInt16BE(0), packet.sourcePort);
      t.is(segment.readUInt16BE(2), packet.port);
      t.is(residue(source, destination, Uint8Array.of(0, protocol, 0, segment.length), segment), 0n);
      if (transport === 'tcp') {
        t.is(segment.readUInt32BE(4), packet.sequenceNumber);
        t.is(segment[13], 2, 'SYN and nothing else');
      } else {
        t.is(segment.readUInt16BE(4), 9);
        t.not(segment.readUInt16BE(6), 0, 'zero would mean: no checksum');
      }
    }),
    { numRuns: RUNS },
  );
});

test('a UDP checksum that comes out as zero is written as 65535', (t) => {
  // The source port takes what the sum of the others lacks.
  const packet = { transport: 'udp', ...IPV4, sourcePort: 1 } as const;
  const sum = Buffer.from(buildKnockPacket(packet)).readUInt16BE(26);
  const bytes = Buffer.from(buildKnockPacket({ ...packet, sourcePort: 1 + sum }));
  t.is(bytes.readUInt16BE(26), 0xffff);
});
