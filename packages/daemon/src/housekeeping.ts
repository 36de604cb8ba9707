// What is to be done every second, whether anybody knocks or not: grants that have ended, programs that are due, clients that have
// expired, what waits for the store, and how the store is.

import type { RunProgram } from './act/run-program.ts';
import type { Clock } from './clock.ts';
import type { Config } from './config/config.ts';
import type { GrantKeeper } from './grant-keeper.ts';
import type { LogLine } from './log.ts';
import { describeStore } from './log-lines.ts';
import type { Observer } from './observer.ts';
import type { Store } from './store/store.ts';

/** What it needs. */
export interface HousekeepingParts {
  readonly store: Pick<Store, 'flush' | 'takeEnded' | 'condition' | 'droppedEntries'>;
  readonly grants: Pick<GrantKeeper, 'lookAtClock'>;
  readonly run: Pick<RunProgram, 'runDue'>;
  readonly clock: Clock;
  /** Those of the configuration as it is now. */
  readonly clients: () => Config['clients'];
  /** A client has expired: what it had is to end. */
  readonly onExpired: () => void;
  readonly say: (line: LogLine) => void;
  readonly tell: (how: (observer: Observer) => void) => void;
}

/** See the head of this file. */
export class Housekeeping {
  readonly #parts: HousekeepingParts;
  #expiryLookedAtMs: number;
  #storeError: string | undefined;
  #unwritten = 0;

  constructor(parts: HousekeepingParts) {
    this.#parts = parts;
    this.#expiryLookedAtMs = parts.clock.nowMs();
  }

  /** To be called every second. */
  tick(): void {
    const { store, grants, run, clock, onExpired, tell } = this.#parts;
    grants.lookAtClock();
    if (this.#hasExpiredClient()) onExpired();
    store.flush(clock.nowMs());
    const ended = store.takeEnded();
    if (ended.length > 0) tell((observer) => observer.onEnded?.(ended));
    run.runDue(clock.nowMs());
    this.#countUnwritten(store.droppedEntries);
    this.#lookAtStore();
  }

  /** Has a client expired since the last look? A grant may be older than the configuration that says when. */
  #hasExpiredClient(): boolean {
    const { clock, clients } = this.#parts;
    const [from, to] = [this.#expiryLookedAtMs, clock.nowMs()];
    this.#expiryLookedAtMs = to;
    return clients().some(({ expiresMs }) => expiresMs !== undefined && expiresMs > from && expiresMs <= to);
  }

  /** Lines of the audit trail that were left out. */
  #countUnwritten(total: number): void {
    const more = total - this.#unwritten;
    this.#unwritten = total;
    if (more > 0) this.#parts.tell((observer) => observer.onDropped?.('audit-entry', more));
  }

  #lookAtStore(): void {
    const condition = this.#parts.store.condition();
    const error = condition.writable ? undefined : condition.message;
    if (error !== this.#storeError) this.#parts.say(describeStore(error));
    this.#storeError = error;
  }
}
