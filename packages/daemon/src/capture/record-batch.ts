// Collects records so that many go out with one write. During a flood cap does not return to the event loop between
// packets, so the packets themselves drive it: a batch goes when it is full, when it is old, or when the loop comes round.
// When the daemon does not read, records wait here; what finds no room is left out by whole sequences, so that capturing
// never stands still. The last places are kept for known sources. Bounded.

import type { PacketKnock } from '../packet/knock-event.ts';
import { RECORD_BYTES, recordBytes, writeRecord } from '../packet/write-record.ts';

/** Records that make a write; the longest datagram takes the room of 28. */
export const BATCH_RECORDS = 64;
/** Records that wait when the daemon does not read; the last quarter is for known sources. */
export const MAX_QUEUED_RECORDS = 1024;
const MAX_QUEUED_UNKNOWN = (MAX_QUEUED_RECORDS * 3) / 4;
/**
 * How long a knock waits at most, ms: while packets that are no knocks keep coming, for others in a flood, and until a write
 * is tried again.
 */
export const BATCH_AGE_MS = 5;
/** From how many records on a write is one of a flood: to wake the daemon costs it as much as some ten records. */
export const FLOOD_RECORDS = 8;

/** What the batch needs of the world. */
export interface BatchEdge {
  /** Writes what there is room for. @returns how many bytes that was */
  write(bytes: Buffer): number;
  /** Calls back when the packets at hand have been read. */
  soon(callback: () => void): void;
  /** Calls back after {@link BATCH_AGE_MS}. */
  later(callback: () => void): void;
  /** Is this a source that is heard first? */
  isKnown(source: Uint8Array): boolean;
  /** Knocks found no room. @param count how many */
  onOverload(count: number): void;
}

/** A batch of records. Holds at most {@link MAX_QUEUED_RECORDS}. */
export class RecordBatch {
  readonly #edge: BatchEdge;
  readonly #buffer = Buffer.alloc(MAX_QUEUED_RECORDS * RECORD_BYTES);
  #length = 0;
  #sinceMs = 0;
  #scheduled = false;
  /** What is scheduled waits for more. */
  #isWaiting = false;
  /** When a write of a flood was made. */
  #floodedMs = Number.NEGATIVE_INFINITY;
  /** The last write did not take all. */
  #isFull = false;
  #skip = 0;

  constructor(edge: BatchEdge) {
    this.#edge = edge;
  }

  /**
   * Takes a knock.
   * @param following how many of the same source follow at once: all find room, or none
   */
  add(knock: PacketKnock, nowMs: number, following = 0): void {
    if (this.#skip > 0) {
      this.#skip--;
      return;
    }
    const bytes = recordBytes(knock);
    if (!this.#hasRoom(bytes / RECORD_BYTES + following, knock.source)) {
      this.#skip = following;
      this.#edge.onOverload(1 + following);
      return;
    }
    if (this.#length === 0) this.#sinceMs = nowMs;
    writeRecord(knock, nowMs, this.#buffer, this.#length);
    this.#length += bytes;
    if (this.#length >= BATCH_RECORDS * RECORD_BYTES && !this.#isFull) this.#flush(nowMs);
    else if (!this.#scheduled) this.#schedule(this.#isFlood(nowMs) && !this.#edge.isKnown(knock.source));
    else if (this.#isWaiting && this.#edge.isKnown(knock.source)) this.#schedule();
  }

  /** Right after a write of many more will come. */
  #isFlood(nowMs: number): boolean {
    return nowMs >= this.#floodedMs && nowMs - this.#floodedMs < BATCH_AGE_MS;
  }

  /** To be called for every packet, knock or not. A clock that was set back counts as old. */
  passTime(nowMs: number): void {
    if (nowMs - this.#sinceMs >= BATCH_AGE_MS || nowMs < this.#sinceMs) this.#flush(nowMs);
  }

  #hasRoom(records: number, source: Uint8Array): boolean {
    const after = Math.ceil(this.#length / RECORD_BYTES) + records;
    return after <= MAX_QUEUED_UNKNOWN || (after <= MAX_QUEUED_RECORDS && this.#edge.isKnown(source));
  }

  #schedule(mayWait = false): void {
    this.#scheduled = true;
    this.#isWaiting = mayWait && !this.#isFull;
    const callback = () => {
      this.#scheduled = false;
      this.#flush(this.#sinceMs);
    };
    if (this.#isFull || mayWait) this.#edge.later(callback);
    else this.#edge.soon(callback);
  }

  #flush(nowMs: number): void {
    if (this.#length === 0) return;
    if (this.#length >= FLOOD_RECORDS * RECORD_BYTES) this.#floodedMs = nowMs;
    const written = this.#edge.write(this.#buffer.subarray(0, this.#length));
    this.#isFull = written < this.#length;
    this.#buffer.copyWithin(0, written, this.#length);
    this.#length -= written;
    this.#sinceMs = nowMs;
    if (this.#isFull && !this.#scheduled) this.#schedule();
  }
}
