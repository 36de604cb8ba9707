// Keeps the kernel as the store says: a door whenever a grant changes it, all of them at the start, and all of them again
// when somebody else has changed our table or a change has failed.

import type { Clock } from '../clock.ts';
import type { Door, OpenDoor, Store } from '../store/store.ts';
import { type DoorChange, type Firewall, FirewallError, type FirewallPlan, type OpenChange } from './firewall.ts';

/** What the keeper needs. */
export interface DoorKeeperEdge {
  readonly firewall: Firewall;
  readonly store: Pick<Store, 'doorState' | 'openDoors'>;
  readonly clock: Clock;
  /** Asked for each installation: what is left of a rescue changes. */
  plan(): FirewallPlan;
  /** Our table was put back; or could not be, and will be tried again. */
  onRestored(error?: FirewallError): void;
}

/** See the head of this file. */
export class DoorKeeper {
  readonly #edge: DoorKeeperEdge;
  #stopWatching: (() => void) | undefined;
  /** The doors of which the kernel was told that they forward. */
  #forwarding: ReadonlySet<string> = new Set();

  constructor(edge: DoorKeeperEdge) {
    this.#edge = edge;
  }

  /**
   * Puts the table in place with every door that is to be open, and no other.
   * @throws FirewallError
   */
  install(): void {
    const { firewall, store, clock, plan } = this.#edge;
    const nowMs = clock.nowMs();
    const open = store.openDoors(nowMs).map((door) => opening(door, door, nowMs));
    firewall.install(plan(), open);
    this.#remember(open);
  }

  /**
   * Makes the kernel hold what the store says of these doors. Where that fails, because somebody has removed the table
   * a moment ago, all is put in place anew.
   * @throws FirewallError when that fails too
   */
  hold(doors: readonly Door[], nowMs: number): void {
    const { firewall, store } = this.#edge;
    const changes: DoorChange[] = doors.map((door) => {
      const state = store.doorState(door, nowMs);
      return state.open ? opening(door, state, nowMs) : { door, open: false };
    });
    try {
      firewall.apply(changes, this.#forwardsAfter(changes, nowMs));
    } catch (error) {
      if (!(error instanceof FirewallError)) throw error;
      const failure = this.restore();
      this.#edge.onRestored(failure);
      if (failure) throw failure;
    }
  }

  /**
   * Watches over the table from now on; before the first {@link install}, so that nothing is missed.
   * @throws FirewallError
   */
  watch(): void {
    this.#stopWatching = this.#edge.firewall.watch(() => this.#edge.onRestored(this.restore()));
  }

  /** All doors that forward, if any of the changed ones does or did: the kernel's map is changed as a whole. */
  #forwardsAfter(changes: readonly DoorChange[], nowMs: number): readonly OpenChange[] | undefined {
    const isTouched = changes.some(
      (change) => (change.open && change.target) || this.#forwarding.has(keyOf(change.door)),
    );
    if (!isTouched || !this.#edge.plan().forwards) return undefined;
    const doors = this.#edge.store.openDoors(nowMs).filter(({ target }) => target);
    return this.#remember(doors.map((door) => opening(door, door, nowMs)));
  }

  #remember(open: readonly OpenChange[]): readonly OpenChange[] {
    const forwards = open.filter(({ target }) => target);
    this.#forwarding = new Set(forwards.map(({ door }) => keyOf(door)));
    return forwards;
  }

  /** Ends watching; what is in the kernel stays. */
  stop(): void {
    this.#stopWatching?.();
  }

  /** Puts all in place anew. @returns why it could not be done; while it is watched, it is tried again until it can */
  restore(): FirewallError | undefined {
    try {
      this.install();
      return undefined;
    } catch (error) {
      if (!(error instanceof FirewallError)) throw error;
      return error;
    }
  }
}

function opening(
  { address, protocol, port }: Door,
  { client, endMs, target }: Pick<OpenDoor, 'client' | 'endMs' | 'target'>,
  nowMs: number,
) {
  const change: OpenChange = { door: { address, protocol, port }, open: true, client, ...(target && { target }) };
  return endMs === undefined ? change : { ...change, remainingMs: endMs - nowMs };
}

function keyOf({ address, protocol, port }: Door): string {
  return `${address} ${protocol}/${port}`;
}
