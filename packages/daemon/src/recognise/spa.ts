// The door of fwknop's single packets: docs/spa.md. A datagram is tried with the keys of one stanza, its HMAC before anything
// else; what is authentic is a request, or says why not. What no HMAC fits is nobody's, and not even told.

import { DEFAULT_MAX_AGE_SECONDS, type DecodedSpa, decodeSpa, type SpaRejection } from '@eightknock/codec/spa';
import { isInRanges } from '../config/address-range.ts';
import type { SpaKind } from '../config/door-config.ts';
import { isDatagram, type KnockEvent } from '../packet/knock-event.ts';
import { claimWindow } from './claim-window.ts';
import type { Heard, Recogniser, Recognition, Rejection, Trace } from './recogniser.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Datagrams that are tried in a second, those of all stanzas together; some 5 µs each. */
export const SPA_TRIES_PER_SECOND = 40_000;
/** Bytes of the identity that stand for it in the store: those who have the keys need not make two that are alike. */
const CIPHER_BYTES = 8;

/** What the codec refuses only after the HMAC: it was made by somebody who has its key. */
const AUTHENTIC: ReadonlySet<SpaRejection['reason']> = new Set([
  'decryption-failed',
  'wrong-field-count',
  'digest-mismatch',
  'bad-field',
  'wrong-time',
]);

/** Whether the codec need look at a datagram: it may let through what is not authentic, never the reverse. */
export type SpaGate = (payload: Uint8Array) => boolean;

/** Recognises the packets of one stanza. */
export class SpaDoor implements Recogniser {
  readonly #name: string;
  readonly #kind: SpaKind;
  readonly #tries: TokenBucket;
  readonly #mayBeAuthentic: SpaGate;

  /**
   * @param tries is shared by all doors of this kind
   * @param gate is asked first; absent: the codec looks at everything
   */
  constructor(name: string, kind: SpaKind, tries: TokenBucket, gate: SpaGate = () => true) {
    this.#name = name;
    this.#kind = kind;
    this.#tries = tries;
    this.#mayBeAuthentic = gate;
  }

  heard(): Heard {
    return { knocks: [], datagrams: [this.#kind.port] };
  }

  recognise(event: KnockEvent, nowMs: number, trace?: Trace): Recognition {
    if (!isDatagram(event) || event.destinationPort !== this.#kind.port) return undefined;
    const { sourceAddress, destinationAddress = '' } = event;
    const { sources, destinations } = this.#kind;
    if (sources && !isInRanges(sourceAddress, sources)) return undefined;
    if (destinations && !isInRanges(destinationAddress, destinations)) return undefined;
    if (!this.#tries.take(nowMs)) {
      trace?.('budget', { of: 'single packets' });
      return undefined;
    }
    // Who follows a source wants to know why.
    if (!trace && !this.#mayBeAuthentic(event.payload)) return undefined;
    const read = decodeSpa(event.payload, this.#kind.key, nowMs / 1000);
    trace?.('door', { door: this.#name, packet: read.ok ? read.request.kind : read.reason });
    if (!read.ok) {
      if (!AUTHENTIC.has(read.reason)) return undefined;
      return { kind: 'unrecognised', unrecognised: { sourceAddress, rejection: this.#rejection(read) } };
    }
    return { kind: 'request', request: this.#request(read, event) };
  }

  #rejection(rejection: SpaRejection): Rejection {
    const common = { ok: false, door: this.#name } as const;
    if (rejection.reason !== 'wrong-time') return { ...common, reason: 'packet-malformed' };
    return { ...common, reason: 'packet-too-old', ageSeconds: rejection.ageSeconds };
  }

  #request({ request, user, timestamp, identity }: DecodedSpa, event: KnockEvent) {
    const { sourceAddress, destinationAddress } = event;
    return {
      door: this.#name,
      sourceAddress,
      wish: { request, user, ...(destinationAddress !== undefined && { destinationAddress }) },
      once: { window: claimWindow(timestamp, DEFAULT_MAX_AGE_SECONDS), cipher: identity.slice(0, CIPHER_BYTES) },
    };
  }
}
