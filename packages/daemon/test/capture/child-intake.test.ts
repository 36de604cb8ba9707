import { PassThrough } from 'node:stream';
import test from 'ava';
import {
  ChildIntake,
  MAX_BROKEN,
  RECORD_BYTES_PER_TURN,
  RECORDS_PER_SECOND,
  STATUS_BYTES_PER_SECOND,
  STATUS_LINE_BYTES,
} from '#src/capture/child-intake.js';
import { RECORD_BYTES, writeRecord } from '#src/packet/knock-record.js';

const ALIVE = '{"state":"alive","dropped":{}}\n';

function records(count: number): Buffer {
  const buffer = Buffer.alloc(count * RECORD_BYTES);
  const source = Uint8Array.of(10, 0, 0, 2);
  for (let i = 0; i < count; i++) {
    writeRecord(
      { source, sourcePort: 1, destinationPort: 750, protocol: 'tcp', sequenceNumber: 1 },
      0,
      buffer,
      i * RECORD_BYTES,
    );
  }
  return buffer;
}

function setUp() {
  const seen = { knocks: 0, statuses: 0, dropped: new Map<string, number>(), excess: [] as string[], nowMs: 0 };
  const child = { records: new PassThrough(), statusLines: new PassThrough(), onExit() {}, tellKnown() {}, kill() {} };
  const listener = {
    onKnock: () => seen.knocks++,
    onStatus: () => seen.statuses++,
    onDropped: (reason: string, count: number) => seen.dropped.set(reason, (seen.dropped.get(reason) ?? 0) + count),
    onExcess: (how: string) => seen.excess.push(how),
  };
  const intake = new ChildIntake(child, listener, () => seen.nowMs);
  const turns = async (count: number) => {
    for (let i = 0; i < count; i++) await new Promise(setImmediate);
  };
  return { seen, child, intake, turns };
}

test('a flood of records is read in portions: the event loop turns between them', async (t) => {
  const { seen, child, turns } = setUp();
  const portion = RECORD_BYTES_PER_TURN / RECORD_BYTES;
  for (let i = 0; i < 100; i++) child.records.write(records(Math.ceil(portion / 2)));
  const perTurn: number[] = [];
  while (seen.knocks < 100 * Math.ceil(portion / 2) && perTurn.length < 1000) {
    const before = seen.knocks;
    await turns(1);
    perTurn.push(seen.knocks - before);
  }
  t.is(seen.knocks, 100 * Math.ceil(portion / 2));
  t.true(Math.max(...perTurn) <= 2.5 * portion, String(perTurn));
  t.deepEqual(seen.excess, []);
});

test('more records in a second than a network can bring are cut off, and counted', async (t) => {
  const { seen, child, turns } = setUp();
  const chunk = records(20_000);
  const most = RECORDS_PER_SECOND / 20_000;
  for (let i = 0; i <= most; i++) {
    child.records.write(chunk);
    await turns(2);
  }
  t.is(seen.knocks, RECORDS_PER_SECOND);
  t.deepEqual(seen.excess, [`it sent more than ${RECORDS_PER_SECOND} records a second`]);
  t.is(seen.dropped.get('flooded'), 20_000);
  child.records.write(chunk);
  await turns(2);
  t.is(seen.knocks, RECORDS_PER_SECOND);
});

test('as many in two seconds are taken', async (t) => {
  const { seen, child, turns } = setUp();
  const chunk = records(20_000);
  for (let i = 0; i < RECORDS_PER_SECOND / 10_000; i++) {
    seen.nowMs += 20;
    child.records.write(chunk);
    await turns(2);
  }
  t.is(seen.knocks, RECORDS_PER_SECOND * 2);
  t.deepEqual(seen.excess, []);
});

test('status text has a bound in a second', async (t) => {
  const { seen, child, turns } = setUp();
  const lines = Math.floor(STATUS_BYTES_PER_SECOND / ALIVE.length);
  for (let second = 0; second < 3; second++) {
    for (let i = 0; i < lines; i++) child.statusLines.write(ALIVE);
    await turns(50);
    seen.nowMs += 1000;
  }
  t.is(seen.statuses, 3 * lines);
  t.deepEqual(seen.excess, []);
  for (let i = 0; i <= lines; i++) child.statusLines.write(ALIVE);
  await turns(50);
  t.deepEqual(seen.excess, [`it said more than ${STATUS_BYTES_PER_SECOND} bytes a second`]);
});

test('a line without an end is cut off', async (t) => {
  const { seen, child, turns } = setUp();
  child.statusLines.write('x'.repeat(STATUS_LINE_BYTES));
  await turns(3);
  t.deepEqual(seen.excess, []);
  child.statusLines.write('x');
  await turns(3);
  t.deepEqual(seen.excess, [`it said a line of more than ${STATUS_LINE_BYTES} bytes`]);
});

test('a line may come in pieces, cut within a character', async (t) => {
  const { seen, child, turns } = setUp();
  const line = Buffer.from('{"state":"failed","failure":"other","message":"Gerät"}\n');
  for (const byte of line) child.statusLines.write(Buffer.of(byte));
  await turns(3);
  t.is(seen.statuses, 1);
});

test('garbage in place of records is cut off', async (t) => {
  const { seen, child, turns } = setUp();
  child.records.write(Buffer.alloc(MAX_BROKEN * RECORD_BYTES, 0xff));
  await turns(3);
  t.deepEqual(seen.excess, []);
  child.records.write(Buffer.concat([Buffer.alloc(1000 * RECORD_BYTES, 0xff), records(1)]));
  await turns(3);
  t.deepEqual(seen.excess, ['what it sends is no record or no line of ours']);
  t.is(seen.dropped.get('broken-record'), MAX_BROKEN + 1000);
});

test('who stops listening hears nothing more', async (t) => {
  const { seen, child, intake, turns } = setUp();
  intake.stop();
  child.records.write(records(3));
  child.statusLines.write(ALIVE);
  await turns(5);
  t.is(seen.knocks + seen.statuses, 0);
});
