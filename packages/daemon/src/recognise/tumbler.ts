// The door of Tumbler's datagram: a hash over the minute, the sender's address and a secret, taken once. A clock that is off
// by less than a minute is let through.

import { decodeTumbler, tumblerHash } from '@eightknock/codec';
import type { TumblerKind } from '../config/door-config.ts';
import { isDatagram, type KnockEvent } from '../packet/knock-event.ts';
import { claimWindow } from './claim-window.ts';
import type { Heard, Recogniser, Recognition, Trace } from './recogniser.ts';

/** Minutes around the present one. */
const MINUTES = [0, -1, 1] as const;
const MINUTE_MS = 60_000;
/** Bytes of the hash that stand for it in the store: those who have the secret need not make two that are alike. */
const CIPHER_BYTES = 8;

/** Recognises one secret's datagram. */
export class TumblerDoor implements Recogniser {
  readonly #name: string;
  readonly #kind: TumblerKind;

  constructor(name: string, kind: TumblerKind) {
    this.#name = name;
    this.#kind = kind;
  }

  heard(): Heard {
    return { knocks: [], datagrams: [this.#kind.port] };
  }

  recognise(event: KnockEvent, nowMs: number, trace?: Trace): Recognition {
    if (!isDatagram(event) || event.destinationPort !== this.#kind.port) return undefined;
    const hash = decodeTumbler(event.payload);
    if (!hash) {
      trace?.('door', { door: this.#name, datagram: 'none of Tumbler' });
      return undefined;
    }
    const now = Math.floor(nowMs / MINUTE_MS);
    const { sourceAddress: address } = event;
    const { text, secret } = this.#kind;
    const minute = MINUTES.map((offset) => now + offset).find((at) =>
      isSame(hash, tumblerHash({ text, minute: at, address, secret, name: this.#name })),
    );
    trace?.('door', { door: this.#name, complete: minute !== undefined });
    if (minute === undefined) return undefined;
    const once = {
      window: claimWindow((minute * MINUTE_MS) / 1000, MINUTE_MS / 1000),
      cipher: hash.slice(0, CIPHER_BYTES),
    };
    return { kind: 'request', request: { door: this.#name, sourceAddress: address, once } };
  }
}

/** Takes equally long whatever the bytes are. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] ?? 0);
  return difference === 0;
}
