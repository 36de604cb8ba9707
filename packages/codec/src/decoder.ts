// Recognises one request among many clients' keys, in three windows. Rule 2 of docs/protocol.md, "Acceptance".
// Gives the client and the request, or why not. It never decides whether the client is allowed what it asks.

import { formatAddress } from './address.ts';
import { fitAddress, isProven } from './address-fit.ts';
import { passesCheck } from './block.ts';
import { type BlowfishTables, decryptBlocks } from './blowfish-rounds.ts';
import { writeHalves } from './cipher.ts';
import type { SequenceRejection } from './rejection.ts';
import { requireBytes, requireInteger } from './require.ts';
import { DEFAULT_BASE_PORT, MAX_BASE_PORT, readPorts } from './sequence.ts';
import { requireSource, type Source } from './source.ts';
import { SECRET_BYTES, serverIdBytes, windowAt } from './window-key.ts';
import { WindowKeys } from './window-keys.ts';

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
  /** The address in the knock, canonical text, or `source` when it says "the address I come from". */
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

/** Eight knocks that are looked for. */
interface Sought {
  /** The halves of the cipher. */
  readonly left: number;
  readonly right: number;
  readonly source: Source;
  /** What it is when no address proves a key. */
  secondBest: DecodedSequence | SequenceRejection | undefined;
}

// What most knocks end with is made once.
const OUT_OF_RANGE: SequenceRejection = Object.freeze({ ok: false, reason: 'knock-out-of-range' });
const KEYS_MISSING: SequenceRejection = Object.freeze({ ok: false, reason: 'keys-missing' });
const NO_KEY_FITS: SequenceRejection = Object.freeze({ ok: false, reason: 'no-key-fits' });

/** They hold blocks for as long as a call takes. */
const soughtHalves = new Int32Array(2);
const blocks = new Int32Array(8);
/** Of the keys that they are decrypted with. */
const triedPlaces = new Int32Array(4);

/** Window keys of many clients, and the search among them. It has no clock: every call is given the time. */
export class SequenceDecoder {
  readonly #serverId: string;
  readonly #basePort: number;
  readonly #clients: readonly DecoderClient[];
  readonly #ranks: ReadonlyMap<string, number>;
  readonly #derivedAtOnce: number;
  readonly #keys: WindowKeys;
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
    requireInteger('basePort', basePort, 1, MAX_BASE_PORT);
    requireInteger('derivedAtOnce', derivedAtOnce, 0, Number.MAX_SAFE_INTEGER);
    const ranks = new Map<string, number>();
    for (const [rank, { name, secret }] of clients.entries()) {
      requireBytes(`secret of client "${name}"`, secret, SECRET_BYTES);
      if (ranks.has(name)) throw new RangeError(`clients must have unique names: "${name}" comes twice`);
      ranks.set(name, rank);
    }
    this.#ranks = ranks;
    this.#derivedAtOnce = derivedAtOnce;
    this.#serverId = serverId;
    this.#basePort = basePort;
    this.#clients = clients;
    this.#keys = new WindowKeys(serverId, clients);
  }

  /**
   * Looks for the client whose key fits.
   * @param ports eight numbers, in the order they were knocked; anything is taken, nothing is thrown for them
   * @param source where they came from, see `parseSource`
   * @param unixSeconds the receiver's clock
   * @param likely the name of the client that it probably is: tried before all others, and first proven, first served.
   *   Any text is taken
   * @throws TypeError or RangeError when `ports` are not eight, or `source` or `unixSeconds` make no sense
   */
  decode(
    ports: readonly number[],
    source: Source,
    unixSeconds: number,
    likely?: string,
  ): DecodedSequence | SequenceRejection {
    requireSource(source);
    const sought = this.#soughtOf(ports, source);
    this.#keys.turnTo(windowAt(unixSeconds));
    if (!sought) return OUT_OF_RANGE;
    const rank = likely === undefined ? undefined : this.#ranks.get(likely);
    const expected = rank === undefined ? undefined : this.#tryClient(rank, sought);
    if (expected) return expected;
    if (!this.#keys.isComplete) return this.#searchDeriving(sought);
    const proven = this.#search(0, this.#keys.around.length * this.clientCount, sought);
    return proven ?? sought.secondBest ?? NO_KEY_FITS;
  }

  /**
   * Looks among several orders of the same knocks for one that the address in the block proves to be a client's: the
   * source address, or "the address I come from" where the client may say so. Never for other addresses: every order
   * tried is one more guess, and there the block alone would prove too little.
   * @param arrangements each eight numbers; one that is out of range fits nothing
   * @param source where they came from, see `parseSource`
   * @param unixSeconds the receiver's clock
   * @returns the first that fits and which it is, or undefined; `cipher` is in the order of that arrangement
   * @throws as {@link decode} does
   */
  decodeProven(
    arrangements: readonly (readonly number[])[],
    source: Source,
    unixSeconds: number,
  ): { readonly decoded: DecodedSequence; readonly arrangement: number } | undefined {
    requireSource(source);
    const all = arrangements.map((ports) => this.#soughtOf(ports, source));
    const inRange = all.filter((sought) => sought !== undefined);
    const keys = this.#keys;
    keys.turnTo(windowAt(unixSeconds));
    for (const [i, window] of keys.around.entries()) {
      keys.derive(window, this.clientCount);
      // One key for all arrangements, then the next: its tables are 4 kB.
      for (let rank = 0; rank < this.clientCount; rank++) {
        const found = this.#tryOrders(i * this.clientCount + rank, inRange);
        if (found) return { decoded: found.decoded, arrangement: all.indexOf(found.sought) };
      }
    }
    return undefined;
  }

  /** How many clients it knows: the number of keys of a window. */
  get clientCount(): number {
    return this.#clients.length;
  }

  /** What trying one order costs: a decryption for each client in each of the three windows. */
  get decryptsPerArrangement(): number {
    return 3 * this.clientCount;
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
    this.#keys.turnTo(now);
    let left = most;
    let missing = 0;
    for (const window of [...this.#keys.around, now + 2]) {
      left -= this.#keys.derive(window, left);
      missing += this.clientCount - this.#keys.derived(window);
    }
    return missing;
  }

  /**
   * Takes over the keys that another decoder has derived, where server id, name and secret are the same: so that the next
   * knock after a change of clients need not wait for all keys. The other one has none afterwards, and would have to derive them.
   * @param most how many keys of new clients to derive meanwhile, at most, 0 or more. Keys are held in the order of the
   *   clients: one that is missing hides those behind it, and they are derived anew.
   * @throws TypeError or RangeError that names the argument
   */
  adoptKeys(previous: SequenceDecoder, most: number): void {
    requireInteger('most', most, 0, Number.MAX_SAFE_INTEGER);
    if (previous.#serverId !== this.#serverId) return;
    const before = this.#clients.map(({ name, secret }) => {
      const rank = previous.#ranks.get(name) ?? -1;
      const known = previous.#clients[rank];
      return known && sameBytes(known.secret, secret) ? rank : -1;
    });
    this.#keys.adopt(previous.#keys, before, most);
  }

  /** @returns undefined when a knock is out of range */
  #soughtOf(ports: readonly number[], source: Source): Sought | undefined {
    if (!readPorts(ports, this.#basePort, soughtHalves)) return undefined;
    const [left, right] = [soughtHalves[0] as number, soughtHalves[1] as number];
    return { left, right, source, secondBest: undefined };
  }

  /** Tries the keys of one client that are there. */
  #tryClient(rank: number, sought: Sought): DecodedSequence | undefined {
    for (const [i, window] of this.#keys.around.entries()) {
      if (rank >= this.#keys.derived(window)) continue;
      const position = i * this.clientCount + rank;
      const proven = this.#search(position, position + 1, sought);
      if (proven) return proven;
    }
    // What is second best is told in the order of all clients.
    sought.secondBest = undefined;
    return undefined;
  }

  /** Window for window, as some keys must be derived first. */
  #searchDeriving(sought: Sought): DecodedSequence | SequenceRejection {
    let mayDerive = this.#derivedAtOnce;
    for (const [i, window] of this.#keys.around.entries()) {
      mayDerive -= this.#keys.derive(window, mayDerive);
      const from = i * this.clientCount;
      const proven = this.#search(from, from + this.#keys.derived(window), sought);
      if (proven) return proven;
    }
    return this.#keys.isComplete ? (sought.secondBest ?? NO_KEY_FITS) : KEYS_MISSING;
  }

  /**
   * Tries the keys from one position to before another, in their order.
   * @returns the first that the address proves; the second best it leaves in `sought`
   */
  #search(from: number, to: number, sought: Sought): DecodedSequence | undefined {
    const { tables, places } = this.#keys;
    const { left, right } = sought;
    let count: number;
    for (let at = from; at < to; at += count) {
      count = atOnce(to - at);
      for (let i = 0; i < count; i++) {
        triedPlaces[i] = places[at + i] as number;
        blocks[2 * i] = left;
        blocks[2 * i + 1] = right;
      }
      this.#decrypt(tables, count);
      for (let i = 0; i < count; i++) {
        const proven = this.#judge(at + i, blocks[2 * i] as number, blocks[2 * i + 1] as number, sought);
        if (proven) return proven;
      }
    }
    return undefined;
  }

  /** Tries the key at one position on several orders. @returns the first that the address proves, and of which order */
  #tryOrders(position: number, orders: readonly Sought[]): { decoded: DecodedSequence; sought: Sought } | undefined {
    const { tables, places } = this.#keys;
    triedPlaces.fill(places[position] as number);
    let count: number;
    for (let at = 0; at < orders.length; at += count) {
      count = atOnce(orders.length - at);
      for (let i = 0; i < count; i++) {
        const { left, right } = orders[at + i] as Sought;
        blocks[2 * i] = left;
        blocks[2 * i + 1] = right;
      }
      this.#decrypt(tables, count);
      for (let i = 0; i < count; i++) {
        const sought = orders[at + i] as Sought;
        const decoded = this.#judge(position, blocks[2 * i] as number, blocks[2 * i + 1] as number, sought);
        if (decoded) return { decoded, sought };
      }
    }
    return undefined;
  }

  #decrypt(tables: BlowfishTables, count: number): void {
    this.#decrypts += count;
    decryptBlocks(tables, triedPlaces, blocks, count);
  }

  /**
   * What does the key at a position make of a block?
   * @returns the request, when the address proves it; what it may be otherwise is left in `sought`
   */
  #judge(position: number, left: number, right: number, sought: Sought): DecodedSequence | undefined {
    // 15 of 16 wrong keys end here.
    if (!passesCheck(left, right)) return undefined;
    const port = right >>> 16;
    if (port === 0) return undefined;
    const time = (right >>> 8) & 255;
    const { source } = sought;
    const client = this.#clients[position % this.clientCount] as DecoderClient;
    const window = this.#keys.around[Math.floor(position / this.clientCount)] as number;
    const { name } = client;
    const fit = fitAddress(left, source, () => this.#keys.keyAt(this.#keys.places[position] as number));
    if (isProven(fit, client.trustSource)) {
      const claimedAddress = fit === 'same' ? source.address : 'source';
      return { ok: true, client: name, window, cipher: cipherOf(sought), claimedAddress, port, time };
    }
    // An address that proves nothing leaves only the check nibble and the port: a last resort.
    if (!client.ports.has(port)) return undefined;
    if (fit === 'zero') {
      sought.secondBest ??= { ok: false, reason: 'source-not-trusted', client: name, port };
    } else if (source.ipv4 === undefined) {
      sought.secondBest ??= { ok: false, reason: 'address-mismatch', client: name, port };
    } else {
      const claimedAddress = formatAddress(writeHalves(left, right).subarray(0, 4));
      if (!client.openForOther) {
        sought.secondBest ??= { ok: false, reason: 'address-mismatch', client: name, port, claimedAddress };
      } else if (!sought.secondBest?.ok) {
        const cipher = cipherOf(sought);
        sought.secondBest = { ok: true, client: name, window, cipher, claimedAddress, port, time };
      }
    }
    return undefined;
  }
}

/** How many of the remaining blocks are decrypted at once: see blowfish-rounds.ts. */
function atOnce(blocks: number): number {
  return blocks >= 4 ? 4 : blocks >= 2 ? 2 : 1;
}

function cipherOf({ left, right }: Sought): Uint8Array {
  return writeHalves(left, right);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
