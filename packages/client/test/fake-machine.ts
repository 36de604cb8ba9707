// A machine without network and time: the clock goes on only when somebody sleeps, knocks are written down.

import type { Clock } from '#src/clock.js';
import type { Machine } from '#src/machine.js';
import { type RawObstacle, RawUnavailableError } from '#src/send/raw-unavailable.js';
import type { PortLook } from '#src/try-connect.js';
import { VECTOR_SECONDS } from './sample.ts';

/** A clock that stands still but for `sleep` and `pass`. */
export class FakeClock implements Clock {
  #passedMs = 0;
  readonly #startMs: number;

  constructor(unixSeconds = VECTOR_SECONDS) {
    this.#startMs = unixSeconds * 1000;
  }

  unixMs = (): number => this.#startMs + this.#passedMs;
  elapsedMs = (): number => this.#passedMs;
  sleep = async (milliseconds: number): Promise<void> => this.pass(milliseconds);

  pass(milliseconds: number): void {
    if (milliseconds > 0) this.#passedMs += milliseconds;
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
}

/** A machine that remembers what was done with it. */
export class FakeMachine implements Machine {
  out = '';
  err = '';
  /** `tcp 192.0.2.1 945`, in order. */
  readonly knocks: string[] = [];
  /** `192.0.2.1 22`, in order. */
  readonly tries: string[] = [];
  readonly clock: FakeClock;
  readonly output: Machine['output'];
  readonly environment: Machine['environment'];
  readonly #options: FakeOptions;

  constructor(options: FakeOptions = {}) {
    this.#options = options;
    this.clock = options.clock ?? new FakeClock();
    this.environment = { XDG_CONFIG_HOME: options.config ?? '/nonexistent' };
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

  createSender: Machine['createSender'] = (transport) => ({
    send: async (address, port) => {
      const [at, code, only = address] = this.#options.failAt ?? [];
      if (at === this.knocks.length + 1 && only === address) throw Object.assign(new Error('failed'), { code });
      this.knocks.push(`${transport} ${address} ${port}`);
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
}
