// What stands between the packets and the daemon: a gate for the eight knocks, one for the doors, as their sequences are of
// other lengths, and a rate for datagrams. Bounded as they are.

import type { PacketKnock } from '../packet/knock-event.ts';
import type { Wanted } from '../packet/wanted.ts';
import type { PortTable } from './port-table.ts';
import { SourceGate } from './source-gate.ts';
import type { DropReason } from './status.ts';

/** Datagrams that are let through in a second, of all sources together: each may cost the daemon some keys. */
export const DATAGRAMS_PER_SECOND = 20_000;

/** What becomes of knocks: see `GateListener`, with more reasons. */
export interface KnockGatesListener {
  onKnock(knock: PacketKnock, timeMs: number, following: number): void;
  /** `flooded-datagram`: beyond {@link DATAGRAMS_PER_SECOND}. `not-wanted`: nobody waits for it. */
  onDrop(reason: DropReason, count: number, source?: Uint8Array): void;
}

/** How they begin. */
export interface KnockGatesOptions {
  readonly wanted: Wanted;
  readonly table: PortTable;
  /** False: nothing is held back, as with `--debug`. */
  readonly isGated: boolean;
  /** May this source go on without a pause between its sequences? Asked of the eight knocks alone. */
  readonly mayCrowd: (source: Uint8Array) => boolean;
  /** See `GateOptions`. */
  readonly seed: number;
  readonly nowMs: number;
}

/** The gates. */
export class KnockGates {
  readonly #listener: KnockGatesListener;
  readonly #table: PortTable;
  readonly #eight: SourceGate | undefined;
  readonly #doors: SourceGate | undefined;
  #second = 0;
  #datagrams = 0;

  constructor(listener: KnockGatesListener, options: KnockGatesOptions) {
    const { wanted, table, isGated, seed, nowMs, mayCrowd } = options;
    this.#listener = listener;
    this.#table = table;
    if (!isGated) return;
    const targets = wanted.targets.map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')));
    const { held, forgottenAfterMs } = wanted;
    const gate = { seed, nowMs, forgottenAfterMs, targets };
    // Where a port is of both, all must stay in the order in which it came.
    this.#doors = wanted.doors.length > 0 ? new SourceGate(listener, { ...gate, held }) : undefined;
    this.#eight = this.#doors && table.overlaps ? this.#doors : new SourceGate(listener, { ...gate, mayCrowd });
  }

  /** Takes a knock. @param nowMs milliseconds since 1970 */
  take(knock: PacketKnock, nowMs: number): void {
    const place = this.#table.placeOf(knock);
    if (place === undefined) this.#listener.onDrop('not-wanted', 1);
    else if (place === 'datagram') this.#takeDatagram(knock, nowMs);
    else {
      const gate = place === 'door' ? this.#doors : this.#eight;
      if (gate) gate.take(knock, nowMs);
      else this.#listener.onKnock(knock, nowMs, 0);
    }
  }

  #takeDatagram(knock: PacketKnock, nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#datagrams = 0;
    }
    this.#datagrams++;
    if (this.#datagrams > DATAGRAMS_PER_SECOND) this.#listener.onDrop('flooded-datagram', 1, knock.source);
    else this.#listener.onKnock(knock, nowMs, 0);
  }
}
