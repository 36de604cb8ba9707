// Recognises one request among many clients' keys, in three windows. Rules 2 of docs/protocol.md, "Acceptance".
// Gives the client and the request, or why not. It never decides whether the client is allowed what it asks.

import { formatAddress } from './address.ts';
import { fitAddress, isProven, sourceBytes } from './address-fit.ts';
import { type BlockFields, decodeBlock, passesCheck } from './block.ts';
import { type BlockCipher, createBlockCipher, readWord, SCHEDULE_WORDS, writeHalves } from './cipher.ts';
import type { SequenceRejection } from './rejection.ts';
import { requireBytes, requireInteger } from './require.ts';
import { bytesOfPorts, DEFAULT_BASE_PORT } from './sequence.ts';
import { deriveWindowKey, SECRET_BYTES, serverIdBytes, windowAt } from './window-key.ts';

/** What the decoder must know of a client. */
export interface DecoderClient {
  /** Unique. */
  readonly name: string;
  /** 32 bytes. */
  readonly secret: Uint8Array;
  /** May a knock of this client say "the address I come from"? */
  readonly trustSource: boolean;
  /** May an IPv4 knock of this client name another address than it comes from? */
  readonly openForOther: boolean;
  /**
   * The port numbers this client may ask for. Where the address does not prove the key they do: a sequence with a
   * foreign address is taken for this client's only when its port is one of these.
   */
  readonly ports: ReadonlySet<number>;
}

/** A request that was recognised. */
export interface DecodedSequence {
  readonly ok: true;
  /** Whose key it is. */
  readonly client: string;
  readonly window: number;
  /** The 8 cipher bytes: with client and window the identity of this sequence, for the memory of replays. */
  readonly cipher: Uint8Array;
  /** The address in the knock, or `source` when it says "the address I come from". */
  readonly claimedAddress: string;
  /** 1–65535. */
  readonly port: number;
  /** 0 = no limit, 1–254 = minutes, 255 = close. */
  readonly time: number;
}

/** What a decoder may do at once. */
export interface DecoderLimits {
  /**
   * Keys that one call of `decode` may derive when they are missing, 0 or more; each takes about 200 µs. Where more are missing
   * it says so, and `deriveAhead` is to be called. Default: all.
   */
  readonly derivedAtOnce?: number;
}

interface WindowKey {
  readonly key: Uint8Array;
  readonly cipher: BlockCipher;
}

/** Eight knocks that are looked for, and where they came from. */
interface Sought {
  readonly cipher: Uint8Array;
  /** The halves of the cipher. */
  readonly left: number;
  readonly right: number;
  readonly source: Uint8Array;
  readonly sourceAddress: string;
}

/** Keys whose schedules lie in one piece of memory, so that a window of thousands is quickly forgotten. */
const KEYS_TOGETHER = 512;

/** Window keys of many clients, and the search among them. It has no clock: every call is given the time. */
export class SequenceDecoder {
  readonly #serverId: string;
  readonly #basePort: number;
  readonly #clients: readonly DecoderClient[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #derivedAtOnce: number;
  /** window → the keys of the clients in their order; the one ahead may be incomplete. */
  readonly #windows = new Map<number, WindowKey[]>();
  /** For schedules to come. */
  #memory: Int32Array = new Int32Array(0);
  #decrypts = 0;

  /**
   * @param serverId 1–64 bytes as UTF-8
   * @param clients names must be unique
   * @param basePort 1–65280
   * @param limits absent: `decode` derives every key that is missing
   * @throws TypeError or RangeError that names the argument
   */
  constructor(
    serverId: string,
    clients: readonly DecoderClient[],
    basePort = DEFAULT_BASE_PORT,
    { derivedAtOnce = Number.MAX_SAFE_INTEGER }: DecoderLimits = {},
  ) {
    serverIdBytes(serverId);
    bytesOfPorts(new Array(8).fill(basePort), basePort);
    requireInteger('derivedAtOnce', derivedAtOnce, 0, Number.MAX_SAFE_INTEGER);
    const places = new Map<string, number>();
    for (const [place, { name, secret }] of clients.entries()) {
      requireBytes(`secret of client "${name}"`, secret, SECRET_BYTES);
      if (places.has(name)) throw new RangeError(`clients must have unique names: "${name}" comes twice`);
      places.set(name, place);
    }
    this.#places = places;
    this.#derivedAtOnce = derivedAtOnce;
    this.#serverId = serverId;
    this.#basePort = basePort;
    this.#clients = clients;
  }

  /**
   * Looks for the client whose key fits.
   * @param ports eight numbers, in the order they were knocked; anything is taken, nothing is thrown for them
   * @param sourceAddress canonical text of the address they came from
   * @param unixSeconds the receiver's clock
   * @param likely the name of the client that it probably is: tried before all others, and first proven, first served.
   *   Any text is taken
   * @throws TypeError or RangeError when `ports` are not eight, or `sourceAddress` or `unixSeconds` make no sense
   */
  decode(
    ports: readonly number[],
    sourceAddress: string,
    unixSeconds: number,
    likely?: string,
  ): DecodedSequence | SequenceRejection {
    const source = sourceBytes(sourceAddress);
    const cipher = bytesOfPorts(ports, this.#basePort);
    if (!cipher) return { ok: false, reason: 'knock-out-of-range' };

    const sought = soughtOf(cipher, source, sourceAddress);
    const now = windowAt(unixSeconds);
    this.#keepOnly(now);
    const windows = windowsAround(now);
    const first = likely === undefined ? undefined : this.#places.get(likely);
    if (first !== undefined) {
      for (const window of windows) {
        const key = this.#keysOf(window)[first];
        const tried = key && this.#tryKey(key, first, window, sought);
        if (tried?.proven) return tried.proven;
      }
    }
    let mayDerive = this.#derivedAtOnce;
    let isMissing = false;
    let secondBest: DecodedSequence | SequenceRejection | undefined;
    for (const window of windows) {
      mayDerive -= this.#derive(window, mayDerive);
      const keys = this.#keysOf(window);
      isMissing ||= keys.length < this.#clients.length;
      for (let i = 0; i < keys.length; i++) {
        const tried = this.#tryKey(keys[i] as WindowKey, i, window, sought);
        if (!tried) continue;
        if (tried.proven) return tried.proven;
        const { block, fit } = tried;
        const client = this.#clients[i] as DecoderClient;
        const { name } = client;
        const { port, time } = block;
        // An address that proves nothing leaves only the check nibble and the port: a last resort.
        if (!client.ports.has(port)) continue;
        if (fit === 'zero') {
          secondBest ??= { ok: false, reason: 'source-not-trusted', client: name, port };
        } else if (source.length === 16) {
          secondBest ??= { ok: false, reason: 'address-mismatch', client: name, port };
        } else {
          const claimedAddress = formatAddress(block.address);
          if (client.openForOther) {
            if (!secondBest?.ok) {
              secondBest = { ok: true, client: name, window, cipher, claimedAddress, port, time };
            }
          } else {
            secondBest ??= { ok: false, reason: 'address-mismatch', client: name, port, claimedAddress };
          }
        }
      }
    }
    if (isMissing) return { ok: false, reason: 'keys-missing' };
    return secondBest ?? { ok: false, reason: 'no-key-fits' };
  }

  /**
   * Looks among several orders of the same knocks for one that the address in the block proves to be a client's: the
   * source address, or "the address I come from" where the client may say so. Never for other addresses: every order
   * tried is a guess more, and there the block alone would prove too little.
   * @param arrangements each eight numbers; one that is out of range fits nothing
   * @param sourceAddress canonical text of the address they came from
   * @param unixSeconds the receiver's clock
   * @returns the first that fits and which it is, or undefined; `cipher` is in the order of that arrangement
   * @throws as {@link decode} does
   */
  decodeProven(
    arrangements: readonly (readonly number[])[],
    sourceAddress: string,
    unixSeconds: number,
  ): { readonly decoded: DecodedSequence; readonly arrangement: number } | undefined {
    const source = sourceBytes(sourceAddress);
    const sought = arrangements.map((ports) => {
      const cipher = bytesOfPorts(ports, this.#basePort);
      return cipher && soughtOf(cipher, source, sourceAddress);
    });
    const now = windowAt(unixSeconds);
    this.#keepOnly(now);
    for (const window of windowsAround(now)) {
      this.#derive(window, this.#clients.length);
      // One key for all arrangements, then the next: its tables are 4 kB.
      for (const [i, key] of this.#keysOf(window).entries()) {
        for (const [arrangement, one] of sought.entries()) {
          const tried = one && this.#tryKey(key, i, window, one);
          if (tried?.proven) return { decoded: tried.proven, arrangement };
        }
      }
    }
    return undefined;
  }

  /** How many clients it knows: so many keys has a window. */
  get clients(): number {
    return this.#clients.length;
  }

  /** What trying one order costs: a decryption for each client in each of the three windows. */
  get decryptsPerArrangement(): number {
    return 3 * this.clients;
  }

  /** Blocks decrypted until now. */
  get decrypts(): number {
    return this.#decrypts;
  }

  /**
   * Derives some of the keys that will be needed next: call it between packets, so that the change of a window costs
   * nothing. First the three windows of now, then the one after them.
   * @param unixSeconds the receiver's clock
   * @param most how many keys to derive at most in this call, 1 or more; each takes about 200 µs
   * @returns how many are still missing
   * @throws TypeError or RangeError that names the argument
   */
  deriveAhead(unixSeconds: number, most: number): number {
    const now = windowAt(unixSeconds);
    requireInteger('most', most, 1, Number.MAX_SAFE_INTEGER);
    this.#keepOnly(now);
    let left = most;
    let missing = 0;
    for (const window of [now, now - 1, now + 1, now + 2]) {
      if (window < 0) continue;
      left -= this.#derive(window, left);
      missing += this.#clients.length - this.#keysOf(window).length;
    }
    return missing;
  }

  /**
   * Takes over the keys that another decoder has derived, where server id, name and secret are the same: so that the next
   * knock after a change of clients need not wait for all keys.
   * @param most how many keys of new clients to derive meanwhile, at most, 0 or more. Keys are held in the order of the
   *   clients: one that is missing hides those behind it, and they are derived anew.
   * @throws TypeError or RangeError that names the argument
   */
  adoptKeys(previous: SequenceDecoder, most: number): void {
    requireInteger('most', most, 0, Number.MAX_SAFE_INTEGER);
    if (previous.#serverId !== this.#serverId) return;
    const from = this.#clients.map(({ name, secret }) => {
      const place = previous.#places.get(name) ?? -1;
      const before = previous.#clients[place];
      return before && sameBytes(before.secret, secret) ? place : -1;
    });
    let left = most;
    for (const [window, known] of previous.#windows) {
      const keys = this.#keysOf(window);
      while (keys.length < this.#clients.length) {
        const key = known[from[keys.length] as number];
        if (key) keys.push(key);
        else if (left-- > 0) this.#deriveOne(keys, window);
        else break;
      }
    }
  }

  /** Tries one key. @returns the request when the address proves it, or the block that it does not prove */
  #tryKey({ key, cipher: blockCipher }: WindowKey, place: number, window: number, sought: Sought) {
    this.#decrypts++;
    const block = open(blockCipher, sought.left, sought.right);
    if (!block) return undefined;
    const { name, trustSource } = this.#clients[place] as DecoderClient;
    const fit = fitAddress(block.address, sought.source, key);
    if (!isProven(fit, trustSource)) return { block, fit };
    const claimedAddress = fit === 'same' ? sought.sourceAddress : 'source';
    const { port, time } = block;
    const proven = { ok: true, client: name, window, cipher: sought.cipher, claimedAddress, port, time } as const;
    return { proven };
  }

  /** Derives keys of a window that are missing. @returns how many that were */
  #derive(window: number, most: number): number {
    const keys = this.#keysOf(window);
    const before = keys.length;
    const end = Math.min(this.#clients.length, before + most);
    while (keys.length < end) this.#deriveOne(keys, window);
    return keys.length - before;
  }

  #keysOf(window: number): WindowKey[] {
    let keys = this.#windows.get(window);
    if (!keys) {
      keys = [];
      this.#windows.set(window, keys);
    }
    return keys;
  }

  #deriveOne(keys: WindowKey[], window: number): void {
    const client = this.#clients[keys.length] as DecoderClient;
    const key = deriveWindowKey(client.secret, this.#serverId, window);
    keys.push({ key, cipher: createBlockCipher(key, this.#nextSchedule()) });
  }

  #nextSchedule(): Int32Array {
    if (this.#memory.length === 0) {
      this.#memory = new Int32Array(Math.min(KEYS_TOGETHER, this.#clients.length) * SCHEDULE_WORDS);
    }
    const schedule = this.#memory.subarray(0, SCHEDULE_WORDS);
    this.#memory = this.#memory.subarray(SCHEDULE_WORDS);
    return schedule;
  }

  /** Forgets windows that no longer matter: at most four are held. */
  #keepOnly(now: number): void {
    for (const window of this.#windows.keys()) {
      if (window < now - 1 || window > now + 2) this.#windows.delete(window);
    }
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function soughtOf(cipher: Uint8Array, source: Uint8Array, sourceAddress: string): Sought {
  return { cipher, left: readWord(cipher, 0), right: readWord(cipher, 4), source, sourceAddress };
}

/** Those in which a sequence may be, the likeliest first. */
function windowsAround(now: number): number[] {
  return [now, now - 1, now + 1].filter((window) => window >= 0);
}

/** Holds one block for as long as {@link open} runs. */
const halves = new Int32Array(2);

/** What a key makes of a block; undefined when it cannot be a request. */
function open(cipher: BlockCipher, left: number, right: number): BlockFields | undefined {
  cipher.decryptHalves(left, right, halves);
  if (!passesCheck(halves[0] as number, halves[1] as number)) return undefined;
  const block = decodeBlock(writeHalves(halves));
  return block.ok ? block : undefined;
}
