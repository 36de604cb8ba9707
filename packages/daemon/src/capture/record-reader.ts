// Cuts the stream of the capture process into records. A record may arrive in pieces; what is no record is counted and
// left out.

import type { KnockEvent } from '../packet/knock-event.ts';
import { lengthOfRecord, RECORD_BYTES, readRecord } from '../packet/knock-record.ts';

/**
 * Takes the chunks of one capture process, in order. Holds at most one record without its last byte between
 * them: 1,567 bytes.
 */
export class RecordReader {
  #rest = Buffer.alloc(0);
  #broken = 0;

  /** How many records were none so far. */
  get broken(): number {
    return this.#broken;
  }

  /** Gives the knocks that are complete with this chunk. */
  read(chunk: Buffer, onKnock: (event: KnockEvent) => void): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (at + RECORD_BYTES <= bytes.length) {
      const length = lengthOfRecord(bytes, at);
      if (at + length > bytes.length) break;
      const event = readRecord(bytes, at);
      if (event) onKnock(event);
      else this.#broken++;
      at += event ? length : RECORD_BYTES;
    }
    // A copy: a view would keep the whole chunk alive.
    this.#rest = Buffer.from(bytes.subarray(at));
  }
}
