// The port: what it answers, what it refuses, and its bounds, each reached.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { type Later, later } from '#src/clock.js';
import {
  MAX_CONNECTIONS,
  MAX_HEADER_BYTES,
  MetricsServer,
  type MetricsState,
  type MetricsText,
  REQUEST_TIMEOUT_MS,
  RETRY_FIRST_MS,
  RETRY_MOST_MS,
  TEXT_LIFETIME_MS,
} from '#src/metrics/server.js';
import { describeMetricsState, startMetrics } from '#src/metrics/start.js';
import { runProgram } from '../commands/run-knockdaemon.ts';
import { readExposition } from './exposition.ts';
import { STATUS } from './sample-status.ts';

const CONTENT: MetricsText = { contentType: 'text/plain; version=0.0.4', text: async () => 'up 1\n' };

/** A port of 127.0.0.1 that nobody has now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

interface World {
  readonly port: number;
  readonly states: MetricsState[];
  readonly delays: number[];
  readonly clock: { nowMs: number };
  /** Runs the timer that waits. */
  fire(): void;
}

/** A server that listens, on a clock that the test turns. */
async function serve(t: ExecutionContext, content = CONTENT): Promise<World> {
  const port = await freePort();
  const states: MetricsState[] = [];
  const delays: number[] = [];
  const clock = { nowMs: 0 };
  let waiting: (() => void) | undefined;
  let told = () => {};
  const listening = new Promise<void>((resolve) => {
    told = resolve;
  });
  const after: Later = (delayMs, callback) => {
    delays.push(delayMs);
    waiting = callback;
    return () => {
      waiting = undefined;
    };
  };
  const server = new MetricsServer({ address: '127.0.0.1', port }, content, {
    after,
    nowMs: () => clock.nowMs,
    onState: (_, state) => {
      states.push(state);
      told();
    },
  });
  server.start();
  t.teardown(() => server.stop());
  await listening;
  return { port, states, delays, clock, fire: () => waiting?.() };
}

/** Sends a text as it is. @returns all that comes back until the connection ends */
async function say(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk: Buffer) => {
    answer += chunk;
  });
  socket.on('error', () => {});
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

const answers: readonly (readonly [request: string, status: number])[] = [
  ['GET /metrics', 200],
  ['HEAD /metrics', 200],
  ['GET /metrics?collect=all', 200],
  ['GET /', 404],
  ['GET /metrics/', 404],
  ['GET //metrics', 404],
  ['GET /metrics/../metrics', 404],
  ['GET http://127.0.0.1/metrics', 404],
  ['POST /', 404],
  ['POST /metrics', 405],
  ['PUT /metrics', 405],
  ['DELETE /metrics', 405],
  ['OPTIONS /metrics', 405],
  ['TRACE /metrics', 405],
  ['BREW /metrics', 400],
];
for (const [request, status] of answers) {
  test(`${request}: ${status}`, async (t) => {
    const { port } = await serve(t);
    const answer = await say(port, `${request} HTTP/1.1\r\nHost: x\r\n\r\n`);
    t.regex(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
    const [head = '', body] = answer.split('\r\n\r\n');
    t.is(body, request.startsWith('GET') && status === 200 ? 'up 1\n' : '');
    if (status === 200) t.regex(head, /^Content-Type: text\/plain; version=0\.0\.4\r\nContent-Length: 5\r$/m);
    if (status === 405) t.regex(head, /^Allow: GET, HEAD\r$/m);
    if (status !== 400) t.regex(head, /^Connection: close\r$/m);
  });
}

test('headers that are too large are refused', async (t) => {
  const { port } = await serve(t);
  const filler = `X: ${'x'.repeat(MAX_HEADER_BYTES)}\r\n`;
  t.regex(await say(port, `GET /metrics HTTP/1.1\r\nHost: x\r\n${filler}\r\n`), /^HTTP\/1\.1 431 /);
});

test('bytes that are no HTTP are refused, and the server goes on', async (t) => {
  const { port } = await serve(t);
  t.regex(await say(port, '\u0000\u0001\u0002 knock knock\r\n\r\n'), /^HTTP\/1\.1 400 /);
  t.regex(await say(port, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'), / 200 OK/);
});

test(`no more than ${MAX_CONNECTIONS} connections at once; they are freed again`, async (t) => {
  const { port } = await serve(t);
  const sockets: Socket[] = [];
  for (let i = 0; i < MAX_CONNECTIONS; i++) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'connect');
    sockets.push(socket);
  }
  t.is(await say(port, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'), '', 'one more is closed unanswered');
  const [first] = sockets;
  const ended = once(first!, 'close');
  first?.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
  first?.resume();
  await ended;
  t.regex(await say(port, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'), / 200 OK/);
  for (const socket of sockets) socket.destroy();
});

for (const [title, sent] of [
  ['nothing', ''],
  ['half a request', 'GET /metrics HT'],
] as const) {
  test(`who sends ${title} is cut off after ${REQUEST_TIMEOUT_MS} ms`, async (t) => {
    const { port } = await serve(t);
    const begin = performance.now();
    await say(port, sent);
    t.true(performance.now() - begin < REQUEST_TIMEOUT_MS + 3000);
  });
}

test('a body is not waited for', async (t) => {
  const { port } = await serve(t);
  const answer = await say(port, 'POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n');
  t.regex(answer, /^HTTP\/1\.1 405 /);
});

test('the text is made once a second at most, however many ask', async (t) => {
  let made = 0;
  const { port, clock } = await serve(t, { ...CONTENT, text: async () => `made ${++made}\n` });
  const ask = () => say(port, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
  const first = await Promise.all([ask(), ask(), ask()]);
  t.true(first.every((answer) => answer.endsWith('made 1\n')));
  clock.nowMs = TEXT_LIFETIME_MS - 1;
  t.regex(await ask(), /made 1\n$/);
  clock.nowMs = TEXT_LIFETIME_MS;
  t.regex(await ask(), /made 2\n$/);
});

test('when the text cannot be made the answer is 500, and says nothing of why', async (t) => {
  const { port, clock } = await serve(t, { ...CONTENT, text: () => Promise.reject(new Error('secret')) });
  const answer = await say(port, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
  t.regex(answer, /^HTTP\/1\.1 500 /);
  t.false(answer.includes('secret'));
  clock.nowMs = TEXT_LIFETIME_MS;
  t.regex(await say(port, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'), /^HTTP\/1\.1 500 /);
});

test('a port that is taken is told once, tried again ever more seldom, and used when it is free', async (t) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const states: MetricsState[] = [];
  const delays: number[] = [];
  let waiting = () => {};
  let step = () => {};
  const stepped = () =>
    new Promise<void>((resolve) => {
      step = resolve;
    });
  let next = stepped();
  const server = new MetricsServer({ address: '127.0.0.1', port }, CONTENT, {
    after: (delayMs, callback) => {
      delays.push(delayMs);
      waiting = callback;
      step();
      return () => {};
    },
    nowMs: () => 0,
    onState: (_, state) => {
      states.push(state);
      if (state.state === 'listening') step();
    },
  });
  server.start();
  await next;
  for (let i = 0; i < 8; i++) {
    next = stepped();
    waiting();
    await next;
  }
  t.deepEqual(delays, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  t.is(delays[0], RETRY_FIRST_MS);
  t.is(delays.at(-1), RETRY_MOST_MS);
  t.deepEqual(
    states.map(({ state }) => state),
    ['failed'],
    'told once',
  );
  t.like(states[0], { code: 'EADDRINUSE' });

  other.close();
  next = stepped();
  waiting();
  await next;
  t.is(states.at(-1)?.state, 'listening');
  t.regex(await say(port, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'), / 200 OK/);
  server.stop();
  await t.throwsAsync(once(connect(port, '127.0.0.1'), 'connect'), { code: 'ECONNREFUSED' });
});

test('stopped while it waits, it does not listen later', async (t) => {
  const { port, states } = await serve(t);
  let called = false;
  let waiting: (() => void) | undefined;
  const second = new MetricsServer({ address: '127.0.0.1', port }, CONTENT, {
    after: (_, callback) => {
      waiting = callback;
      return () => {
        called = true;
      };
    },
    nowMs: () => 0,
    onState: () => {},
  });
  second.start();
  while (!waiting) await new Promise((resolve) => setImmediate(resolve));
  second.stop();
  t.true(called, 'the timer was called off');
  waiting();
  t.is(states.length, 1);
});

test('started as the daemon does: what is observed comes out, with the right type', async (t) => {
  const port = await freePort();
  let up = () => {};
  const listening = new Promise<void>((resolve) => {
    up = resolve;
  });
  const sources = { status: () => STATUS, decrypts: () => 0 };
  const edge = { after: later, nowMs: () => performance.now(), onState: () => up() };
  const metrics = await startMetrics({ address: '127.0.0.1', port }, sources, edge);
  await listening;
  metrics.observer.onDropped?.('short', 3);
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  t.is(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  const families = readExposition(await response.text());
  t.deepEqual(families.get('eightknock_drops_total')?.samples, [
    { name: 'eightknock_drops_total', labels: { reason: 'short' }, value: 3 },
  ]);
  metrics.stop();
  await t.throwsAsync(fetch(`http://127.0.0.1:${port}/metrics`));
});

test('without a [metrics] table nothing of prom-client or HTTP is loaded', async (t) => {
  const start = new URL('../../../dist/metrics/start.js', import.meta.url).href;
  const script = `
    import { createRequire } from 'node:module';
    await import(${JSON.stringify(start)});
    const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) => file.includes('prom-client'));
    console.log(loaded.length, process.moduleLoadList.includes('NativeModule http'));
  `;
  t.is((await runProgram(process.execPath, ['--input-type=module', '-e', script])).stdout, '0 false\n');
});

for (const [address, code, words] of [
  ['127.0.0.1', 'EADDRINUSE', 'cannot serve metrics at 127.0.0.1:9745: the port is taken; trying again'],
  [
    '::1',
    'EAFNOSUPPORT',
    'cannot serve metrics at [::1]:9745: the unit allows no such sockets, see docs/metrics.md; trying again',
  ],
  ['::1', 'EWHATEVER', 'cannot serve metrics at [::1]:9745: listen went wrong; trying again'],
] as const) {
  test(`the log says of ${code}: ${words}`, (t) => {
    const line = describeMetricsState({ address, port: 9745 }, { state: 'failed', code, message: 'listen went wrong' });
    t.is(line.message, words);
    t.is(line.level, 'error');
  });
}

test('the log says where the metrics are', (t) => {
  const line = describeMetricsState({ address: '127.0.0.1', port: 9745 }, { state: 'listening' });
  t.deepEqual(line, {
    level: 'info',
    fields: { event: 'metrics', listen: '127.0.0.1:9745', state: 'listening' },
    message: 'metrics at http://127.0.0.1:9745/metrics',
  });
});
