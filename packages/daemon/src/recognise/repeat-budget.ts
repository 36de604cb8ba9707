// How often a request that anybody can repeat is taken: whoever has seen a static sequence must not fill the audit trail with
// it, nor start a program all the time. For each source apart, and for each door.

import { SourceTable } from './source-table.ts';
import { TokenBucket } from './token-bucket.ts';

/** Requests of one source to one door at once; one more comes back each second. */
export const REPEATS_OF_SOURCE = 5;
/** Requests to one door, of all sources together, at once; as many come back each second. */
export const REPEATS_OF_DOOR = 20;
/** Sources remembered for all doors. */
const MAX_SOURCES = 16_384;

/** The budget. Doors are those of the configuration: a closed set. */
export class RepeatBudget {
  readonly #sources = new SourceTable(MAX_SOURCES, () => new TokenBucket(1, REPEATS_OF_SOURCE));
  readonly #doors = new Map<string, TokenBucket>();

  /** May one more be taken? @param source canonical text */
  take(door: string, source: string, nowMs: number): boolean {
    if (!this.#sources.touch(`${door} ${source}`).take(nowMs)) return false;
    const bucket = this.#doors.get(door) ?? new TokenBucket(REPEATS_OF_DOOR, REPEATS_OF_DOOR);
    this.#doors.set(door, bucket);
    return bucket.take(nowMs);
  }
}
