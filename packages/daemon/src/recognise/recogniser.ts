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
    }
  /** It was made in a window of another time, proven by the address in it. */
  | {
      readonly ok: false;
      readonly reason: 'clock-off';
      readonly client: string;
      readonly port: number;
      /** The client's clock minus the server's, in whole seconds: from the least to the most it can be. */
      readonly clockSeconds: { readonly least: number; readonly most: number };
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

/**
 * Is told what became of a knock, stage by stage, for whoever follows one source. Stage and fields are for people to read;
 * no secret, key or cipher byte is ever among them.
 */
export type Trace = (stage: string, fields: Readonly<Record<string, unknown>>) => void;

/** One kind of door. */
export interface Recogniser {
  /**
   * Takes the next knock. Never throws, whatever it is.
   * @param nowMs the daemon's clock, milliseconds since 1970
   * @param trace called before this returns; where a search goes on, once more when it ends
   */
  recognise(event: KnockEvent, nowMs: number, trace?: Trace): Recognition;
}
