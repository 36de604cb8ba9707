// Collects records so that many go out with one write. During a flood cap does not return to the event loop between
// packets, so the packets themselves drive it: a batch goes when it is full, when it is old, or when the loop comes round.

import type { PacketKnock } from '../packet/knock-event.ts';
import { RECORD_BYTES, recordBytes, writeRecord } from '../packet/write-record.ts';

/** Records in one write at most; the longest datagram takes the room of 28. */
export const BATCH_RECORDS = 64;
/** So long a knock waits at most while packets that are no knocks keep coming. */
export const BATCH_AGE_MS = 5;

/** What the batch needs of the world. */
export interface BatchEdge {
  /** Writes all of it, or does not return. */
  write(bytes: Buffer): void;
  /** Calls back when the packets at hand have been read. */
  soon(callback: () => void): void;
}

/** A batch of records. Holds at most {@link BATCH_RECORDS}. */
export class RecordBatch {
  readonly #edge: BatchEdge;
  readonly #buffer = Buffer.alloc(BATCH_RECORDS * RECORD_BYTES);
  #length = 0;
  #sinceMs = 0;
  #scheduled = false;

  constructor(edge: BatchEdge) {
    this.#edge = edge;
  }

  /** Takes a knock. */
  add(knock: PacketKnock, nowMs: number): void {
    const bytes = recordBytes(knock);
    if (this.#length + bytes > this.#buffer.length) this.#flush();
    if (this.#length === 0) this.#sinceMs = nowMs;
    writeRecord(knock, nowMs, this.#buffer, this.#length);
    this.#length += bytes;
    if (this.#length === this.#buffer.length) this.#flush();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      this.#edge.soon(() => {
        this.#scheduled = false;
        this.#flush();
      });
    }
  }

  /** To be called for every packet, knock or not. A clock that was set back counts as old. */
  passTime(nowMs: number): void {
    if (nowMs - this.#sinceMs >= BATCH_AGE_MS || nowMs < this.#sinceMs) this.#flush();
  }

  #flush(): void {
    if (this.#length === 0) return;
    this.#edge.write(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }
}
