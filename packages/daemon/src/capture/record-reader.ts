// Cuts the stream of the capture process into records. A record may arrive in pieces; what is no record is counted and
// left out.

import type { KnockEvent } from '../packet/knock-event.ts';
import { RECORD_BYTES, readRecord } from '../packet/knock-record.ts';

/** Takes the chunks of one capture process, in order. Holds at most 39 bytes between them. */
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
    for (; at + RECORD_BYTES <= bytes.length; at += RECORD_BYTES) {
      const event = readRecord(bytes, at);
      if (event) onKnock(event);
      else this.#broken++;
    }
    // A copy: a view would keep the whole chunk alive.
    this.#rest = Buffer.from(bytes.subarray(at));
  }
}
