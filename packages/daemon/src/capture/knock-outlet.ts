// The last stretch in the capture process, the same for packets and for lines: only knocks that are wanted go on, through
// the gates, into records; the others are counted, and the sign of life is given.

import { randomInt } from 'node:crypto';
import type { PacketKnock } from '../packet/knock-event.ts';
import { say, writeRecords } from './child-voice.ts';
import { Heartbeat } from './heartbeat.ts';
import { KnockGates } from './knock-gates.ts';
import { PortTable } from './port-table.ts';
import { RecordBatch } from './record-batch.ts';
import type { DropReason } from './status.ts';
import type { Wanted } from './wanted.ts';

/** What was seen: a knock, or why it is none. */
export type Seen = PacketKnock | DropReason;

/** How an outlet is made. */
export interface OutletOptions {
  readonly wanted: Wanted;
  /** Whether knocks wait until there are as many of a source as a sequence has: see knock-gates.ts. */
  readonly gated: boolean;
  /** Packets the kernel dropped since this was last asked. */
  readonly kernelDrops: () => number;
}

/** Takes what was seen. */
export class KnockOutlet {
  /** Which packets are wanted. */
  readonly table: PortTable;
  readonly #batch = new RecordBatch({ write: writeRecords, soon: setImmediate });
  readonly #heartbeat: Heartbeat;
  readonly #gates: KnockGates;

  constructor({ wanted, gated, kernelDrops }: OutletOptions) {
    this.table = new PortTable(wanted);
    this.#heartbeat = new Heartbeat(say, kernelDrops);
    this.#gates = new KnockGates(
      {
        onKnock: (knock, timeMs) => this.#batch.add(knock, timeMs),
        onDrop: (reason, count) => this.#heartbeat.drop(reason, count),
      },
      { wanted, table: this.table, isGated: gated, seed: randomInt(2 ** 32), nowMs: Date.now() },
    );
  }

  /** To be called for every packet and line. @param nowMs milliseconds since 1970 */
  take(seen: Seen, nowMs: number): void {
    if (typeof seen === 'string') this.#heartbeat.drop(seen);
    else this.#gates.take(seen, nowMs);
    this.#batch.passTime(nowMs);
    this.#heartbeat.passTime(nowMs);
  }

  /** To be called by a timer. */
  passTime(nowMs: number): void {
    this.#heartbeat.passTime(nowMs);
  }
}
