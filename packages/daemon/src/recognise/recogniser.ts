// What every kind of door's recogniser gives: a request, the reason why there is none, or nothing yet.

import type { SequenceRejection, TransportPort } from '@eightknock/codec';
import type { SpaRequest } from '@eightknock/codec/spa';
import type { TcpFlags } from '../config/door-config.ts';
import type { KnockEvent } from '../packet/knock-event.ts';

/** What was asked for. Whether it may be had is not decided yet. */
export type Request = ClientRequest | DoorRequest;

/** Something a known client asked for, with eight encrypted knocks. */
export interface ClientRequest {
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

/** Somebody has knocked on a `[[door]]` in the right way. */
export interface DoorRequest {
  /** Its name. */
  readonly door: string;
  /** Where the last knock came from, canonical text. */
  readonly sourceAddress: string;
  /** The number that was asked for, where the knocks say one: 1–65535. */
  readonly port?: number;
  /** What a single packet asks for; absent: the door says what it does. */
  readonly wish?: SpaWish;
  /** What makes it one that is accepted once; absent: whoever has seen it can do it again. */
  readonly once?: OnceRequest;
}

/** What a single packet says. */
export interface SpaWish {
  readonly request: SpaRequest;
  /** The user name in it; the keys prove no name. */
  readonly user: string;
  /** Where it was sent to, canonical text; absent: not known. */
  readonly destinationAddress?: string;
}

/** A request that is accepted once: by its bytes in a time, or by the line of a file that is then used. */
export type OnceRequest =
  /** Window and 8 bytes as those of {@link ClientRequest}. */
  { readonly window: number; readonly cipher: Uint8Array } | { readonly line: string };

/** Why knocks are no request: what the codec says, or that such sequences come too often to be believed. */
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
  /** A single packet with the right HMAC in which something is not as it must be. */
  | { readonly ok: false; readonly reason: 'packet-malformed'; readonly door: string }
  /** A single packet whose time is too far off. `ageSeconds`: how long ago that is; negative: ahead. */
  | { readonly ok: false; readonly reason: 'packet-too-old'; readonly door: string; readonly ageSeconds: number }
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
export type Recognition<What extends Request = Request> =
  | { readonly kind: 'request'; readonly request: What }
  | { readonly kind: 'unrecognised'; readonly unrecognised: Unrecognised }
  | undefined;

/**
 * Is told what became of a knock, stage by stage, for whoever follows one source. Stage and fields are for people to read;
 * no secret, key or cipher byte is ever among them.
 */
export type Trace = (stage: string, fields: Readonly<Record<string, unknown>>) => void;

/** Knocks on one port, TCP ones with these flags. */
export interface HeardPort extends TransportPort {
  /** Absent: SYN without ACK, RST and FIN. */
  readonly flags?: TcpFlags;
}

/** What a recogniser must be given. */
export interface Heard {
  /** Knocks, besides those on the 256 ports of the eight. */
  readonly knocks: readonly HeardPort[];
  /** UDP ports whose datagrams are given whole: see `DatagramEvent`. */
  readonly datagrams: readonly number[];
  /** From how many knocks of one source on they can mean something; 1: a single one from anywhere can. Absent: there are none. */
  readonly shortest?: number;
  /** An address, canonical text, that knocks must have been sent to. */
  readonly target?: string;
}

/** One kind of door. */
export interface Recogniser {
  /** What it listens for; asked once. Absent: it is given all. */
  heard?(): Heard;
  /**
   * Takes the next knock. Never throws, whatever it is.
   * @param nowMs the daemon's clock, milliseconds since 1970
   * @param trace called before this returns; where a search goes on, once more when it ends
   */
  recognise(event: KnockEvent, nowMs: number, trace?: Trace): Recognition;
}
