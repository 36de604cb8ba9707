// The door of the eight encrypted knocks: docs/protocol.md. Keeps a window of knocks for each source and tries every full
// one on the clients' keys. Bounded in sources and in knocks for each; costs decryptions only when eight knocks are there.

import { type DecoderClient, SequenceDecoder, type TransportPort } from '@eightknock/codec';
import type { KnockEvent } from '../packet/knock-event.ts';
import { KnockWindow } from './knock-window.ts';
import type { Recogniser, Recognition, Trace } from './recogniser.ts';
import { SourceTable } from './source-table.ts';
import { TokenBucket } from './token-bucket.ts';

/** Sources remembered at once; about 1 kB each. */
export const MAX_SOURCES = 65_536;

/**
 * Sequences that may be tried a second for a client that may name any address. Where the address proves nothing, one of
 * 350,000 sequences of noise fits a client with one port; at this rate that takes a flood ten hours.
 */
export const FOREIGN_TRIES_PER_SECOND = 10;
const FOREIGN_TRIES_AT_ONCE = 50;

/** What the recogniser must know. */
export interface EncryptedDoorOptions {
  readonly serverId: string;
  readonly basePort: number;
  readonly sequenceTimeoutMs: number;
  readonly clients: readonly (Omit<DecoderClient, 'ports'> & { readonly ports: readonly TransportPort[] })[];
  /** Default {@link MAX_SOURCES}. */
  readonly maxSources?: number;
}

/** Recognises the eight knocks. */
export class EncryptedDoor implements Recogniser {
  #decoder: SequenceDecoder;
  #firstPort: number;
  #timeoutMs: number;
  #sources: SourceTable<KnockWindow>;
  #foreignTries: TokenBucket | undefined;

  constructor(options: EncryptedDoorOptions) {
    const clients = options.clients.map(({ name, secret, trustSource, openForOther, ports }) => {
      return { name, secret, trustSource, openForOther, ports: new Set(ports.map(({ port }) => port)) };
    });
    this.#decoder = new SequenceDecoder(options.serverId, clients, options.basePort);
    this.#firstPort = options.basePort;
    this.#timeoutMs = options.sequenceTimeoutMs;
    const anyForeign = clients.some(({ openForOther }) => openForOther);
    this.#foreignTries = anyForeign ? new TokenBucket(FOREIGN_TRIES_PER_SECOND, FOREIGN_TRIES_AT_ONCE) : undefined;
    this.#sources = new SourceTable(options.maxSources ?? MAX_SOURCES, () => new KnockWindow());
  }

  /** Takes new clients; half-finished sequences go on, unless the ports are others. */
  reconfigure(options: EncryptedDoorOptions): void {
    const fresh = new EncryptedDoor(options);
    this.#decoder = fresh.#decoder;
    this.#timeoutMs = fresh.#timeoutMs;
    this.#foreignTries = fresh.#foreignTries;
    if (fresh.#firstPort === this.#firstPort) return;
    this.#firstPort = fresh.#firstPort;
    this.#sources = fresh.#sources;
  }

  /** How many sources are remembered now. */
  get sources(): number {
    return this.#sources.size;
  }

  recognise(event: KnockEvent, nowMs: number, trace?: Trace): Recognition {
    const { sourceAddress, destinationPort } = event;
    if (destinationPort < this.#firstPort || destinationPort > this.#firstPort + 255) return undefined;
    const window = this.#sources.touch(sourceAddress);
    const ports = window.add(event, this.#timeoutMs);
    if (!ports) return undefined;

    const decoded = this.#decoder.decode(ports, sourceAddress, nowMs / 1000);
    const proven = decoded.ok && (decoded.claimedAddress === sourceAddress || decoded.claimedAddress === 'source');
    // Every sequence that is not proven by its address was a try, whether it fits or not.
    const mayBeForeign = proven || this.#foreignTries?.take(nowMs);
    if (decoded.ok) {
      const { client, claimedAddress, port, time, cipher } = decoded;
      if (!mayBeForeign) {
        const rejection = { ok: false, reason: 'foreign-address-budget', client, port, claimedAddress } as const;
        return { kind: 'unrecognised', unrecognised: { sourceAddress, rejection } };
      }
      window.clear();
      trace?.('recognised', { client, port, time });
      return {
        kind: 'request',
        request: { client, sourceAddress, claimedAddress, port, time, window: decoded.window, cipher },
      };
    }
    // A near miss is told at once; that nothing fits, once for eight knocks.
    if (decoded.reason === 'no-key-fits' && !window.shouldReport()) return undefined;
    return { kind: 'unrecognised', unrecognised: { sourceAddress, rejection: decoded } };
  }

  /**
   * Derives some of the keys needed next; see `SequenceDecoder.deriveAhead`.
   * @returns how many are still missing
   */
  deriveAhead(nowMs: number, most: number): number {
    return this.#decoder.deriveAhead(nowMs / 1000, most);
  }
}
