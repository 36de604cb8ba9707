// What can be asked of a running daemon: the control socket offers it, daemon.ts does it.

import type { CaptureState, ShedLoad } from '../capture/supervisor.ts';
import type { Problem } from '../config/problem.ts';
import type { AuditEntry, AuditQuery, GrantFilter, LiveGrant } from '../store/store.ts';

/** How the daemon stands. */
export interface Status {
  readonly version: string;
  readonly pid: number;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly nowMs: number;
  /** A daemon with `--test` opens and closes nothing. */
  readonly test: boolean;
  readonly clients: number;
  /** `[[door]]` tables; absent: none. */
  readonly doors?: number;
  readonly captures: readonly CaptureStatus[];
  readonly firewall: {
    readonly mode: 'guard' | 'mark';
    /** Such as `tcp/22`. */
    readonly guarded: readonly string[];
    /** How often our table was put back after somebody else had changed it. */
    readonly restored: number;
    /** The words of the kernel when the last change failed. */
    readonly error?: string;
    /** A rescue: the guard lapses then unless it is confirmed. Milliseconds since 1970. */
    readonly rescueEndMs?: number;
  };
  readonly store: {
    readonly writable: boolean;
    /** Why not. */
    readonly message?: string;
  };
  readonly grants: number;
  /** Sources whose knocks are remembered now. */
  readonly sources: number;
  /** What was counted since the start, by name. */
  readonly counts: Readonly<Record<string, number>>;
  /** Resident memory of the daemon. */
  readonly memoryBytes: number;
}

/** One interface. */
export interface CaptureStatus {
  readonly interface: string;
  readonly state: CaptureState['state'];
  readonly sinceMs: number;
  /** Starts of the capture process after the first. */
  readonly restarts: number;
  readonly linkType?: string;
  readonly message?: string;
  /** Only while load is shed. */
  readonly shed?: ShedLoad;
}

/** Why an action was not done. */
export interface ActionFailure {
  readonly error: string;
  readonly hint?: string;
}

/** The actions. None throws. */
export interface ControlActions {
  status(): Status;
  /** The newest first, with how many there are that match. */
  grants(filter: GrantFilter, limit: number): { readonly total: number; readonly grants: readonly LiveGrant[] };
  /** Ends grants and closes their doors. */
  revoke(filter: GrantFilter): { readonly revoked: readonly LiveGrant[] } | ActionFailure;
  /** Reads the configuration again. @returns every problem; none: it was taken */
  reload(): Promise<readonly Problem[]>;
  audit(query: AuditQuery): readonly AuditEntry[];
  /** The guard stays: ends a rescue. */
  confirm(): { readonly confirmed: true } | ActionFailure;
}
