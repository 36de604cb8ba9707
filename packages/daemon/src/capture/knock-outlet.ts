// The last stretch in the capture process, the same for packets and for lines: only knocks to the knock ports go on, through
// the gate where there is one, into records; the others are counted, and the sign of life is given.

import { randomInt } from 'node:crypto';
import type { PacketKnock } from '../packet/knock-event.ts';
import { say, writeRecords } from './child-voice.ts';
import { Heartbeat } from './heartbeat.ts';
import { RecordBatch } from './record-batch.ts';
import { SourceGate } from './source-gate.ts';
import type { DropReason } from './status.ts';

/** What was seen: a knock, or why it is none. */
export type Seen = PacketKnock | DropReason;

/** How an outlet is made. */
export interface OutletOptions {
  /** 1–65280. */
  readonly basePort: number;
  /** Whether knocks wait until there are eight of a source: see source-gate.ts. */
  readonly gated: boolean;
  /** Packets the kernel dropped since this was last asked. */
  readonly kernelDrops: () => number;
}

/** Takes what was seen. */
export class KnockOutlet {
  readonly #basePort: number;
  readonly #batch = new RecordBatch({ write: writeRecords, soon: setImmediate });
  readonly #heartbeat: Heartbeat;
  readonly #gate: SourceGate | undefined;

  constructor({ basePort, gated, kernelDrops }: OutletOptions) {
    this.#basePort = basePort;
    this.#heartbeat = new Heartbeat(say, kernelDrops);
    const listener = {
      onKnock: (knock: PacketKnock, timeMs: number) => this.#batch.add(knock, timeMs),
      onDrop: (reason: DropReason, count: number) => this.#heartbeat.drop(reason, count),
    };
    this.#gate = gated ? new SourceGate(listener, { seed: randomInt(2 ** 32), nowMs: Date.now() }) : undefined;
  }

  /** To be called for every packet and line. @param nowMs milliseconds since 1970 */
  take(seen: Seen, nowMs: number): void {
    if (typeof seen === 'string') this.#heartbeat.drop(seen);
    else if (!this.#isOurs(seen.destinationPort)) this.#heartbeat.drop('other-port');
    else if (this.#gate) this.#gate.take(seen, nowMs);
    else this.#batch.add(seen, nowMs);
    this.#batch.passTime(nowMs);
    this.#heartbeat.passTime(nowMs);
  }

  /** To be called by a timer. */
  passTime(nowMs: number): void {
    this.#heartbeat.passTime(nowMs);
  }

  #isOurs(port: number): boolean {
    return port >= this.#basePort && port <= this.#basePort + 255;
  }
}
