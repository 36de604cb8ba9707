// Lists grants, and ends them before their time, in the store and in the kernel: what the administrator revokes, and what the
// configuration no longer allows. Keeps the rest as it is when the clock is set.

import type { DoorKeeper } from './act/door-keeper.ts';
import { FirewallError } from './act/firewall.ts';
import type { Access } from './authorise/decide.ts';
import type { Clock } from './clock.ts';
import type { ClockSteps } from './clock-steps.ts';
import type { ActionFailure } from './control/control-actions.ts';
import { describeClockStep, describeRevoked, describeRevokeFailure, describeShortened } from './log-lines.ts';
import type { Recorder } from './recorder.ts';
import type { GrantFilter, LiveGrant, Store } from './store/store.ts';
import { type Shortening, withdrawals } from './withdraw.ts';

/** What the keeper needs. */
export interface GrantKeeperParts {
  readonly store: Pick<Store, 'revoke' | 'grants' | 'shiftEnds' | 'claim'>;
  readonly doors: Pick<DoorKeeper, 'hold'>;
  readonly recorder: Pick<Recorder, 'say'>;
  readonly clock: Clock;
  readonly steps: ClockSteps;
  /** Grants were ended before their time. */
  readonly onEnded: (grants: readonly LiveGrant[]) => void;
}

/** The store holds no more than this. */
const ALL = Number.MAX_SAFE_INTEGER;
const WITHDRAWN = 'no longer allowed by the configuration';

/** See the head of this file. */
export class GrantKeeper {
  readonly #parts: GrantKeeperParts;

  constructor(parts: GrantKeeperParts) {
    this.#parts = parts;
  }

  /**
   * Ends grants.
   * @param reason for the log and the audit trail
   * @returns the grants that were ended; their doors are closed, unless another client holds them
   */
  revoke(filter: GrantFilter, reason: string): { readonly revoked: readonly LiveGrant[] } | ActionFailure {
    const { store, doors, recorder, clock } = this.#parts;
    const nowMs = clock.nowMs();
    const revoked = store.revoke(filter, reason, nowMs);
    if (revoked === 'store-unwritable') {
      recorder.say(describeRevokeFailure('the store cannot be written'));
      return { error: 'the store cannot be written', hint: '"knockdaemon status" says why' };
    }
    if (revoked.length === 0) return { revoked };
    this.#parts.onEnded(revoked);
    for (const grant of revoked) recorder.say(describeRevoked(grant, reason));
    try {
      doors.hold(revoked, nowMs);
    } catch (error) {
      if (!(error instanceof FirewallError)) throw error;
      recorder.say(describeRevokeFailure(error.message));
      return { error: `the grants are ended, but their doors not yet closed: ${error.message}; it is tried again` };
    }
    return { revoked };
  }

  /** The grants that live now, the newest first. @returns up to `limit` of those that match, and how many do in all */
  list(filter: GrantFilter, limit: number): { readonly total: number; readonly grants: readonly LiveGrant[] } {
    const found = this.#parts.store.grants(filter, ALL, this.#parts.clock.nowMs());
    return { total: found.length, grants: found.slice(0, limit) };
  }

  /** Ends grants that clients and doors may no longer have, and shortens those that they may have for less time now. */
  withdraw(access: Access): void {
    const { store, clock } = this.#parts;
    this.lookAtClock();
    const nowMs = clock.nowMs();
    const { revoked, shortened } = withdrawals(store.grants({}, ALL, nowMs), access, nowMs);
    for (const filter of revoked) this.revoke(filter, WITHDRAWN);
    this.#shorten(shortened, nowMs);
  }

  /** Each is given anew in its place: with its old beginning, and the end that it may have. */
  #shorten(all: readonly Shortening[], nowMs: number): void {
    const { store, doors, recorder } = this.#parts;
    const held: LiveGrant[] = [];
    for (const { was, grant } of all) {
      const { client, sourceAddress, address, protocol, port } = was;
      if (store.claim({ client, sourceAddress }, grant, was.sinceMs) === 'claimed') {
        held.push(was);
        recorder.say(describeShortened(was, grant.endMs));
      } else this.revoke({ client, address, protocol, port }, WITHDRAWN);
    }
    if (held.length === 0) return;
    try {
      doors.hold(held, nowMs);
    } catch (error) {
      if (!(error instanceof FirewallError)) throw error;
      recorder.say(describeRevokeFailure(error.message));
    }
  }

  /** Looks whether the clock was set: before anything that depends on it. */
  lookAtClock(): void {
    const { steps, store, recorder } = this.#parts;
    const stepMs = steps.look();
    if (stepMs === 0) return;
    store.shiftEnds(stepMs);
    recorder.say(describeClockStep(stepMs));
  }
}
