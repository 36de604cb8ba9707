// The last stretch in the capture process, the same for packets and for lines: only knocks that are wanted go on, through
// the gates, into records; the others are counted, the sign of life is given, and load is shed when it is too much.

import { randomInt } from 'node:crypto';
import type { PacketKnock } from '../packet/knock-event.ts';
import type { Wanted } from '../packet/wanted.ts';
import { say, writeRecords } from './child-voice.ts';
import { Heartbeat } from './heartbeat.ts';
import { KnockGates } from './knock-gates.ts';
import { KnownSources } from './known-sources.ts';
import { LoadShedding } from './load-shedding.ts';
import { PacketTurns } from './packet-turns.ts';
import { PortTable } from './port-table.ts';
import { BATCH_AGE_MS, RecordBatch } from './record-batch.ts';
import { Shedder, type SheddingEdge } from './shedder.ts';
import type { DropReason } from './status.ts';

/** What Atomics.wait waits on. */
const NEVER_WOKEN = new Int32Array(new SharedArrayBuffer(4));

/** What was seen: a knock, or why it is none. */
export type Seen = PacketKnock | DropReason;

/** How an outlet is made. */
export interface OutletOptions {
  readonly wanted: Wanted;
  /** Whether knocks wait until there are as many of a source as a sequence has: see knock-gates.ts. */
  readonly gated: boolean;
}

/** Takes what was seen. */
export class KnockOutlet {
  /** Which packets are wanted. */
  readonly table: PortTable;
  readonly #known = new KnownSources();
  readonly #decision = new LoadShedding(() => randomInt(2 ** 32), performance.now());
  readonly #heartbeat = new Heartbeat(say, () => this.#shedder?.status(performance.now()) ?? {});
  readonly #batch = new RecordBatch({
    write: writeRecords,
    soon: setImmediate,
    later: (callback) => setTimeout(callback, BATCH_AGE_MS),
    isKnown: (source) => this.#known.has(source),
    onOverload: (count) => {
      this.#overload += count;
      this.#heartbeat.drop('overload', count);
    },
  });
  readonly #gates: KnockGates;
  readonly #turns = new PacketTurns({
    soon: setImmediate,
    nowMs: () => performance.now(),
    rest: (ms) => void Atomics.wait(NEVER_WOKEN, 0, 0, ms),
  });
  #nowMs = 0;
  #shedder: Shedder | undefined;
  #overload = 0;

  constructor({ wanted, gated }: OutletOptions) {
    this.table = new PortTable(wanted);
    this.#gates = new KnockGates(
      {
        onKnock: (knock, timeMs, following) => this.#batch.add(knock, timeMs, following),
        onDrop: (reason, count, source) => {
          this.#heartbeat.drop(reason, count);
          if (source) this.#decision.count(source);
        },
      },
      {
        wanted,
        table: this.table,
        isGated: gated,
        seed: randomInt(2 ** 32),
        nowMs: Date.now(),
        mayCrowd: (source) => this.#known.has(source),
      },
    );
  }

  /** A source that is heard first when load is shed. */
  know(source: Uint8Array): void {
    this.#known.add(source);
    this.#decision.know(this.#known.prefixes());
  }

  /** From now on losses are counted, and load is shed where it can be. */
  watchLosses(edge: SheddingEdge): void {
    this.#shedder = new Shedder(this.#decision, {
      ...edge,
      onLost: (packets) => this.#heartbeat.drop('kernel', packets),
      overload: () => {
        const count = this.#overload;
        this.#overload = 0;
        return count;
      },
    });
  }

  /** To be called for every packet and line. */
  take(seen: Seen): void {
    if (this.#turns.next()) this.passTime();
    if (typeof seen === 'string') this.#heartbeat.drop(seen);
    else this.#gates.take(seen, this.#nowMs);
  }

  /** To be called by a timer; during a flood packets drive it, as no timer may come round. */
  passTime(): void {
    this.#nowMs = Date.now();
    this.#batch.passTime(this.#nowMs);
    this.#shedder?.passTime(performance.now());
    this.#heartbeat.passTime(this.#nowMs);
  }
}
