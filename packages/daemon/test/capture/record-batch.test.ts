import test from 'ava';
import {
  BATCH_AGE_MS,
  BATCH_RECORDS,
  FLOOD_RECORDS,
  MAX_QUEUED_RECORDS,
  RecordBatch,
} from '#src/capture/record-batch.js';
import { RECORD_BYTES, readRecord } from '#src/packet/knock-record.js';

const KNOWN = Uint8Array.of(10, 0, 0, 9);

/** @param room bytes that the daemon has read: the batch can write so many. */
function setUp(room = Number.POSITIVE_INFINITY) {
  const writes: number[][] = [];
  const soon: (() => void)[] = [];
  const later: (() => void)[] = [];
  const daemon = { room, bytes: [] as Buffer[], overload: 0 };
  const batch = new RecordBatch({
    write(bytes) {
      const taken = Math.min(bytes.length, daemon.room);
      daemon.room -= taken;
      daemon.bytes.push(Buffer.from(bytes.subarray(0, taken)));
      const count = Math.floor(taken / RECORD_BYTES);
      writes.push(Array.from({ length: count }, (_, i) => readRecord(bytes, i * RECORD_BYTES)?.sourcePort ?? 0));
      return taken;
    },
    soon: (callback) => soon.push(callback),
    later: (callback) => later.push(callback),
    isKnown: (source) => source === KNOWN,
    onOverload: (count) => {
      daemon.overload += count;
    },
  });
  const add = (sourcePort: number, nowMs: number, following = 0, source: Uint8Array = Uint8Array.of(10, 0, 0, 2)) => {
    const knock = { source, sourcePort, destinationPort: 750, protocol: 'tcp', sequenceNumber: 1 } as const;
    batch.add(knock, nowMs, following);
  };
  return { writes, soon, later, daemon, batch, add };
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

test('in a flood records wait for others, but those of known sources', (t) => {
  const { writes, soon, later, batch, add } = setUp();
  const next = (callbacks: (() => void)[]) => callbacks.pop()?.();
  for (let i = 0; i < FLOOD_RECORDS; i++) add(i, 1000);
  next(soon);
  t.is(writes.length, 1);
  add(10, 1001);
  t.deepEqual([soon.length, later.length], [0, 1], 'more will come soon');
  for (let i = 11; i < 10 + BATCH_RECORDS; i++) add(i, 1001);
  t.deepEqual([writes.length, writes[1]?.length], [2, BATCH_RECORDS], 'a full one does not wait');
  next(later);
  add(90, 1002);
  batch.passTime(1002 + BATCH_AGE_MS);
  t.deepEqual(writes[2], [90], 'nor an old one');
  next(later);
  add(91, 1010);
  next(soon);
  t.deepEqual(writes[3], [91], 'and not when the flood is over');

  for (let i = 0; i < FLOOD_RECORDS; i++) add(i, 2000);
  next(soon);
  add(92, 2001);
  t.is(soon.length, 0);
  add(93, 2001, 0, KNOWN);
  next(soon);
  t.deepEqual(writes.at(-1), [92, 93]);
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

test('while the daemon does not read, whole sequences are left out, those of known sources last', (t) => {
  const { daemon, add } = setUp(0);
  const sequence = (first: number, source?: Uint8Array) => {
    for (let i = 0; i < 8; i++) add(first + i, 1000, 7 - i, source);
  };
  for (let i = 0; i < MAX_QUEUED_RECORDS / 8; i++) sequence(8 * i);
  t.is(daemon.overload, MAX_QUEUED_RECORDS / 4);
  for (let i = 0; i < MAX_QUEUED_RECORDS / 8; i++) sequence(20_000 + 8 * i, KNOWN);
  t.is(daemon.overload, MAX_QUEUED_RECORDS, 'the last quarter was for the known one');
});

test('a write that takes a part goes on where it ended, when the daemon has read', (t) => {
  const { daemon, soon, later, batch, add } = setUp(RECORD_BYTES + 7);
  for (let i = 1; i <= 3; i++) add(i, 1000);
  for (const callback of soon) callback();
  t.is(later.length, 1);
  daemon.room = 2 * RECORD_BYTES;
  add(4, 1001);
  batch.passTime(1000 + BATCH_AGE_MS);
  daemon.room = 1000;
  for (const callback of later) callback();
  const all = Buffer.concat(daemon.bytes);
  const ports = [0, 1, 2, 3].map((i) => readRecord(all, i * RECORD_BYTES)?.sourcePort);
  t.deepEqual(ports, [1, 2, 3, 4]);
  t.is(all.length, 4 * RECORD_BYTES);
  t.is(daemon.overload, 0);
});
