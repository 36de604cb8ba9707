// The door of the eight encrypted knocks: docs/protocol.md. Keeps a window of knocks for each source and tries every full
// one on the clients' keys. Bounded in sources and in knocks for each; costs decryptions only when eight knocks are there.

import { type DecodedSequence, type DecoderClient, SequenceDecoder, type TransportPort } from '@eightknock/codec';
import type { Later } from '../clock.ts';
import type { KnockEvent } from '../packet/knock-event.ts';
import { ClockSearch } from './clock-search.ts';
import { KnockWindow } from './knock-window.ts';
import type { ClientRequest, Recogniser, Recognition, Trace, Unrecognised } from './recogniser.ts';
import { SourceTable } from './source-table.ts';
import { TokenBucket } from './token-bucket.ts';
import { Tolerance } from './tolerance.ts';

/** Sources remembered at once; about 1 kB each. */
export const MAX_SOURCES = 65_536;

/**
 * Sequences that may be tried a second for a client that may name any address. Where the address proves nothing, one of
 * 350,000 sequences of noise fits a client with one port; at this rate that takes a flood ten hours.
 */
export const FOREIGN_TRIES_PER_SECOND = 10;
const FOREIGN_TRIES_AT_ONCE = 50;

/** When clients change: keys of new ones that are derived at once, some 10 ms of work; the others between packets. */
export const KEYS_AT_RECONFIGURATION = 32;

/** Keys that a sequence may wait for when they are missing, some 25 ms of work: those of 42 clients after the start. */
export const KEYS_AT_ONCE = 128;

/** What the configuration says of the door. */
export interface EncryptedDoorSettings {
  readonly serverId: string;
  readonly basePort: number;
  readonly sequenceTimeoutMs: number;
  readonly clients: readonly (Omit<DecoderClient, 'ports'> & { readonly ports: readonly TransportPort[] })[];
}

/** What the recogniser must know. */
export interface EncryptedDoorOptions extends EncryptedDoorSettings {
  /** Default {@link MAX_SOURCES}. */
  readonly maxSources?: number;
  /** How a search for a clock that is off goes on between packets. Without it, or without `onLate`, there is none. */
  readonly later?: Later;
  /** Is given what such a search ends with; `recognise` has said nothing then. */
  readonly onLate?: (unrecognised: Unrecognised) => void;
}

/** See {@link EncryptedDoor.counts}. */
export interface EncryptedDoorCounts {
  /** Blocks decrypted. */
  readonly decrypts: number;
  /** Eight knocks that were not tried, as their source had too many, or too many without a pause before them. */
  readonly ordersRefused: number;
  /** Seven other orders that were not tried, by the budget of the source or of all. */
  readonly triesRefused: number;
  /** Sequences that were not searched for in other windows, as too many were waiting. */
  readonly searchesRefused: number;
}

/** Recognises the eight knocks. */
export class EncryptedDoor implements Recogniser {
  readonly #foreignTries = new TokenBucket(FOREIGN_TRIES_PER_SECOND, FOREIGN_TRIES_AT_ONCE);
  readonly #tolerance = new Tolerance();
  readonly #search: ClockSearch | undefined;
  readonly #maxSources: number;
  #sources: SourceTable<KnockWindow>;
  #decoder: SequenceDecoder;
  #firstPort: number;
  #timeoutMs: number;
  #anyForeign: boolean;
  #ordersRefused = 0;
  #decryptsBefore = 0;

  constructor(options: EncryptedDoorOptions) {
    this.#maxSources = options.maxSources ?? MAX_SOURCES;
    this.#sources = this.#emptyTable();
    const clients = decoderClients(options);
    this.#decoder = new SequenceDecoder(options.serverId, clients, options.basePort, { derivedAtOnce: KEYS_AT_ONCE });
    this.#anyForeign = clients.some(({ openForOther }) => openForOther);
    this.#firstPort = options.basePort;
    this.#timeoutMs = options.sequenceTimeoutMs;
    const { later, onLate, serverId, basePort } = options;
    this.#search = later && onLate && new ClockSearch(later, onLate, { serverId, basePort, clients });
  }

  /**
   * From now on other clients, another server id or timeout. Half-finished sequences go on, and budgets that are used up
   * stay so; only another base port makes what was knocked meaningless. Keys that are known are taken over.
   * @throws as the constructor does; then nothing is changed
   */
  reconfigure(options: EncryptedDoorSettings): void {
    const clients = decoderClients(options);
    const decoder = new SequenceDecoder(options.serverId, clients, options.basePort, { derivedAtOnce: KEYS_AT_ONCE });
    decoder.adoptKeys(this.#decoder, KEYS_AT_RECONFIGURATION);
    this.#decryptsBefore += this.#decoder.decrypts;
    this.#decoder = decoder;
    this.#search?.reconfigure({ serverId: options.serverId, basePort: options.basePort, clients });
    this.#anyForeign = clients.some(({ openForOther }) => openForOther);
    this.#timeoutMs = options.sequenceTimeoutMs;
    if (options.basePort === this.#firstPort) return;
    this.#firstPort = options.basePort;
    this.#sources = this.#emptyTable();
  }

  /** Searches go on no more. */
  stop(): void {
    this.#search?.stop();
  }

  #emptyTable(): SourceTable<KnockWindow> {
    return new SourceTable(this.#maxSources, (source) => new KnockWindow(source));
  }

  /** How many sources are remembered now. */
  get sources(): number {
    return this.#sources.size;
  }

  /** What was done since the beginning, and what was not as a budget was used up. */
  get counts(): EncryptedDoorCounts {
    return {
      decrypts: this.#decryptsBefore + this.#decoder.decrypts,
      ordersRefused: this.#ordersRefused,
      triesRefused: this.#tolerance.refused,
      searchesRefused: this.#search?.skipped ?? 0,
    };
  }

  recognise(event: KnockEvent, nowMs: number, trace?: Trace): Recognition<ClientRequest> {
    const { sourceAddress, destinationPort } = event;
    if (destinationPort < this.#firstPort || destinationPort > this.#firstPort + 255) return undefined;
    const window = this.#sources.touch(sourceAddress);
    const added = window.add(event, this.#timeoutMs);
    if (added !== 'eight') {
      trace?.(added, { knocks: window.knocks });
      return undefined;
    }

    const usedUp = window.takeOrders(1, nowMs);
    if (usedUp !== undefined) {
      trace?.('budget', { of: usedUp });
      this.#ordersRefused++;
      return undefined;
    }
    const ports = window.eight;
    const decoded = this.#decoder.decode(ports, window.source, nowMs / 1000, window.recognisedAs);
    const proven = decoded.ok && (decoded.claimedAddress === sourceAddress || decoded.claimedAddress === 'source');
    // Every sequence that is not proven by its address was a try, whether it fits or not.
    const isBelieved = proven || (this.#anyForeign && this.#foreignTries.take(nowMs));
    if (decoded.ok) {
      if (isBelieved) return this.#recognised(decoded, window, sourceAddress, trace);
      const { client, claimedAddress, port } = decoded;
      const rejection = { ok: false, reason: 'foreign-address-budget', client, port, claimedAddress } as const;
      trace?.('budget', { of: 'foreign addresses' });
      return { kind: 'unrecognised', unrecognised: { sourceAddress, rejection } };
    }
    trace?.('plain', { reason: decoded.reason });
    if (decoded.reason === 'no-key-fits') {
      const tolerated = this.#tolerance.try(
        { window, eight: ports, timeoutMs: this.#timeoutMs },
        this.#decoder,
        nowMs,
        trace,
      );
      if (tolerated) return this.#recognised(tolerated, window, sourceAddress, trace);
    }
    // A near miss is told at once; that nothing fits, once for eight knocks, and after a search if there is one.
    if (decoded.reason === 'no-key-fits') {
      const isDue = window.shouldReport();
      if (!isDue && !this.#search?.isWaiting(sourceAddress)) return undefined;
      if (this.#search?.add({ source: window.source, ports, nowMs, spanMs: window.spanMs, trace })) return undefined;
    }
    return { kind: 'unrecognised', unrecognised: { sourceAddress, rejection: decoded } };
  }

  #recognised(
    decoded: DecodedSequence,
    knocks: KnockWindow,
    sourceAddress: string,
    trace?: Trace,
  ): Recognition<ClientRequest> {
    const { client, claimedAddress, port, time, window, cipher } = decoded;
    knocks.clear(client);
    this.#search?.forget(sourceAddress);
    trace?.('recognised', { client, port, time });
    return { kind: 'request', request: { client, sourceAddress, claimedAddress, port, time, window, cipher } };
  }

  /** How many clients it knows: the number of keys of a window. */
  get clientCount(): number {
    return this.#decoder.clientCount;
  }

  /**
   * Derives some of the keys needed next; see `SequenceDecoder.deriveAhead`.
   * @returns how many are still missing
   */
  deriveAhead(nowMs: number, most: number): number {
    return this.#decoder.deriveAhead(nowMs / 1000, most);
  }
}

function decoderClients({ clients }: EncryptedDoorSettings): DecoderClient[] {
  return clients.map(({ name, secret, trustSource, openForOther, ports }) => {
    return { name, secret, trustSource, openForOther, ports: new Set(ports.map(({ port }) => port)) };
  });
}
