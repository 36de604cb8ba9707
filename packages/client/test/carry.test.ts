// Bytes both ways over real sockets on loopback, and every way in which that ends.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { PassThrough, Readable, Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import test, { type ExecutionContext } from 'ava';
import { type CarryEnd, carry } from '#src/carry.js';
import { openConnection } from '#src/try-connect.js';

interface Scene {
  /** The other side. */
  readonly far: Socket;
  readonly input: PassThrough;
  readonly output: PassThrough;
  readonly end: Promise<CarryEnd>;
  readonly stop: AbortController;
}

async function begin(t: ExecutionContext): Promise<Scene> {
  const server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const accepted = once(server, 'connection');
  const { connection } = await openConnection('127.0.0.1', (server.address() as AddressInfo).port, 2000);
  if (!connection) throw new Error('not open');
  const [far] = (await accepted) as [Socket];
  t.teardown(() => far.destroy());
  const [input, output] = [new PassThrough(), new PassThrough()];
  const stop = new AbortController();
  return { far, input, output, stop, end: carry(connection, { input, output }, stop.signal) };
}

test('the end of input is a FIN, and what comes after it arrives', async (t) => {
  const { far, input, output, end } = await begin(t);
  input.end('question');
  // Not to be read to its end by an iterator: that would close it in both directions.
  let heard = '';
  await once(
    far.on('data', (chunk) => {
      heard += chunk;
    }),
    'end',
  );
  t.is(heard, 'question');
  far.end('answer');
  t.is(String(await buffer(output)), 'answer');
  t.is(await end, 'done');
});

test('a FIN ends output, and what is sent after it arrives', async (t) => {
  const { far, input, output, end } = await begin(t);
  far.end('goodbye');
  t.is(String(await buffer(output)), 'goodbye');
  input.end('and more');
  t.is(String(await buffer(far)), 'and more');
  t.is(await end, 'done');
});

test('a reset is told', async (t) => {
  const { far, output, end } = await begin(t);
  output.resume();
  far.resetAndDestroy();
  t.deepEqual(await end, { code: 'ECONNRESET' });
});

test('a reset after the FIN is no failure: the other side has closed', async (t) => {
  const { far, input, output, end } = await begin(t);
  far.end('all');
  t.is(String(await buffer(output)), 'all');
  far.resetAndDestroy();
  const writing = setInterval(() => input.writable && input.write('too late'), 5);
  t.is(await end, 'done');
  clearInterval(writing);
});

test('a reader who goes away ends it', async (t) => {
  const { far, output, end } = await begin(t);
  const closed = once(far, 'close');
  far.on('error', () => {}).resume();
  output.destroy(Object.assign(new Error('broken pipe'), { code: 'EPIPE' }));
  t.is(await end, 'unread');
  far.end();
  await closed;
});

test('output that cannot be written is told', async (t) => {
  const { far, output, end } = await begin(t);
  far.on('error', () => {});
  output.destroy(Object.assign(new Error('full'), { code: 'ENOSPC' }));
  t.deepEqual(await end, { code: 'ENOSPC' });
});

test('input that cannot be read is told', async (t) => {
  const { input, end } = await begin(t);
  input.destroy(Object.assign(new Error('bad'), { code: 'EIO' }));
  t.deepEqual(await end, { code: 'EIO' });
});

test('it can be stopped, also before it began', async (t) => {
  const { end, stop } = await begin(t);
  stop.abort();
  t.is(await end.catch((error) => error), stop.signal.reason);
  const { connection } = { connection: new PassThrough() };
  const streams = { input: new PassThrough(), output: new PassThrough() };
  t.is(await carry(connection, streams, stop.signal).catch((error) => error), stop.signal.reason);
  t.true(connection.destroyed && streams.input.destroyed && streams.output.destroyed);
});

const CHUNK = Buffer.alloc(64 * 1024, 7);
const CHUNKS = 800;
/** Far more than the kernel's buffers of both sides, far less than all. */
const MAX_AHEAD = 24 * 1024 * 1024;

test('a reader that is slow holds the sender back, and loses nothing', async (t) => {
  const { far, input, output, end } = await begin(t);
  input.end();
  let sent = 0;
  Readable.from(
    (function* () {
      for (let i = 0; i < CHUNKS; i++) {
        sent += CHUNK.length;
        yield CHUNK;
      }
    })(),
    { objectMode: false },
  ).pipe(far);
  // Nothing moves any more when two looks see the same.
  for (let before = -1; before !== sent; ) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  t.true(sent > 0 && sent < MAX_AHEAD, `${sent} bytes were taken from the sender`);
  t.is((await buffer(output)).length, CHUNKS * CHUNK.length);
  t.is(await end, 'done');
});

test('another side that is slow holds the input back, and loses nothing', async (t) => {
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const accepted = once(server, 'connection');
  const { connection } = await openConnection('127.0.0.1', (server.address() as AddressInfo).port, 2000);
  const [far] = (await accepted) as [Socket];
  let taken = 0;
  const input = Readable.from(
    (function* () {
      for (let i = 0; i < CHUNKS; i++) {
        taken += CHUNK.length;
        yield CHUNK;
      }
    })(),
    { objectMode: false },
  );
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const end = carry(connection as Socket, { input, output });
  for (let before = -1; before !== taken; ) {
    before = taken;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  t.true(taken > 0 && taken < MAX_AHEAD, `${taken} bytes were taken from the input`);
  t.is((await buffer(far)).length, CHUNKS * CHUNK.length);
  far.end();
  t.is(await end, 'done');
});
