import { formatAddress } from '@eightknock/codec';
import test from 'ava';
import fc from 'fast-check';
import { RecordReader } from '#src/capture/record-reader.js';
import type { PacketKnock } from '#src/packet/knock-event.js';
import { RECORD_BYTES, readRecord, writeRecord } from '#src/packet/knock-record.js';

const port = fc.integer({ min: 0, max: 65535 });
const ipv6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).filter((bytes) => bytes[0] !== 0);
const knocks: fc.Arbitrary<PacketKnock> = fc.record({
  source: fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), ipv6),
  sourcePort: port,
  destinationPort: port,
  protocol: fc.constantFrom('tcp', 'udp'),
  sequenceNumber: fc.integer({ min: 0, max: 0xffffffff }),
});

function record(knock: PacketKnock, timeMs = 1.5): Buffer {
  const buffer = Buffer.alloc(RECORD_BYTES, 0xee);
  writeRecord(knock, timeMs, buffer, 0);
  return buffer;
}

test('a record reads back as the knock it was written from', (t) => {
  fc.assert(
    fc.property(knocks, fc.nat(), (knock, timeMs) => {
      const { source, ...rest } = knock;
      t.deepEqual(readRecord(record(knock, timeMs), 0), { ...rest, sourceAddress: formatAddress(source), timeMs });
    }),
  );
});

test('no 40 bytes make reading throw', (t) => {
  const numRuns = process.env.SLOW === '1' ? 1_000_000 : 20_000;
  const bytes = fc.uint8Array({ minLength: RECORD_BYTES, maxLength: RECORD_BYTES });
  fc.assert(
    fc.property(bytes, fc.constantFrom(0, 4, 6, 9), fc.constantFrom(0, 6, 17), (content, version, protocol) => {
      const buffer = Buffer.from(content);
      buffer[0] = version;
      buffer[1] = protocol;
      const event = readRecord(buffer, 0);
      if (version !== 4 && version !== 6) return event === undefined;
      return event === undefined || event.timeMs >= 0;
    }),
    { numRuns },
  );
  t.pass();
});

test('a stream cut anywhere gives the same knocks', (t) => {
  const chunked = fc.tuple(fc.array(knocks, { minLength: 1, maxLength: 5 }), fc.array(fc.nat(200), { maxLength: 6 }));
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
