import { PassThrough } from 'node:stream';
import test from 'ava';
import { readPaced } from '#src/read-paced.js';

test('no more than the portion and a chunk is taken in one turn, and nothing is lost', async (t) => {
  const stream = new PassThrough({ highWaterMark: 1_000_000 });
  let turn = 0;
  const perTurn = new Map<number, number>();
  let total = 0;
  readPaced(stream, 1000, (chunk) => {
    perTurn.set(turn, (perTurn.get(turn) ?? 0) + chunk.length);
    total += chunk.length;
  });
  for (let i = 0; i < 100; i++) stream.write(Buffer.alloc(300));
  for (; total < 30_000 && turn < 1000; turn++) await new Promise(setImmediate);
  t.is(total, 30_000);
  t.true(Math.max(...perTurn.values()) <= 2 * 1300, String([...perTurn.values()]));
  t.true(perTurn.size > 10);
});

test('stopped is stopped', async (t) => {
  const stream = new PassThrough();
  let total = 0;
  const stop = readPaced(stream, 1000, (chunk) => {
    total += chunk.length;
  });
  stream.write(Buffer.alloc(5000));
  await new Promise(setImmediate);
  stop();
  stream.write(Buffer.alloc(5000));
  for (let i = 0; i < 10; i++) await new Promise(setImmediate);
  t.is(total, 5000);
});
