// The stream of records against anything: any 56 bytes are a knock or none, and where it is cut does not matter.

import test from 'ava';
import { RecordReader } from '#src/capture/record-reader.js';
import { isDatagram, type KnockEvent, MAX_PAYLOAD_BYTES } from '#src/packet/knock-event.js';
import { lengthOfRecord, RECORD_BYTES, readRecord, writeRecord } from '#src/packet/knock-record.js';
import { FUZZ_RUNS, Seeded } from '../packet/seeded.js';

/** One cell that are often nearly a record. */
function fillRecord(random: Seeded, into: Buffer, at: number): void {
  for (let i = 0; i < RECORD_BYTES; i++) into[at + i] = random.byte();
  if (random.below(4) > 0) into[at] = random.of([4, 6]);
  if (random.below(4) > 0) into[at + 1] = random.of([6, 17]);
  if (random.below(4) > 0) into[at + 3] = random.of([0, 0, 0, 1]);
  if (random.below(2) > 0) into.writeUInt16BE(random.of([0, 1, 56, 57, 200, 1500, 1501]), at + 4);
  if (random.below(4) > 0) into.writeDoubleBE(random.of([0, -0, 1.8e12, 8.64e15, 1e300, NaN, -1, Infinity]), at + 16);
}

function mustBeKnock(event: KnockEvent): void {
  const { sourceAddress, sourcePort, destinationPort, protocol, sequenceNumber, timeMs } = event;
  if (!/^[0-9a-f.:]{2,39}$/.test(sourceAddress)) throw new Error(`address ${sourceAddress}`);
  for (const port of [sourcePort, destinationPort]) if (!(port >= 0 && port <= 65535)) throw new Error(`port ${port}`);
  if (protocol !== 'tcp' && protocol !== 'udp') throw new Error(`protocol ${protocol}`);
  if (!(sequenceNumber >= 0 && sequenceNumber <= 0xffffffff)) throw new Error(`sequence ${sequenceNumber}`);
  if (isDatagram(event) && (protocol !== 'udp' || event.payload.length > MAX_PAYLOAD_BYTES)) throw new Error('payload');
  if (!Number.isFinite(timeMs) || timeMs < 0 || Number.isNaN(new Date(timeMs).getTime())) throw new Error('time');
}

test('any 56 bytes are a knock or none', (t) => {
  const random = new Seeded();
  const bytes = Buffer.alloc(RECORD_BYTES);
  let knocks = 0;
  random.fuzz(
    FUZZ_RUNS,
    () => {
      fillRecord(random, bytes, 0);
      const event = lengthOfRecord(bytes, 0) > bytes.length ? undefined : readRecord(bytes, 0);
      if (!event) return;
      knocks++;
      mustBeKnock(event);
    },
    () => bytes.toString('hex'),
  );
  t.true(knocks > FUZZ_RUNS / 10 && knocks < FUZZ_RUNS * 0.9, `${knocks} knocks`);
});

test('what was read is written as it was', (t) => {
  const random = new Seeded();
  const bytes = Buffer.alloc(RECORD_BYTES);
  const again = Buffer.alloc(RECORD_BYTES);
  random.fuzz(
    FUZZ_RUNS,
    () => {
      const source = random.bytes(random.of([4, 16]));
      const port = () => random.below(65536);
      const sequenceNumber = random.below(2 ** 32);
      const knock = { source, sourcePort: port(), destinationPort: port(), sequenceNumber } as const;
      const timeMs = random.below(2 ** 41);
      writeRecord({ ...knock, protocol: random.of(['tcp', 'udp']) }, timeMs, bytes, 0);
      const event = readRecord(bytes, 0);
      if (!event) throw new Error('it is not read');
      writeRecord({ ...event, source }, event.timeMs, again, 0);
      if (!again.equals(bytes)) throw new Error('it is another');
    },
    () => bytes.toString('hex'),
  );
  t.pass();
});

test('cut anywhere, a stream gives the same knocks and the same count of broken ones', (t) => {
  const random = new Seeded();
  let stream: Buffer = Buffer.alloc(0);
  const read = (chunks: readonly Buffer[]) => {
    const reader = new RecordReader();
    const events: KnockEvent[] = [];
    for (const chunk of chunks) reader.read(chunk, (event) => events.push(event));
    return `${reader.broken} ${JSON.stringify(events)}`;
  };
  random.fuzz(
    FUZZ_RUNS / 10,
    () => {
      // Some ten records a stream, so that a tenth of the runs sees as many.
      stream = Buffer.alloc(random.below(20 * RECORD_BYTES));
      for (let at = 0; at + RECORD_BYTES <= stream.length; at += RECORD_BYTES) fillRecord(random, stream, at);
      const chunks: Buffer[] = [];
      for (let at = 0; at < stream.length; ) {
        const length = random.of([0, 1, 55, 56, 57, random.below(200), random.below(1000)]);
        chunks.push(stream.subarray(at, at + length));
        at += length;
      }
      const whole = read([stream]);
      const cut = read(chunks);
      if (whole !== cut) throw new Error(`${whole} whole, ${cut} in pieces`);
    },
    () => stream.toString('hex'),
  );
  t.pass();
});
