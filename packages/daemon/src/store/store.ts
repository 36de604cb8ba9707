// What must not be forgotten: which sequences were accepted (replays), which grants live, who did what (audit). Every
// implementation passes test/store/contract.ts.

import type { TransportPort, TransportProtocol } from '@eightknock/codec';
import type { Grant } from '../authorise/authorise.ts';
import type { Argv, ForwardTarget } from '../config/door-config.ts';

/** A sequence that asks to be accepted. Client, window and cipher bytes are its identity: docs/protocol.md, rule 4. */
export interface Claim {
  readonly client: string;
  readonly window: number;
  /** 8 bytes. */
  readonly cipher: Uint8Array;
  /** Where the knocks came from, canonical text. */
  readonly sourceAddress: string;
}

/** A request that nothing tells from its repetition: nothing is remembered of it. */
export type Repeatable = Pick<Claim, 'client' | 'sourceAddress'>;

/** A program that is to be run at its time, even after a restart. */
export interface PendingStop {
  /** 1 or more, ascending. */
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly dueMs: number;
  /** The door that began it. */
  readonly door: string;
  /** As in the grant. */
  readonly client: string;
  /** Canonical text. */
  readonly address: string;
  /** When it began, milliseconds since 1970. */
  readonly sinceMs: number;
  readonly argv: Argv;
  readonly user: string;
  readonly timeoutSeconds: number;
}

/** One port opened for one address. */
export interface Door extends TransportPort {
  /** Canonical text. */
  readonly address: string;
}

/** A door that is to be held open: the longest of all clients' grants for it. */
export interface OpenDoor extends Door {
  /** Whose grant it is. */
  readonly client: string;
  /** When it closes, milliseconds since 1970; absent: no limit. */
  readonly endMs?: number;
  /** Where its connections go on to; absent: they end here. */
  readonly target?: ForwardTarget;
}

/** What the kernel is to hold of a door. */
export type DoorState =
  | { readonly open: false }
  | ({ readonly open: true } & Pick<OpenDoor, 'client' | 'endMs' | 'target'>);

/** A grant that lives: one client, one door. */
export interface LiveGrant extends OpenDoor {
  /** Where its knocks came from. */
  readonly sourceAddress: string;
  /** When it was given, milliseconds since 1970. */
  readonly sinceMs: number;
}

/** Which grants; an absent field matches all. */
export interface GrantFilter {
  readonly address?: string;
  readonly protocol?: TransportProtocol;
  /** 1–65535. */
  readonly port?: number;
  readonly client?: string;
}

/** A line of the audit trail: who, from where, what, why not. What is not known is absent. */
export interface AuditEntry {
  readonly timeMs: number;
  readonly event: 'opened' | 'closed' | 'forwarded' | 'ran' | 'denied' | 'rejected' | 'failed' | 'revoked';
  readonly client?: string;
  /** Where the knocks came from. */
  readonly source?: string;
  /** For whom; of a denial the claimed address, or `source`. */
  readonly address?: string;
  /** Such as `tcp/22` or `tcp/53,udp/53`; of a denial the number that was asked for. */
  readonly ports?: string;
  /** When a grant ends, milliseconds since 1970; absent: no limit, or no grant. */
  readonly endMs?: number;
  /** Why not: a reason of reasons.ts; or who revoked it; or the `[[door]]` that a client has used. */
  readonly reason?: string;
}

/** Which lines of the audit trail, the newest first. */
export interface AuditQuery {
  /** 1–10,000. */
  readonly limit: number;
  readonly client?: string;
  /** Of the knocks, or for whom. */
  readonly address?: string;
}

/** Why a claim was not taken. */
export type ClaimRefusal =
  /** The sequence was accepted before. */
  | 'replay'
  /** Its window belongs to a time of which the store has no memory: it may have been accepted then. */
  | 'window-not-remembered'
  /** No room is left: nothing is opened rather than a replay forgotten. */
  | 'store-full'
  /** The claim could not be written (a full disk, a read-only one). */
  | 'store-unwritable';

/** The memory of the daemon. Only constructors throw; what is asked of a store that has gone bad is refused. */
export interface Store {
  /**
   * Takes a sequence for good, records what it grants and a line of the audit trail: all or nothing, on disk, before
   * anything is opened. An `open` replaces what the same client had of these doors; a `close` ends it, that of a
   * `[[door]]` what any such door has opened. A `run` that is to be stopped is remembered until it was.
   * @param nowMs milliseconds since 1970
   */
  claim(claim: Claim | Repeatable, grant: Grant, nowMs: number): 'claimed' | ClaimRefusal;
  /** What is to be run now, the earliest first. */
  dueStops(nowMs: number): readonly PendingStop[];
  /** It was run: it is not given again. */
  forgetStop(id: number): void;
  /** What this grant was to be ended with is not run: it never began. @param nowMs as when it was claimed */
  takeBackStop(grant: Grant, nowMs: number): void;
  /** Grants that have ended by their time since this was last asked. */
  takeEnded(): readonly LiveGrant[];
  /** What is to be held open of a door now. */
  doorState(door: Door, nowMs: number): DoorState;
  /** All doors that are to be open now. */
  openDoors(nowMs: number): readonly OpenDoor[];
  /** How many grants live now. */
  countGrants(nowMs: number): number;
  /** The grants that live now, the newest first. @param limit 1–10,000 */
  grants(filter: GrantFilter, limit: number, nowMs: number): readonly LiveGrant[];
  /**
   * Ends grants, all or none, each with a line of the audit trail.
   * @param reason for the audit trail
   * @returns the grants that were ended; `store-unwritable` when none was
   */
  revoke(filter: GrantFilter, reason: string, nowMs: number): readonly LiveGrant[] | 'store-unwritable';
  /**
   * The clock was set: timed grants keep the time that they had left, and the length that they were given.
   * @param stepMs positive when it went forward
   */
  shiftEnds(stepMs: number): void;
  /** Adds to the audit trail, soon and in bulk. What does not fit in the queue, or cannot be written, is counted. */
  record(entry: AuditEntry): void;
  /** Lines of the audit trail that were left out so far. */
  readonly droppedEntries: number;
  /** The audit trail. */
  audit(query: AuditQuery): readonly AuditEntry[];
  /**
   * Writes what waits, and forgets what can no longer matter: to be called every second.
   * @param nowMs milliseconds since 1970
   */
  flush(nowMs: number): void;
  /** Whether the last write succeeded; else why it was refused, in the words of SQLite or the system. */
  condition(): { readonly writable: true } | { readonly writable: false; readonly message: string };
  /** Writes what waits, and ends. */
  close(): void;
}
