// What the daemon wants of a firewall. Every change is one transaction and idempotent: doing it twice is doing it once.

import type { TransportPort } from '@eightknock/codec';
import type { FirewallConfig } from '../config/config.ts';
import type { Door } from '../store/store.ts';

/** What is to become of a door. */
export type DoorChange =
  | { readonly door: Door; readonly open: false }
  /** `remainingMs`: the kernel closes it after that time, 1 or more; absent: no limit. `client` stands in its comment. */
  | { readonly door: Door; readonly open: true; readonly remainingMs?: number; readonly client: string };

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
  /** Connections that must not be cut when the guard is new. */
  readonly sessions: readonly LiveSession[];
}

/** The firewall. */
export interface Firewall {
  /**
   * Puts table, guard and mark in place. What is open stays open; guard, mode and mark become what the plan says.
   * @throws FirewallError
   */
  install(plan: FirewallPlan): void;
  /**
   * Opens and closes doors, all or none.
   * @throws FirewallError
   */
  apply(changes: readonly DoorChange[]): void;
}

/** The firewall refused. The message is one line, in its own words. */
export class FirewallError extends Error {
  override readonly name = 'FirewallError';
}

/** A firewall that changes nothing: for `--test`, and the fake of the tests. It remembers what it was told. */
export class DryRunFirewall implements Firewall {
  /** The last plan. */
  plan: FirewallPlan | undefined;
  /** What would be open now, by `ADDRESS tcp/PORT`. */
  readonly open = new Map<string, DoorChange>();

  install(plan: FirewallPlan): void {
    this.plan = plan;
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
