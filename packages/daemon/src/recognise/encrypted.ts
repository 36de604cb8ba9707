// The door of the eight encrypted knocks: docs/protocol.md. Keeps a window of knocks for each source and tries every full
// one on the clients' keys. Bounded in sources and in knocks for each; costs decryptions only when eight knocks are there.

import { type DecoderClient, SequenceDecoder, type TransportPort } from '@eightknock/codec';
import type { KnockEvent } from '../packet/knock-event.ts';
import { KnockWindow } from './knock-window.ts';
import type { Recogniser, Recognition } from './recogniser.ts';
import { SourceTable } from './source-table.ts';

/** Sources remembered at once; about 1 kB each. */
export const MAX_SOURCES = 65_536;

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
  readonly #decoder: SequenceDecoder;
  readonly #firstPort: number;
  readonly #timeoutMs: number;
  readonly #sources: SourceTable<KnockWindow>;

  constructor(options: EncryptedDoorOptions) {
    const clients = options.clients.map(({ name, secret, trustSource, openForOther, ports }) => {
      return { name, secret, trustSource, openForOther, ports: new Set(ports.map(({ port }) => port)) };
    });
    this.#decoder = new SequenceDecoder(options.serverId, clients, options.basePort);
    this.#firstPort = options.basePort;
    this.#timeoutMs = options.sequenceTimeoutMs;
    this.#sources = new SourceTable(options.maxSources ?? MAX_SOURCES, () => new KnockWindow());
  }

  /** How many sources are remembered now. */
  get sources(): number {
    return this.#sources.size;
  }

  recognise(event: KnockEvent, nowMs: number): Recognition {
    const { sourceAddress, destinationPort } = event;
    if (destinationPort < this.#firstPort || destinationPort > this.#firstPort + 255) return undefined;
    const window = this.#sources.touch(sourceAddress);
    const ports = window.add(event, this.#timeoutMs);
    if (!ports) return undefined;

    const decoded = this.#decoder.decode(ports, sourceAddress, nowMs / 1000);
    if (decoded.ok) {
      window.clear();
      const { client, claimedAddress, port, time, cipher } = decoded;
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
