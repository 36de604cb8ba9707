// What must not be forgotten: which sequences were accepted (replays), and which grants live. Every implementation passes
// test/store/contract.ts.

import type { TransportPort } from '@eightknock/codec';
import type { Grant } from '../authorise/authorise.ts';

/** The identity of a sequence: docs/protocol.md, "Acceptance", rule 4. */
export interface Claim {
  readonly client: string;
  readonly window: number;
  /** 8 bytes. */
  readonly cipher: Uint8Array;
}

/** One port opened for one address. */
export interface Door extends TransportPort {
  /** Canonical text. */
  readonly address: string;
}

/** What the kernel is to hold of a door: the longest of all clients' grants for it. */
export type DoorState =
  | { readonly open: false }
  /** `endMs` absent: no limit. `client`: whose grant it is. */
  | { readonly open: true; readonly endMs?: number; readonly client: string };

/** Why a claim was not taken. */
export type ClaimRefusal =
  /** The sequence was accepted before. */
  | 'replay'
  /** No room is left: nothing is opened rather than a replay forgotten. */
  | 'store-full';

/** The memory of the daemon. */
export interface Store {
  /**
   * Takes a sequence for good, and records what it grants, both or neither, before anything is opened.
   * An `open` replaces what the same client had of these doors; a `close` ends it.
   * @param nowMs milliseconds since 1970
   */
  claim(claim: Claim, grant: Grant, nowMs: number): 'claimed' | ClaimRefusal;
  /** What is to be held open of a door now. */
  doorState(door: Door, nowMs: number): DoorState;
}
