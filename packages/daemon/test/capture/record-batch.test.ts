import test from 'ava';
import { BATCH_AGE_MS, BATCH_RECORDS, RecordBatch } from '#src/capture/record-batch.js';
import { RECORD_BYTES, readRecord } from '#src/packet/knock-record.js';

function setUp() {
  const writes: number[][] = [];
  const soon: (() => void)[] = [];
  const batch = new RecordBatch({
    write(bytes) {
      const count = bytes.length / RECORD_BYTES;
      writes.push(Array.from({ length: count }, (_, i) => readRecord(bytes, i * RECORD_BYTES)!.sourcePort));
    },
    soon: (callback) => soon.push(callback),
  });
  const add = (sourcePort: number, nowMs: number) => {
    const source = Uint8Array.of(10, 0, 0, 2);
    batch.add({ source, sourcePort, destinationPort: 750, protocol: 'tcp', sequenceNumber: 1 }, nowMs);
  };
  return { writes, soon, batch, add };
}

test('what came with one turn of the loop goes out with one write', (t) => {
  const { writes, soon, add } = setUp();
  for (let i = 1; i <= 3; i++) add(i, 1000);
  t.deepEqual(writes, []);
  for (const callback of soon) callback();
  t.deepEqual(writes, [[1, 2, 3]]);
  t.is(soon.length, 1);
});

test('a batch that is full goes at once', (t) => {
  const { writes, add } = setUp();
  for (let i = 0; i < BATCH_RECORDS; i++) add(i, 1000);
  t.deepEqual(
    writes.map(({ length }) => length),
    [BATCH_RECORDS],
  );
});

test('a knock does not wait behind packets that are no knocks, though the loop never comes round', (t) => {
  const { writes, batch, add } = setUp();
  add(1, 1000);
  batch.passTime(1000 + BATCH_AGE_MS - 1);
  t.deepEqual(writes, []);
  batch.passTime(1000 + BATCH_AGE_MS);
  t.deepEqual(writes, [[1]]);
  add(2, 2000);
  batch.passTime(500);
  t.deepEqual(writes, [[1], [2]], 'a clock that was set back');
});
