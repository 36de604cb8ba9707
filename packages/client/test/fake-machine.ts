// A machine without network and time: the clock goes on only when somebody sleeps, knocks are written down.

import { Duplex, PassThrough } from 'node:stream';
import type { Clock } from '#src/clock.js';
import type { Machine } from '#src/machine.js';
import { type RawObstacle, RawUnavailableError } from '#src/send/raw-unavailable.js';
import type { EndingSignal } from '#src/signals.js';
import type { CommandEnd } from '#src/spawn-command.js';
import type { PortLook } from '#src/try-connect.js';
import { VECTOR_SECONDS } from './sample.ts';

/** A clock that stands still but for `sleep` and `pass`. */
export class FakeClock implements Clock {
  #passedMs = 0;
  readonly #alarms: (readonly [atMs: number, ring: () => void])[] = [];
  readonly #startMs: number;

  constructor(unixSeconds = VECTOR_SECONDS) {
    this.#startMs = unixSeconds * 1000;
  }

  unixMs = (): number => this.#startMs + this.#passedMs;
  elapsedMs = (): number => this.#passedMs;
  sleep = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    this.pass(milliseconds);
    // What an alarm has set going comes first, as it does while a real clock goes on.
    if (signal) await new Promise((resolve) => setImmediate(resolve));
  };

  pass(milliseconds: number): void {
    if (milliseconds > 0) this.#passedMs += milliseconds;
    for (const [atMs, ring] of this.#alarms) if (atMs <= this.#passedMs) ring();
  }

  /** Calls `ring` when it is `atMs` on the stopwatch or later, perhaps more than once. */
  at(atMs: number, ring: () => void): void {
    this.#alarms.push([atMs, ring]);
  }
}

/** What a test may say of the machine. */
export interface FakeOptions {
  /** Where saved servers are: XDG_CONFIG_HOME. */
  readonly config?: string;
  readonly clock?: FakeClock;
  readonly nonce?: number;
  readonly input?: string;
  readonly isInputTerminal?: boolean;
  readonly isTerminal?: boolean;
  readonly hasColours?: boolean;
  /** host → its addresses; a host that is missing is not known. An address is its own. */
  readonly hosts?: Readonly<Record<string, readonly string[]>>;
  /** Server address → own address; default 203.0.113.7 and 2001:db8::7. `undefined`: no way there. */
  readonly ownAddress?: (address: string) => string | undefined;
  /** How the port looks in each try; the last one goes on. Default: open. */
  readonly looks?: readonly PortLook[];
  /** How the port looks at an address, in place of `looks`. */
  readonly looksAt?: (address: string) => PortLook;
  /** The knock, counted from 1, that cannot be sent, and why; with an address, only there. */
  readonly failAt?: readonly [knock: number, code: string, address?: string];
  /** Why no raw packet can be sent. */
  readonly rawObstacle?: RawObstacle;
  /** What a program that is started does; default: it ends at once with status 0. */
  readonly program?: (machine: FakeMachine, end: (how: CommandEnd) => void) => void;
  /** What comes from the other side of a connection, and is on standard input. */
  readonly received?: string;
  /** Whether ^C reaches all that it has started. */
  readonly isInForeground?: boolean;
  readonly ownCommand?: readonly string[];
  readonly platform?: NodeJS.Platform;
}

/** A machine that remembers what was done with it. */
export class FakeMachine implements Machine {
  out = '';
  err = '';
  /** `tcp 192.0.2.1 945`, in order. */
  readonly knocks: string[] = [];
  /** Of the datagrams whose payload counts, in order. */
  readonly payloads: string[] = [];
  /** `192.0.2.1 22`, in order. */
  readonly tries: string[] = [];
  /** The words of the programs that were started, in order. */
  readonly programs: (readonly string[])[] = [];
  /** Signals that were sent to them. */
  readonly kills: string[] = [];
  /** What was sent over connections, and what was written to standard output as bytes. */
  sent = '';
  passed = '';
  readonly #listeners = new Set<(signal: EndingSignal) => void>();
  readonly ownCommand: readonly string[];
  readonly platform: NodeJS.Platform;
  readonly clock: FakeClock;
  readonly output: Machine['output'];
  readonly environment: Machine['environment'];
  readonly #options: FakeOptions;

  constructor(options: FakeOptions = {}) {
    this.#options = options;
    this.clock = options.clock ?? new FakeClock();
    this.environment = { XDG_CONFIG_HOME: options.config ?? '/nonexistent' };
    this.ownCommand = options.ownCommand ?? ['/usr/bin/node', '/opt/knockclient.js'];
    this.platform = options.platform ?? 'linux';
    this.output = {
      stdout: (text) => {
        this.out += text;
      },
      stderr: (text) => {
        this.err += text;
      },
      isTerminal: options.isTerminal === true,
      hasColours: options.hasColours === true,
    };
  }

  randomNonce = (): number => this.#options.nonce ?? 5;
  randomBytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i);
  readInput = async (): Promise<string> => this.#options.input ?? '';

  get isInputTerminal(): boolean {
    return this.#options.isInputTerminal === true;
  }

  resolve = async (host: string): Promise<readonly string[]> => {
    if (/^[0-9.]+$|:/.test(host)) return [host];
    const addresses = this.#options.hosts?.[host];
    if (addresses) return addresses;
    throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
  };

  ownAddress = async (address: string): Promise<string> => {
    const { ownAddress = (to: string) => (to.includes(':') ? '2001:db8::7' : '203.0.113.7') } = this.#options;
    const own = ownAddress(address);
    if (own !== undefined) return own;
    throw Object.assign(new Error('no route'), { code: 'ENETUNREACH' });
  };

  createSender: Machine['createSender'] = (transport, payload) => ({
    send: async (address, port) => {
      const [at, code, only = address] = this.#options.failAt ?? [];
      if (at === this.knocks.length + 1 && only === address) throw Object.assign(new Error('failed'), { code });
      this.knocks.push(`${transport} ${address} ${port}`);
      if (payload) this.payloads.push(new TextDecoder().decode(payload));
    },
    finish: () => undefined,
  });

  createRawSender: Machine['createRawSender'] = async ({ transport, sourceAddress }) => {
    const { rawObstacle } = this.#options;
    if (rawObstacle) throw new RawUnavailableError(rawObstacle, 'WHY');
    return {
      send: async (address, port) => void this.knocks.push(`raw ${transport} ${sourceAddress} ${address} ${port}`),
      finish: () => undefined,
    };
  };

  tryConnect: Machine['tryConnect'] = async (address, port, timeoutMs) => {
    const { looks = ['open'], looksAt } = this.#options;
    const look = looksAt?.(address) ?? (looks[Math.min(this.tries.length, looks.length - 1)] as PortLook);
    this.tries.push(`${address} ${port}`);
    if (look === 'silent') this.clock.pass(timeoutMs);
    return look;
  };

  openConnection: Machine['openConnection'] = async (address, port, timeoutMs) => {
    const look = await this.tryConnect(address, port, timeoutMs);
    if (look !== 'open') return { look };
    const connection = new Duplex({
      read: () => undefined,
      write: (chunk, _encoding, done) => {
        this.sent += chunk;
        done();
      },
    });
    connection.push(this.#options.received ?? '');
    connection.push(null);
    return { look, connection };
  };

  takeStandardStreams: Machine['takeStandardStreams'] = () => {
    const input = new PassThrough();
    input.end(this.#options.input ?? '');
    const output = new PassThrough();
    output.on('data', (chunk) => {
      this.passed += chunk;
    });
    return { input, output };
  };

  spawnCommand: Machine['spawnCommand'] = (program, args) => {
    this.programs.push([program, ...args]);
    const ended = new Promise<CommandEnd>((resolve) => {
      const { program: behave = (_: FakeMachine, end: typeof resolve) => end({ kind: 'exited', status: 0 }) } =
        this.#options;
      behave(this, resolve);
    });
    return { ended, kill: (signal) => void this.kills.push(signal) };
  };

  isInForeground = (): boolean => this.#options.isInForeground === true;

  catchSignals: Machine['catchSignals'] = (listener) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** As if a signal came. @returns whether it was caught */
  signal(signal: EndingSignal): boolean {
    for (const listener of this.#listeners) listener(signal);
    return this.#listeners.size > 0;
  }
}
