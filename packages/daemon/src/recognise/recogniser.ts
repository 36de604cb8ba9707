// What every kind of door's recogniser gives: a request, the reason why there is none, or nothing yet.

import type { SequenceRejection } from '@eightknock/codec';
import type { KnockEvent } from '../packet/knock-event.ts';

/** Something a known client asked for. Whether it may is not decided yet. */
export interface Request {
  readonly client: string;
  /** Where the knocks came from, canonical text. */
  readonly sourceAddress: string;
  /** The address in the knock, canonical text, or `source` for "the address I come from". */
  readonly claimedAddress: string;
  /** 1–65535. */
  readonly port: number;
  /** 0 = no limit, 1–254 = minutes, 255 = close. */
  readonly time: number;
  /** The time window of the sequence, and its cipher bytes: with the client its identity. */
  readonly window: number;
  readonly cipher: Uint8Array;
}

/** Why knocks are no request: what the codec says, or that it may not be believed so often. */
export type Rejection =
  | SequenceRejection
  /** A key fits but for the address, which this client may choose; too many such sequences are being tried now. */
  | {
      readonly ok: false;
      readonly reason: 'foreign-address-budget';
      readonly client: string;
      readonly port: number;
      readonly claimedAddress: string;
    };

/** Knocks that are no request. */
export interface Unrecognised {
  readonly sourceAddress: string;
  readonly rejection: Rejection;
}

/** What a knock led to; undefined while more are awaited. */
export type Recognition =
  | { readonly kind: 'request'; readonly request: Request }
  | { readonly kind: 'unrecognised'; readonly unrecognised: Unrecognised }
  | undefined;

/** Told each stage of the way of one source's knocks: for people who look for what is wrong. */
export type Trace = (stage: string, fields: Readonly<Record<string, unknown>>) => void;

/** One kind of door. */
export interface Recogniser {
  /**
   * Takes the next knock. Never throws, whatever it is.
   * @param nowMs the daemon's clock, milliseconds since 1970
   * @param trace told what becomes of it
   */
  recognise(event: KnockEvent, nowMs: number, trace?: Trace): Recognition;
}
