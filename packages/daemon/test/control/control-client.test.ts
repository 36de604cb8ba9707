// What is said when there is no answer, and that a server that misbehaves costs time and memory within bounds.

import { chmod, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import { MAX_ANSWER_BYTES, PATIENCE_MS, RELOAD_PATIENCE_MS } from '#src/control/bounds.js';
import { askDaemon } from '#src/control/control-client.js';
import { KNOCKDAEMON, runProgram } from '../commands/run-knockdaemon.ts';
import { fakeActions, grant, STATUS, unlimitedGrant } from './fake-actions.ts';
import { FakeTimers } from './fake-timers.ts';
import { leaveDeadSocket, serve, serveWith, socketPath, until } from './socket.ts';

const NOT_RUNNING = 'is knockdaemon running? "systemctl status knockdaemon" tells; --socket PATH names another socket';
const STRANGE = 'is that knockdaemon, and of this version? "systemctl restart knockdaemon" starts the installed one';
const SILENT = 'is knockdaemon stopped, or starting? "systemctl status knockdaemon" tells';

test('each command of a real server', async (t) => {
  const { path } = await serve(t);
  const list = { total: 2, grants: [grant(), unlimitedGrant()] };
  t.deepEqual(await askDaemon(path, { command: 'status' }), { ok: true, result: STATUS });
  t.deepEqual(await askDaemon(path, { command: 'reload' }), { ok: true, result: STATUS });
  t.deepEqual(await askDaemon(path, { command: 'grants', limit: 5 }), { ok: true, result: list });
  t.like(await askDaemon(path, { command: 'revoke', all: true }), { ok: true });
  t.like(await askDaemon(path, { command: 'audit', limit: 5 }), { ok: true });
  t.deepEqual(await askDaemon(path, { command: 'confirm' }), { ok: true, result: { confirmed: true } });
});

test('a refusal', async (t) => {
  const problem = { file: 'f', expected: 'e', hint: 'h' };
  const { path } = await serve(t, fakeActions({ reload: async () => [problem] }));
  t.like(await askDaemon(path, { command: 'reload' }), { ok: false, reason: 'configuration', problems: [problem] });
});

test('no socket', async (t) => {
  const path = await socketPath(t);
  const expected = { ok: false, reason: 'no-answer', error: `no control socket at "${path}"`, hint: NOT_RUNNING };
  t.deepEqual(await askDaemon(path, { command: 'status' }), expected as never);
});

test('a socket of one who is gone, and a file', async (t) => {
  const path = await socketPath(t);
  await leaveDeadSocket(path);
  t.like(await askDaemon(path, { command: 'status' }), { error: `nobody listens at "${path}"`, hint: NOT_RUNNING });
  await writeFile(`${path}.file`, '');
  t.like(await askDaemon(`${path}.file`, { command: 'status' }), { error: `nobody listens at "${path}.file"` });
});

test('no permission', async (t) => {
  const { path } = await serve(t);
  const lines = `knockdaemon: error: no permission to connect to "${path}"\nknockdaemon: hint: run it as root\n`;
  if (process.getuid?.() === 0) {
    // Root may connect to anything: it is tried by nobody.
    const { exitCode, stderr } = await runProgram('setpriv', [
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
      process.execPath,
      KNOCKDAEMON,
      'status',
      '--socket',
      path,
    ]);
    t.is(stderr.replace(/"\/tmp\/[^"]*"/, `"${path}"`), lines);
    t.is(exitCode, 1);
  } else {
    await chmod(path, 0);
    const { exitCode, stderr } = await runProgram(process.execPath, [KNOCKDAEMON, 'status', '--socket', path]);
    t.is(stderr, lines);
    t.is(exitCode, 1);
  }
});

test('one that accepts and never answers', async (t) => {
  const timers = new FakeTimers();
  const path = await serveWith(t, () => undefined);
  const reply = askDaemon(path, { command: 'status' }, timers.after);
  t.is(timers.count(PATIENCE_MS), 1);
  timers.fire(PATIENCE_MS);
  t.deepEqual(await reply, {
    ok: false,
    reason: 'no-answer',
    error: `no answer from "${path}" within 10 s`,
    hint: SILENT,
  });
});

test('a reload is waited for longer', async (t) => {
  const timers = new FakeTimers();
  const path = await serveWith(t, () => undefined);
  const reply = askDaemon(path, { command: 'reload' }, timers.after);
  timers.fire(RELOAD_PATIENCE_MS);
  t.like(await reply, { error: `no answer from "${path}" within 30 s` });
});

test('an answer that never ends', async (t) => {
  let sent = 0;
  let gone = false;
  const chunk = Buffer.alloc(64 * 1024, ' ');
  const path = await serveWith(t, (socket: Socket) => {
    const pour = (): void => {
      do sent += chunk.length;
      while (!gone && socket.write(chunk));
    };
    socket.on('close', () => {
      gone = true;
    });
    socket.on('drain', pour);
    pour();
  });
  t.like(await askDaemon(path, { command: 'status' }), {
    error: `the answer from "${path}" is longer than ${MAX_ANSWER_BYTES} bytes`,
    hint: STRANGE,
  });
  await until(() => gone);
  t.true(sent < 2 * MAX_ANSWER_BYTES);
});

test('one that closes without a word', async (t) => {
  const path = await serveWith(t, (socket) => socket.end());
  t.like(await askDaemon(path, { command: 'status' }), {
    error: `"${path}" was closed without an answer`,
    hint: SILENT,
  });
});

const strange = test.macro({
  title: (_, answer: string) => `no answer of ours: ${answer.slice(0, 40)} … ${answer.slice(-20)}`,
  async exec(t, answer: string) {
    const path = await serveWith(t, (socket) => socket.end(answer));
    const error = 'the answer makes no sense';
    t.like(await askDaemon(path, { command: 'status' }), { reason: 'no-answer', error, hint: STRANGE });
  },
});

test(strange, 'HTTP/1.1 400 Bad Request\r\n\r\n');
test(strange, '{}\n');
test(strange, 'null\n');
test(strange, '{"ok":true}\n');
test(strange, '{"ok":false}\n');
test(strange, '{"ok":false,"reason":"other","error":"x"}\n');
test(strange, '{"ok":true,"result":{"version":"0.1.0"}}\n');
test(strange, `${JSON.stringify({ ok: true, result: { ...STATUS, startedMs: 1e300 } })}\n`);
test(strange, JSON.stringify({ ok: true, result: STATUS }).slice(0, -1));

test('a newer daemon may say more', async (t) => {
  const newer = { ...STATUS, later: { x: 1 } };
  const path = await serveWith(t, (socket) => socket.end(`${JSON.stringify({ ok: true, result: newer })}\n`));
  t.deepEqual(await askDaemon(path, { command: 'status' }), { ok: true, result: newer });
});

test('fuzz: whatever the other side says, there is a reply', async (t) => {
  let answer = Buffer.alloc(0);
  const path = await serveWith(t, (socket) => socket.end(answer));
  const answers = fc.oneof(
    fc.uint8Array({ maxLength: 5000 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc
      .record({ ok: fc.boolean(), result: fc.anything({ withBigInt: false }), error: fc.string(), reason: fc.string() })
      .map((value) => Buffer.from(JSON.stringify(value))),
  );
  await t.notThrowsAsync(
    fc.assert(
      fc.asyncProperty(answers, async (bytes) => {
        answer = bytes;
        return (await askDaemon(path, { command: 'grants', limit: 1 })).ok === false;
      }),
      { numRuns: process.env.SLOW ? 20_000 : 300 },
    ),
  );
});
