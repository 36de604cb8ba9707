// What the daemon wants of a firewall. Every change is one transaction and idempotent: doing it twice is doing it once.

import type { TransportPort } from '@eightknock/codec';
import type { FirewallConfig } from '../config/config.ts';
import type { Door } from '../store/store.ts';
import { ActionError } from './action.ts';

/** What is to become of a door. */
export type DoorChange = { readonly door: Door; readonly open: false } | OpenChange;

/** A door to open. */
export interface OpenChange {
  readonly door: Door;
  readonly open: true;
  /** The kernel closes it after that time, 1 or more; absent: no limit. */
  readonly remainingMs?: number;
  /** Stands in its comment. */
  readonly client: string;
}

/** A TCP connection that was there before the guard. */
export interface LiveSession {
  /** Canonical text. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localPort: number;
}

/** What the firewall is to look like. */
export interface FirewallPlan extends Omit<FirewallConfig, 'guard'> {
  /** All ports that are guarded; empty in mark mode. */
  readonly guarded: readonly TransportPort[];
  /**
   * Connections that must not be cut when the guard is new. Whoever puts the guard back after somebody removed it gives
   * the same ones again: a connection that was made while it was missing is a stranger's.
   */
  readonly sessions: readonly LiveSession[];
  /** A rescue: the kernel lifts the guard after that time, 1 or more; absent: it stays. */
  readonly guardMs?: number;
}

/** The firewall. */
export interface Firewall {
  /**
   * Puts table, guard and mark in place, and exactly these doors, whatever was there: one transaction.
   * @throws FirewallError
   */
  install(plan: FirewallPlan, open: readonly OpenChange[]): void;
  /**
   * Opens and closes doors, all or none.
   * @throws FirewallError
   */
  apply(changes: readonly DoorChange[]): void;
  /**
   * Removes all that is ours; where nothing is, nothing is done.
   * @throws FirewallError
   */
  remove(): void;
  /**
   * Looks from time to time whether somebody else has changed what is ours. Called before the first {@link install}, it
   * misses nothing; what is done through this object never counts.
   * @param onTouched called at most once for each look; to put things back is the caller's task. While that fails, it is
   *   called again from time to time
   * @returns how to stop
   * @throws FirewallError when the kernel does not tell
   */
  watch(onTouched: () => void): () => void;
}

/** The firewall refused. The message is one line, in its own words. */
export class FirewallError extends ActionError {
  override readonly name = 'FirewallError';
}

/** A firewall that changes nothing: for `--test`, and the fake of the tests. It remembers what it was told. */
export class DryRunFirewall implements Firewall {
  /** The last plan. */
  plan: FirewallPlan | undefined;
  /** What would be open now, by `ADDRESS tcp/PORT`. */
  readonly open = new Map<string, DoorChange>();
  readonly #watchers = new Set<() => void>();

  install(plan: FirewallPlan, open: readonly OpenChange[]): void {
    this.plan = plan;
    this.open.clear();
    this.apply(open);
  }

  remove(): void {
    this.plan = undefined;
    this.open.clear();
  }

  /** Never calls by itself; see {@link DryRunFirewall.touch}. */
  watch(onTouched: () => void): () => void {
    this.#watchers.add(onTouched);
    return () => this.#watchers.delete(onTouched);
  }

  /** As if somebody else had changed what is ours: for tests. */
  touch(): void {
    for (const onTouched of this.#watchers) onTouched();
  }

  apply(changes: readonly DoorChange[]): void {
    for (const change of changes) {
      const { address, protocol, port } = change.door;
      const key = `${address} ${protocol}/${port}`;
      if (change.open) this.open.set(key, change);
      else this.open.delete(key);
    }
  }
}
