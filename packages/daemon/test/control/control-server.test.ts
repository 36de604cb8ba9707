// Connections: one request, one answer; each bound is reached, and whatever comes, the next one is served.

import test from 'ava';
import fc from 'fast-check';
import {
  ACTION_MS,
  ANSWER_MS,
  MAX_CONNECTIONS,
  MAX_REQUEST_BYTES,
  MAX_TURNED_AWAY,
  REQUEST_MS,
  TURNED_AWAY_MS,
} from '#src/control/bounds.js';
import type { ControlDrop } from '#src/control/control-server.js';
import { DENIED, fakeActions, STATUS } from './fake-actions.ts';
import { FakeTimers } from './fake-timers.ts';
import { ask, Connection, serve, until } from './socket.ts';

const FUZZ_CONNECTIONS = process.env.SLOW ? 20_000 : 500;
const CONFIRM = '{"command":"confirm"}\n';
const CONFIRMED = { ok: true, result: { confirmed: true } };

test('one line in, one line out, and the connection is closed', async (t) => {
  const { path } = await serve(t);
  const connection = new Connection(t, path);
  connection.socket.write('{"command":"status"}\n');
  t.is(await connection.end(), `${JSON.stringify({ ok: true, result: STATUS })}\n`);
});

test('a request in many pieces', async (t) => {
  const { path } = await serve(t);
  const connection = new Connection(t, path);
  for (const character of CONFIRM) {
    connection.socket.write(character);
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.deepEqual(JSON.parse(await connection.end()), CONFIRMED);
});

test('the end of what is sent ends the line too, and the answer still comes', async (t) => {
  const { path } = await serve(t, fakeActions({ reload: () => new Promise((resolve) => setImmediate(resolve, [])) }));
  const connection = new Connection(t, path);
  connection.socket.end('{"command":"reload"}');
  t.like(JSON.parse(await connection.end()), { ok: true });
});

test('what comes after the line is nobody’s request', async (t) => {
  const actions = fakeActions();
  const { path } = await serve(t, actions);
  const connection = new Connection(t, path);
  connection.socket.write(`${CONFIRM}${CONFIRM}{"command":"reload"}\n`);
  t.deepEqual(JSON.parse(await connection.end()), CONFIRMED);
  t.deepEqual(actions.calls, [['confirm']]);
});

test('a request of the greatest length, and one byte more', async (t) => {
  const { path, server } = await serve(t);
  const request = '{"command":"confirm"}'.padEnd(MAX_REQUEST_BYTES);
  t.deepEqual(await ask(t, path, `${request}\n`), CONFIRMED);
  t.is(server.dropped['bad-request'], 0);
  t.deepEqual(await ask(t, path, `${request} `), {
    ok: false,
    reason: 'request',
    error: `a request has at most ${MAX_REQUEST_BYTES} bytes`,
  });
  t.is(server.dropped['bad-request'], 1);
});

test('a line without end costs no more than its bound', async (t) => {
  const { path, server } = await serve(t);
  const connection = new Connection(t, path);
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  for (let i = 0; i < 64 && !connection.closed; i++) {
    connection.socket.write(chunk);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await connection.end();
  t.is(server.dropped['bad-request'], 1);
  t.deepEqual(await ask(t, path, CONFIRM), CONFIRMED);
});

test('a request that is not whole in time', async (t) => {
  const timers = new FakeTimers();
  const reasons: ControlDrop[] = [];
  const options = { after: timers.after, onDropped: (reason: ControlDrop) => void reasons.push(reason) };
  const { path, server } = await serve(t, fakeActions(), options);
  const connection = new Connection(t, path);
  connection.socket.write('{"comm');
  await until(() => timers.count(REQUEST_MS) === 1);
  timers.fire(REQUEST_MS);
  t.is(await connection.end(), '');
  t.is(server.dropped['slow-request'], 1);
  t.deepEqual(reasons, ['slow-request']);
});

test('an action that takes too long', async (t) => {
  const timers = new FakeTimers();
  const never = new Promise<never>(() => undefined);
  const { path, server } = await serve(t, fakeActions({ reload: () => never }), { after: timers.after });
  const connection = new Connection(t, path);
  connection.socket.write('{"command":"reload"}\n');
  await until(() => timers.count(ACTION_MS) === 1);
  t.is(timers.count(REQUEST_MS), 0);
  timers.fire(ACTION_MS);
  t.is(await connection.end(), '');
  t.is(server.dropped['slow-action'], 1);
});

test('an answer that is not fetched in time', async (t) => {
  const timers = new FakeTimers();
  const many = Array.from({ length: 1000 }, () => ({ ...DENIED, reason: 'x'.repeat(800) }));
  const { path, server } = await serve(t, fakeActions({ audit: () => many }), { after: timers.after });
  const connection = new Connection(t, path);
  connection.socket.pause();
  connection.socket.write('{"command":"audit","limit":1000}\n');
  await until(() => timers.count(ANSWER_MS) === 1);
  t.is(timers.count(ACTION_MS), 0);
  timers.fire(ANSWER_MS);
  t.is(server.dropped['slow-reader'], 1);
  // The next one is served, and whole.
  const next = new Connection(t, path);
  next.socket.write('{"command":"audit","limit":1000}\n');
  t.is(JSON.parse(await next.end()).result.entries.length, 1000);
  t.is(timers.count(ANSWER_MS), 0);
});

test('the seventeenth connection is told so; when one goes there is room again', async (t) => {
  const timers = new FakeTimers();
  const { path, server } = await serve(t, fakeActions(), { after: timers.after });
  const idle = Array.from({ length: MAX_CONNECTIONS }, () => new Connection(t, path));
  await until(() => timers.count(REQUEST_MS) === MAX_CONNECTIONS);
  t.deepEqual(await ask(t, path, CONFIRM), {
    ok: false,
    reason: 'busy',
    error: '16 commands are being served already',
    hint: 'try again',
  });
  t.is(server.dropped['too-many'], 1);
  idle[0]?.socket.write(CONFIRM);
  await idle[0]?.end();
  t.deepEqual(await ask(t, path, CONFIRM), CONFIRMED);
});

test('those who are turned away are few, and do not stay', async (t) => {
  const timers = new FakeTimers();
  const { path, server } = await serve(t, fakeActions(), { after: timers.after });
  Array.from({ length: MAX_CONNECTIONS }, () => new Connection(t, path));
  await until(() => timers.count(REQUEST_MS) === MAX_CONNECTIONS);
  const stay = (): Connection => {
    const connection = new Connection(t, path);
    // It hears the end of what comes, and holds on to the connection.
    connection.socket.removeAllListeners('end');
    return connection;
  };
  const turnedAway = Array.from({ length: MAX_TURNED_AWAY }, stay);
  await until(() => timers.count(TURNED_AWAY_MS) === MAX_TURNED_AWAY);
  const onTop = new Connection(t, path);
  t.is(await onTop.end(), '');
  t.is(server.dropped['too-many'], MAX_TURNED_AWAY + 1);
  timers.fire(TURNED_AWAY_MS);
  for (const connection of turnedAway) t.regex(connection.text, /"busy"/);
  // They are gone as soon as their sockets are closed; then there is room for others to be told.
  let told = '';
  while (told === '') told = await new Connection(t, path).end();
  t.regex(told, /"busy"/);
});

test('a client that goes away before its answer, or says nothing', async (t) => {
  let finish: (problems: []) => void = () => undefined;
  const slow = new Promise<[]>((resolve) => {
    finish = resolve;
  });
  const actions = fakeActions({ reload: () => slow });
  const { path, server } = await serve(t, actions);
  new Connection(t, path).socket.end();
  const connection = new Connection(t, path);
  connection.socket.write('{"command":"reload"}\n');
  await until(() => actions.calls.length === 1);
  connection.socket.destroy();
  await until(() => connection.closed);
  finish([]);
  t.deepEqual(await ask(t, path, CONFIRM), CONFIRMED);
  t.is(server.dropped['bad-request'], 0);
});

test('fuzz: random bytes over the socket, and it is alive afterwards', async (t) => {
  const { path, server } = await serve(t);
  const chunks = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 6000 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc.constantFrom('{"command":"status"}\n', '\n', '{', '{"command":"reload"}').map((text) => Buffer.from(text)),
    ),
    { maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(chunks, fc.constantFrom('end', 'destroy'), async (parts, how) => {
      const connection = new Connection(t, path);
      for (const part of parts) connection.socket.write(part);
      connection.socket[how]();
      const text = await connection.end();
      if (text === '') return true;
      return text.endsWith('\n') && typeof JSON.parse(text).ok === 'boolean';
    }),
    { numRuns: FUZZ_CONNECTIONS },
  );
  t.deepEqual(await ask(t, path, CONFIRM), CONFIRMED);
  t.true(server.dropped['bad-request'] > 0);
});
