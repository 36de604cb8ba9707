// proxy and run as people run them: processes with real streams, sockets on loopback, signals.

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, readFile, readlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { main } from '#src/cli.js';
import { FakeMachine } from './fake-machine.ts';
import { linkFor, makeFolder } from './sample.ts';

/** From test/build/ to the package. */
const COMMAND = fileURLToPath(new URL('../../bin/knockclient.js', import.meta.url));
/** Far more than the kernel's buffers. */
const MANY = 20 * 1024 * 1024;

interface Scene {
  readonly config: string;
  readonly port: string;
  /** The server's side of the connection, once there is one. */
  readonly connection: Promise<Socket>;
  readonly server: Server;
}

async function listening(t: ExecutionContext, host = '127.0.0.1'): Promise<Scene> {
  const config = await makeFolder(t);
  const link = linkFor(host.includes(':') ? `[${host}]` : host, '');
  t.is(await main(['add', 'gw', link], new FakeMachine({ config })), 0);
  const server = createServer({ allowHalfOpen: true }).listen(0, host);
  await once(server, 'listening');
  const connection = once(server, 'connection').then(([socket]) => {
    t.teardown(() => socket.destroy());
    return socket.on('error', () => {});
  });
  t.teardown(() => server.close());
  return { config, port: `${(server.address() as AddressInfo).port}`, connection, server };
}

/** What a child prints, as it comes. */
class Heard {
  stdout = Buffer.alloc(0);
  stderr = '';
  readonly child: ChildProcess;
  readonly ended: Promise<number | string>;

  constructor(child: ChildProcess) {
    this.child = child;
    child.stdout?.on('data', (chunk) => {
      this.stdout = Buffer.concat([this.stdout, chunk]);
    });
    child.stderr?.on('data', (chunk) => {
      this.stderr += chunk;
    });
    child.stdin?.on('error', () => {});
    this.ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  }
}

function start(t: ExecutionContext, { config }: Scene, program: string, ...args: string[]): Heard {
  const child = spawn(program, args, { env: { ...process.env, XDG_CONFIG_HOME: config, NO_COLOR: '' } });
  t.teardown(() => child.kill('SIGKILL'));
  return new Heard(child);
}

function startProxy(t: ExecutionContext, scene: Scene, ...args: string[]): Heard {
  return start(t, scene, process.execPath, COMMAND, 'proxy', ...args, 'gw', scene.port);
}

/** Everything until the FIN; the other direction stays open. */
async function hear(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await once(socket, 'end');
  return Buffer.concat(chunks);
}

for (const host of ['127.0.0.1', '::1']) {
  test(`proxy: a question, its end, an answer (${host})`, async (t) => {
    const scene = await listening(t, host);
    const proxy = startProxy(t, scene);
    proxy.child.stdin?.end('question');
    const far = await scene.connection;
    t.is(String(await hear(far)), 'question');
    far.end('answer');
    t.is(await proxy.ended, 0);
    t.deepEqual([String(proxy.stdout), proxy.stderr], ['answer', '']);
    t.is(await new Promise((resolve) => scene.server.getConnections((_, count) => resolve(count))), 0);
  });
}

test("proxy: the server's end closes a socket while input goes on", async (t) => {
  const scene = await listening(t);
  const proxy = startProxy(t, scene);
  const far = await scene.connection;
  const hearing = hear(far);
  far.end('goodbye');
  await once(proxy.child.stdout as Readable, 'end');
  t.is(String(proxy.stdout), 'goodbye');
  t.is(proxy.child.exitCode, null, 'it still sends');
  if (process.platform === 'linux') {
    // Free, it would become that of a socket that libuv never closes: a knock that the kernel repeats.
    // The end is seen a moment before the place is taken.
    const place = () => readlink(`/proc/${proxy.child.pid}/fd/1`).catch(() => 'nothing');
    for (let looks = 0; looks < 500 && (await place()) !== '/dev/null'; looks++) await sleep(10);
    t.is(await place(), '/dev/null');
  }
  proxy.child.stdin?.end('and more');
  t.is(String(await hearing), 'and more');
  t.is(await proxy.ended, 0);
});

test("proxy: the server's end closes a pipe, which is what ssh gives it, while input goes on", async (t) => {
  const scene = await listening(t);
  const words = [process.execPath, COMMAND, 'proxy', 'gw', scene.port];
  const proxy = start(t, scene, '/bin/bash', '-c', '"$@" | { cat; echo ended >&2; }', 'bash', ...words);
  const far = await scene.connection;
  const hearing = hear(far);
  far.end('goodbye');
  await once(proxy.child.stderr as Readable, 'data');
  t.deepEqual([String(proxy.stdout), proxy.stderr], ['goodbye', 'ended\n']);
  proxy.child.stdin?.end('and more');
  t.is(String(await hearing), 'and more');
  t.is(await proxy.ended, 0);
});

test('proxy: much in both directions at once, whole', async (t) => {
  const scene = await listening(t);
  const proxy = startProxy(t, scene);
  const [there, back] = [randomBytes(MANY), randomBytes(MANY)];
  const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  proxy.child.stdin?.end(there);
  const far = await scene.connection;
  far.end(back);
  t.is(sum(await hear(far)), sum(there));
  t.is(await proxy.ended, 0);
  t.is(sum(proxy.stdout), sum(back));
});

test('proxy: from a file, into a file', async (t) => {
  const scene = await listening(t);
  const [from, to] = [join(scene.config, 'from'), join(scene.config, 'to')];
  const bytes = randomBytes(1024 * 1024);
  await writeFile(from, bytes);
  const words = [process.execPath, COMMAND, 'proxy', 'gw', scene.port];
  const proxy = start(t, scene, '/bin/sh', '-c', `exec "$@" <${from} >${to}`, 'sh', ...words);
  const far = await scene.connection;
  const got = await hear(far);
  far.end(got);
  t.is(await proxy.ended, 0);
  t.true(bytes.equals(await readFile(to)));
});

test('proxy: a reset is exit 1 and told on stderr', async (t) => {
  const scene = await listening(t);
  const proxy = startProxy(t, scene);
  const far = await scene.connection;
  far.write('half a');
  while (proxy.stdout.length < 6) await once(proxy.child.stdout as Readable, 'data');
  far.resetAndDestroy();
  t.is(await proxy.ended, 1);
  t.is(proxy.stderr, 'knockclient: error: the connection to "gw" broke: the other side reset it (ECONNRESET)\n');
  t.is(String(proxy.stdout), 'half a');
});

test('proxy: when nobody reads any more it ends, and says nothing', async (t) => {
  const scene = await listening(t);
  const proxy = startProxy(t, scene);
  const far = await scene.connection;
  proxy.child.stdout?.destroy();
  const writing = setInterval(() => far.writable && far.write('x'.repeat(1000)), 5);
  t.teardown(() => clearInterval(writing));
  t.is(await proxy.ended, 1);
  t.is(proxy.stderr, '');
});

for (const [args, how] of [
  [[], 'SIGHUP'],
  [['--close'], 129],
] as const) {
  test(`proxy ${args.join('')}: SIGHUP, which is how ssh ends it, gives ${how}`, async (t) => {
    const scene = await listening(t);
    const proxy = startProxy(t, scene, ...args);
    const far = await scene.connection;
    const closed = once(far.resume(), 'close');
    far.write('begun');
    await once(proxy.child.stdout as Readable, 'data');
    // Nobody listens there any more, so that the port looks closed.
    scene.server.close();
    proxy.child.kill('SIGHUP');
    t.is(await proxy.ended, how);
    t.is(proxy.stderr, '');
    far.end();
    await closed;
  });
}

test('proxy: where nothing listens it is exit 1, and stdout is empty', async (t) => {
  const scene = await listening(t);
  scene.server.close();
  const proxy = startProxy(t, scene, '--wait', '1');
  t.is(await proxy.ended, 1);
  t.regex(proxy.stderr, /^knockclient: error: port \d+ did not open within 1(?:\.\d+)? s: connections are refused\n/);
  t.is(proxy.stdout.length, 0);
});

const exits = test.macro({
  title: (_, words: readonly string[]) => `run -- ${words.join(' ')}`,
  async exec(t, words: readonly string[], code: number, out: string, err: RegExp = /^$/) {
    const scene = await listening(t);
    const file = join(scene.config, 'not-executable');
    await writeFile(file, 'x');
    await chmod(file, 0o600);
    const all = words.map((word) => word.replace('FILE', file));
    const command = start(t, scene, process.execPath, COMMAND, 'run', 'gw', '--port', scene.port, '--', ...all);
    command.child.stdin?.end('standard input');
    t.is(await command.ended, code);
    t.is(String(command.stdout), out);
    t.regex(command.stderr, err);
  },
});
test(exits, ['cat'], 0, 'standard input');
test(exits, ['printf', '%s|', '$HOME', 'a  b', '*', ';', '--close'], 0, '$HOME|a  b|*|;|--close|');
test(exits, ['sh', '-c', 'echo no >&2; exit 41'], 41, '', /^no\n$/);
test(exits, ['sh', '-c', 'kill -KILL $$'], 137, '');
test(
  exits,
  ['no-such-program-here'],
  127,
  '',
  /^knockclient: error: "no-such-program-here" was not started: there is no such program\n$/,
);
test(exits, ['FILE'], 126, '', /was not started: this machine does not allow it \(EACCES\)\n$/);
