import { formatAddress } from '@eightknock/codec';
import test from 'ava';
import fc from 'fast-check';
import { RecordReader } from '#src/capture/record-reader.js';
import type { PacketKnock } from '#src/packet/knock-event.js';
import { lengthOfRecord, RECORD_BYTES, readRecord, recordBytes, writeRecord } from '#src/packet/knock-record.js';

const port = fc.integer({ min: 0, max: 65535 });
const ipv6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).filter((bytes) => bytes[0] !== 0);
const knocks: fc.Arbitrary<PacketKnock> = fc.oneof(
  fc.record({
    source: fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), ipv6),
    sourcePort: port,
    destinationPort: port,
    protocol: fc.constantFrom('tcp', 'udp'),
    sequenceNumber: fc.integer({ min: 0, max: 0xffffffff }),
  }),
  fc.record({
    source: ipv6,
    destination: ipv6,
    sourcePort: port,
    destinationPort: port,
    protocol: fc.constant('tcp'),
    sequenceNumber: fc.integer({ min: 0, max: 0xffffffff }),
    tcpFlags: fc.integer({ min: 0, max: 0x3f }),
  }),
  fc.record({
    source: fc.uint8Array({ minLength: 4, maxLength: 4 }),
    sourcePort: port,
    destinationPort: port,
    protocol: fc.constant('udp'),
    sequenceNumber: fc.constant(0),
    payload: fc.uint8Array({ maxLength: 1500 }),
  }),
);

function record(knock: PacketKnock, timeMs = 1.5): Buffer {
  const buffer = Buffer.alloc(recordBytes(knock), 0xee);
  writeRecord(knock, timeMs, buffer, 0);
  return buffer;
}

test('a record reads back as the knock it was written from', (t) => {
  fc.assert(
    fc.property(knocks, fc.nat(), (knock, timeMs) => {
      const { source, destination, ...rest } = knock;
      const bytes = record(knock, timeMs);
      t.is(lengthOfRecord(bytes, 0), bytes.length);
      t.deepEqual<unknown, unknown>(readRecord(bytes, 0), {
        ...rest,
        sourceAddress: formatAddress(source),
        timeMs,
        ...(destination && { destinationAddress: formatAddress(destination) }),
        ...(rest.payload && { kind: 'datagram' }),
      });
    }),
  );
});

test('no 56 bytes make reading throw', (t) => {
  const numRuns = process.env.SLOW === '1' ? 1_000_000 : 20_000;
  const bytes = fc.uint8Array({ minLength: RECORD_BYTES, maxLength: RECORD_BYTES });
  fc.assert(
    fc.property(bytes, fc.constantFrom(0, 4, 6, 9), fc.constantFrom(0, 6, 17), (content, version, protocol) => {
      const buffer = Buffer.from(content);
      buffer[0] = version;
      buffer[1] = protocol;
      // A process gone wrong may claim a payload and end before it.
      const event = lengthOfRecord(buffer, 0) > buffer.length ? undefined : readRecord(buffer, 0);
      if (version !== 4 && version !== 6) return event === undefined;
      return event === undefined || event.timeMs >= 0;
    }),
    { numRuns },
  );
  t.pass();
});

test('a stream cut anywhere gives the same knocks', (t) => {
  const chunked = fc.tuple(fc.array(knocks, { minLength: 1, maxLength: 5 }), fc.array(fc.nat(2000), { maxLength: 6 }));
  fc.assert(
    fc.property(chunked, ([all, cuts]) => {
      const stream = Buffer.concat(all.map((knock) => record(knock)));
      const reader = new RecordReader();
      const read: object[] = [];
      let at = 0;
      for (const cut of [...cuts.filter((c) => c < stream.length).sort((a, b) => a - b), stream.length]) {
        reader.read(stream.subarray(at, cut), (event) => read.push(event));
        at = cut;
      }
      t.deepEqual(
        read,
        all.map((knock) => readRecord(record(knock), 0)),
      );
      t.is(reader.broken, 0);
    }),
  );
});

test('what is no record is counted and left out', (t) => {
  const good = record({
    source: Uint8Array.of(1, 2, 3, 4),
    sourcePort: 1,
    destinationPort: 2,
    protocol: 'tcp',
    sequenceNumber: 3,
  });
  const reader = new RecordReader();
  const read: object[] = [];
  reader.read(Buffer.concat([Buffer.alloc(RECORD_BYTES), good, Buffer.alloc(RECORD_BYTES, 255)]), (e) => read.push(e));
  t.is(read.length, 1);
  t.is(reader.broken, 2);
});

test('a datagram of which the end never comes is waited for, in bounded memory', (t) => {
  const source = Uint8Array.of(1, 2, 3, 4);
  const common = { source, sourcePort: 1, destinationPort: 2, sequenceNumber: 0 };
  const bytes = record({ ...common, protocol: 'udp', payload: new Uint8Array(1500) });
  const reader = new RecordReader();
  const read: object[] = [];
  reader.read(bytes.subarray(0, -1), (event) => read.push(event));
  t.is(read.length, 0);
  reader.read(bytes.subarray(-1), (event) => read.push(event));
  t.is(read.length, 1);
});

test('more payload than there may be is no record, and the next cell is looked at', (t) => {
  const source = Uint8Array.of(1, 2, 3, 4);
  const bytes = record({
    source,
    sourcePort: 1,
    destinationPort: 2,
    protocol: 'udp',
    sequenceNumber: 0,
    payload: source,
  });
  bytes.writeUInt16BE(1501, 4);
  const reader = new RecordReader();
  const read: object[] = [];
  const good = record({ source, sourcePort: 1, destinationPort: 2, protocol: 'tcp', sequenceNumber: 3 });
  reader.read(Buffer.concat([bytes, good]), (event) => read.push(event));
  t.is(read.length, 1);
  t.is(reader.broken, 2);
});
