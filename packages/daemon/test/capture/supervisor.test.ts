import { PassThrough } from 'node:stream';
import test from 'ava';
import type { CaptureProcess } from '#src/capture/spawn.js';
import { CaptureSupervisor } from '#src/capture/supervisor.js';
import { RECORD_BYTES, writeRecord } from '#src/packet/knock-record.js';

const CAPTURING = '{"state":"capturing","linkType":"ETHERNET"}\n';

/** The world of a supervisor: processes that the test drives, and a clock that it turns. */
class World {
  up = true;
  nowMs = 0;
  readonly said: string[] = [];
  readonly processes: (CaptureProcess & {
    records: PassThrough;
    statusLines: PassThrough;
    exit(how: string): void;
    killed: boolean;
  })[] = [];
  readonly supervisor: CaptureSupervisor;
  knocks = 0;
  readonly dropped: string[] = [];
  #timers: { atMs: number; callback: () => void }[] = [];

  constructor(device = 'eth0') {
    const listener = {
      onKnock: () => this.knocks++,
      onState: (name: string, state: object) => this.said.push(`${name} ${Object.values(state).join(' ')}`),
      onDropped: (reason: string, count: number) => this.dropped.push(`${reason} ${count}`),
    };
    this.supervisor = new CaptureSupervisor(device, listener, {
      spawn: () => this.#spawn(),
      isUp: () => this.up,
      nowMs: () => this.nowMs,
      after: (delayMs, callback) => {
        const timer = { atMs: this.nowMs + delayMs, callback };
        this.#timers.push(timer);
        return () => {
          this.#timers = this.#timers.filter((other) => other !== timer);
        };
      },
    });
  }

  get current() {
    return this.processes.at(-1)!;
  }

  pass(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const next = this.#timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.nowMs = next.atMs;
      next.callback();
    }
    this.nowMs = endMs;
  }

  get timers(): number {
    return this.#timers.length;
  }

  async say(line: string): Promise<void> {
    this.current.statusLines.write(line);
    await new Promise(setImmediate);
  }

  #spawn(): CaptureProcess {
    let listener = (_how: string) => {};
    const process = {
      records: new PassThrough(),
      statusLines: new PassThrough(),
      killed: false,
      onExit: (l: typeof listener) => {
        listener = l;
      },
      exit: (how: string) => listener(how),
      kill: () => {
        process.killed = true;
      },
    };
    this.processes.push(process);
    return process;
  }
}

function record(): Buffer {
  const buffer = Buffer.alloc(RECORD_BYTES);
  const source = Uint8Array.of(10, 0, 0, 2);
  writeRecord({ source, sourcePort: 1, destinationPort: 750, protocol: 'tcp', sequenceNumber: 1 }, 0, buffer, 0);
  return buffer;
}

test('it tells that it captures, and gives the knocks', async (t) => {
  const world = new World();
  world.supervisor.start();
  await world.say(CAPTURING);
  world.current.records.write(Buffer.concat([record(), record()]));
  await new Promise(setImmediate);
  t.deepEqual(world.said, ['eth0 capturing ETHERNET']);
  t.is(world.knocks, 2);
});

test('a device that is missing or down is waited for, and said once', async (t) => {
  const world = new World();
  world.up = false;
  world.supervisor.start();
  world.pass(10_000);
  t.is(world.processes.length, 0);
  t.deepEqual(world.said, ['eth0 waiting']);
  world.up = true;
  world.pass(500);
  t.is(world.processes.length, 1);
  await world.say(CAPTURING);
  t.deepEqual(world.said, ['eth0 waiting', 'eth0 capturing ETHERNET']);
});

test('"any" is not looked for', (t) => {
  const world = new World('any');
  world.up = false;
  world.supervisor.start();
  t.is(world.processes.length, 1);
});

test('when it dies it is started again, with a longer pause each time, at most two seconds', async (t) => {
  const world = new World();
  world.supervisor.start();
  const pauses: number[] = [];
  for (let i = 0; i < 8; i++) {
    await world.say(CAPTURING);
    const before = world.processes.length;
    const diedMs = world.nowMs;
    world.current.exit('killed by SIGABRT');
    while (world.processes.length === before) world.pass(10);
    pauses.push(world.nowMs - diedMs);
  }
  t.deepEqual(pauses, [100, 200, 400, 800, 1600, 2000, 2000, 2000]);
  t.is(world.said[1], 'eth0 ended killed by SIGABRT');
});

test('after steady capturing the pause is short again', async (t) => {
  const world = new World();
  world.supervisor.start();
  for (let i = 0; i < 5; i++) {
    await world.say(CAPTURING);
    world.current.exit('x');
    world.pass(2000);
  }
  await world.say(CAPTURING);
  world.pass(10_000);
  const before = world.processes.length;
  world.current.exit('x');
  world.pass(100);
  t.is(world.processes.length, before + 1);
});

test('why it does not start is said once, as long as it stays the same', async (t) => {
  const world = new World();
  world.supervisor.start();
  for (let i = 0; i < 3; i++) {
    await world.say('{"state":"failed","failure":"denied","message":"no permission"}\n');
    world.current.exit('exit code 1');
    world.pass(2000);
  }
  t.deepEqual(world.said, ['eth0 failed denied no permission']);
});

test('a child that dies without a word is a failure', (t) => {
  const world = new World();
  world.supervisor.start();
  world.current.exit('killed by SIGKILL');
  t.deepEqual(world.said, ['eth0 failed other killed by SIGKILL']);
});

test('what the child says is not trusted: broken lines, endless lines and broken records are counted', async (t) => {
  const world = new World();
  world.supervisor.start();
  await world.say('{"state":"capturing"}\nrubbish\n{"state":"dropped","counts":{"short":3}}\n');
  await world.say('x'.repeat(100_000));
  await world.say(`\n${CAPTURING}`);
  world.current.records.write(Buffer.alloc(RECORD_BYTES));
  await new Promise(setImmediate);
  t.deepEqual(world.dropped, ['broken-status 1', 'broken-status 1', 'short 3', 'broken-status 1', 'broken-record 1']);
  t.deepEqual(world.said, ['eth0 capturing ETHERNET']);
});

test('stopped is stopped: the child is killed and nothing starts again', async (t) => {
  const world = new World();
  world.supervisor.start();
  await world.say(CAPTURING);
  world.supervisor.stop();
  t.true(world.current.killed);
  world.current.exit('killed by SIGKILL');
  world.pass(60_000);
  t.is(world.processes.length, 1);
  t.is(world.timers, 0);
});
