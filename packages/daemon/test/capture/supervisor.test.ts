import { PassThrough } from 'node:stream';
import test from 'ava';
import type { CaptureProcess } from '#src/capture/spawn.js';
import {
  BACKOFF_FIRST_MS,
  BACKOFF_MOST_MS,
  CaptureSupervisor,
  POLL_MS,
  SILENT_POLLS,
  START_POLLS,
  STEADY_MS,
} from '#src/capture/supervisor.js';
import { RECORD_BYTES, writeRecord } from '#src/packet/knock-record.js';

const CAPTURING = '{"state":"capturing","linkType":"ETHERNET","confined":true}\n';
const ALIVE = '{"state":"alive","dropped":{}}\n';

/** The world of a supervisor: processes that the test drives, and a clock that it turns. */
class World {
  /** The number of the interface, undefined: it is missing or down. */
  link: number | undefined = 2;
  why: string | undefined;
  spawnError: Error | undefined;
  nowMs = 0;
  readonly said: string[] = [];
  readonly processes: (CaptureProcess & {
    records: PassThrough;
    statusLines: PassThrough;
    exit(how: string): void;
    killed: boolean;
    told: string[];
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
      onShedding: (name: string, load: object | undefined) => {
        this.said.push(`${name} sheds ${JSON.stringify(load)}`);
      },
    };
    this.supervisor = new CaptureSupervisor(device, listener, {
      spawn: () => this.#spawn(),
      linkIndex: () => this.link,
      whyMissing: () => this.why,
      knownSources: () => Buffer.from('all'),
      nowMs: () => this.nowMs,
      timeMs: () => 1_800_000_000_000 + this.nowMs,
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

  /** As time passes while the process is alive. */
  async live(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1000) {
      this.pass(Math.min(1000, ms - passed));
      await this.say(ALIVE);
    }
  }

  #spawn(): CaptureProcess {
    if (this.spawnError) throw this.spawnError;
    let listener = (_how: string) => {};
    const process = {
      records: new PassThrough(),
      statusLines: new PassThrough(),
      killed: false,
      told: [] as string[],
      tellKnown: (records: Buffer) => process.told.push(records.toString()),
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
  t.deepEqual(world.said, ['eth0 capturing ETHERNET true']);
  t.is(world.knocks, 2);
});

test('a device that is missing or down is waited for, and said once', async (t) => {
  const world = new World();
  world.link = undefined;
  world.supervisor.start();
  world.pass(10_000);
  t.is(world.processes.length, 0);
  t.deepEqual(world.said, ['eth0 waiting']);
  world.link = 2;
  world.pass(500);
  t.is(world.processes.length, 1);
  await world.say(CAPTURING);
  t.deepEqual(world.said, ['eth0 waiting', 'eth0 capturing ETHERNET true']);
});

test('what else is missing is waited for with the reason, and said again when that changes', (t) => {
  const world = new World('log:/x');
  world.link = undefined;
  world.why = 'the file is missing';
  world.supervisor.start();
  world.pass(5000);
  world.why = 'the file may not be read by this user';
  world.pass(5000);
  t.deepEqual(world.said, [
    'log:/x waiting the file is missing',
    'log:/x waiting the file may not be read by this user',
  ]);
  t.like(world.supervisor.status(), { state: 'waiting', message: 'the file may not be read by this user' });
});

test('"any" goes on whatever comes and goes, once Ethernet is among it', async (t) => {
  const world = new World('any');
  world.link = 0;
  world.supervisor.start();
  await world.say(CAPTURING);
  await world.live(3000);
  t.is(world.processes.length, 1);
  world.link = 1;
  world.pass(POLL_MS);
  t.is(world.processes.length, 2, 'it has a better ring then');
  t.is(world.said.at(-1), 'any ended an Ethernet interface is up now');
  await world.say(CAPTURING);
  world.link = 0;
  await world.live(3000);
  t.is(world.processes.length, 2);
});

test('when it dies it is started again, with a longer pause each time, at most one second', async (t) => {
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
  t.is(pauses[0], BACKOFF_FIRST_MS);
  t.deepEqual(pauses, [100, 200, 400, 800, 1000, 1000, 1000, 1000]);
  t.is(pauses.at(-1), BACKOFF_MOST_MS);
  t.is(world.supervisor.status().restarts, 8);
  t.is(world.said[1], 'eth0 ended killed by SIGABRT');
});

test('after steady capturing the pause is short again', async (t) => {
  const world = new World();
  world.supervisor.start();
  for (let i = 0; i < 5; i++) {
    await world.say(CAPTURING);
    world.current.exit('x');
    world.pass(BACKOFF_MOST_MS);
  }
  await world.say(CAPTURING);
  await world.live(STEADY_MS);
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
    world.pass(BACKOFF_MOST_MS);
  }
  t.deepEqual(world.said, ['eth0 failed denied no permission']);
});

test('a child that dies without a word is a failure', (t) => {
  const world = new World();
  world.supervisor.start();
  world.current.exit('killed by SIGKILL');
  t.deepEqual(world.said, ['eth0 failed other killed by SIGKILL']);
});

test('a link that goes is waited for, without a word of the process that its going killed', async (t) => {
  const world = new World();
  world.supervisor.start();
  await world.say(CAPTURING);
  world.link = undefined;
  world.current.exit('killed by SIGABRT');
  t.deepEqual(world.said, ['eth0 capturing ETHERNET true', 'eth0 waiting']);
  world.link = 2;
  world.pass(POLL_MS);
  t.is(world.processes.length, 2);
});

test('a link that goes while its process lives on is noticed: the process is ended', async (t) => {
  const world = new World();
  world.supervisor.start();
  await world.say(CAPTURING);
  world.link = undefined;
  world.pass(POLL_MS);
  t.true(world.processes[0]!.killed);
  t.deepEqual(world.said, ['eth0 capturing ETHERNET true', 'eth0 waiting']);
});

test('another interface of the same name is captured in its place, at once', async (t) => {
  const world = new World();
  world.supervisor.start();
  await world.say(CAPTURING);
  world.link = 3;
  world.pass(POLL_MS);
  t.true(world.processes[0]!.killed);
  t.is(world.processes.length, 2);
  t.is(world.said.at(-1), 'eth0 ended another interface has the name now');
  await world.say(CAPTURING);
  t.is(world.said.at(-1), 'eth0 capturing ETHERNET true');
});

test('whatever the back-off was, a link that was gone is captured within a poll of its return', async (t) => {
  const world = new World();
  world.supervisor.start();
  for (let i = 0; i < 6; i++) {
    await world.say(CAPTURING);
    world.current.exit('x');
    world.pass(BACKOFF_MOST_MS);
  }
  await world.say(CAPTURING);
  world.link = undefined;
  world.current.exit('killed by SIGABRT');
  world.pass(60_000);
  const before = world.processes.length;
  world.link = 2;
  world.pass(POLL_MS);
  t.is(world.processes.length, before + 1);
});

test('a process that falls silent is ended after ten looks, and started again', async (t) => {
  const world = new World();
  world.supervisor.start();
  await world.say(CAPTURING);
  await world.live(60_000);
  t.is(world.processes.length, 1);
  world.pass(SILENT_POLLS * POLL_MS);
  t.false(world.processes[0]!.killed);
  world.pass(POLL_MS);
  t.true(world.processes[0]!.killed);
  t.is(world.said.at(-1), 'eth0 ended no sign of life for 5 s');
  world.pass(BACKOFF_FIRST_MS);
  t.is(world.processes.length, 2);
});

test('a daemon that was stopped itself does not take that for silence', async (t) => {
  const world = new World();
  world.supervisor.start();
  await world.say(CAPTURING);
  // One timer that comes an hour late.
  world.nowMs += 3_600_000;
  world.pass(POLL_MS);
  t.false(world.current.killed);
});

test('a process that never says a word is ended after twenty seconds', (t) => {
  const world = new World();
  world.supervisor.start();
  world.pass(START_POLLS * POLL_MS);
  t.false(world.processes[0]!.killed);
  world.pass(POLL_MS);
  t.true(world.processes[0]!.killed);
  t.deepEqual(world.said, ['eth0 failed other it did not start for 20 s']);
});

test('when no process can be started, that is said, and tried again', (t) => {
  const world = new World();
  world.spawnError = new Error('too many files are open');
  world.supervisor.start();
  world.pass(10_000);
  t.deepEqual(world.said, ['eth0 failed other Error: too many files are open']);
  world.spawnError = undefined;
  world.pass(BACKOFF_MOST_MS);
  t.is(world.processes.length, 1);
});

test('what is no record and no line of ours is counted; up to twenty are forgiven', async (t) => {
  const world = new World();
  world.supervisor.start();
  await world.say(`rubbish\n${CAPTURING}{"state":"alive","dropped":{"short":3,"kernel":2}}\n`);
  world.current.records.write(Buffer.concat([Buffer.alloc(RECORD_BYTES), record()]));
  await new Promise(setImmediate);
  t.deepEqual(world.dropped, ['broken-status 1', 'short 3', 'kernel 2', 'broken-record 1']);
  t.deepEqual(world.said, ['eth0 capturing ETHERNET true']);
  t.is(world.knocks, 1);
  await world.say('rubbish\n'.repeat(18));
  t.false(world.current.killed);
  await world.say('rubbish\n');
  t.true(world.current.killed);
  t.is(world.said.at(-1), 'eth0 ended what it sends is no record or no line of ours');
});

test('a process cannot fill the log: each state is said once and at its time', async (t) => {
  const world = new World();
  world.supervisor.start();
  await world.say(ALIVE + CAPTURING);
  await world.say(`${CAPTURING}{"state":"failed","failure":"other","message":"x"}\n`.repeat(20));
  t.is(world.said.length, 2);
  t.true(world.current.killed);
});

test('how it stands is told at any time', async (t) => {
  const world = new World();
  t.deepEqual(world.supervisor.status(), {
    interface: 'eth0',
    state: 'waiting',
    sinceMs: 1_800_000_000_000,
    restarts: 0,
  });
  world.supervisor.start();
  world.pass(300);
  const message = 'system calls are not filtered (no table)';
  await world.say(`{"state":"capturing","linkType":"RAW","confined":false,"message":"${message}"}\n`);
  await world.live(2000);
  t.deepEqual(world.supervisor.status(), {
    interface: 'eth0',
    state: 'capturing',
    sinceMs: 1_800_000_000_300,
    restarts: 0,
    linkType: 'RAW',
    message,
  });
  world.current.exit('killed by SIGKILL');
  t.like(world.supervisor.status(), { state: 'ended', message: 'killed by SIGKILL', sinceMs: 1_800_000_002_300 });
  world.pass(BACKOFF_FIRST_MS);
  t.is(world.supervisor.status().restarts, 1);
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

test('a process that begins to capture is told of all known sources, and then of each new one', async (t) => {
  const world = new World();
  world.supervisor.start();
  world.supervisor.tellKnown(Buffer.from('too early'));
  await world.say(CAPTURING);
  world.supervisor.tellKnown(Buffer.from('one more'));
  t.deepEqual(world.current.told, ['all', 'one more']);
  world.current.exit('exit code 1');
  world.pass(BACKOFF_FIRST_MS);
  world.supervisor.tellKnown(Buffer.from('too early'));
  await world.say(CAPTURING);
  t.deepEqual(world.current.told, ['all']);
});

test('that load is shed is told at its beginning and its end, and is in the status meanwhile', async (t) => {
  const world = new World();
  world.supervisor.start();
  await world.say(CAPTURING);
  world.said.length = 0;
  await world.say('{"state":"alive","dropped":{},"passing":0.5,"blocked":0}\n');
  await world.say('{"state":"alive","dropped":{},"passing":0.25,"blocked":1}\n');
  t.deepEqual(world.supervisor.status().shed, { passing: 0.25, blocked: 1 });
  await world.say(ALIVE);
  t.is(world.supervisor.status().shed, undefined);
  t.deepEqual(world.said, ['eth0 sheds {"passing":0.5,"blocked":0}', 'eth0 sheds undefined']);
  await world.say('{"state":"alive","dropped":{},"passing":0.5,"blocked":0}\n');
  world.current.exit('killed by SIGABRT');
  t.true(world.said.includes('eth0 sheds undefined'));
  t.is(world.supervisor.status().shed, undefined);
});
