// Programs that are to be run at their time, in the store's file and in memory: read once at the start, changed in memory
// after each commit. Writes happen within the transaction of the caller.

import type { Database } from './database.ts';
import { readStop, stopValues, wholeTime } from './rows.ts';
import type { PendingStop } from './store.ts';

/** The table. */
export class StopTable {
  readonly #sql: ReturnType<typeof prepare>;
  readonly #stops = new Map<number, PendingStop>();
  readonly #damaged: number;
  #lastId: number;

  constructor(database: Database) {
    this.#sql = prepare(database);
    let damaged = 0;
    for (const row of this.#sql.all.all()) {
      const stop = readStop(row);
      if (stop) this.put(stop);
      else damaged++;
    }
    this.#damaged = damaged;
    this.#lastId = Math.max(0, ...this.#stops.keys());
  }

  /** Rows that were not as they were written; they are left out. */
  get damaged(): number {
    return this.#damaged;
  }

  get size(): number {
    return this.#stops.size;
  }

  /** What is due, the earliest first. */
  due(nowMs: number): PendingStop[] {
    const due: PendingStop[] = [];
    for (const stop of this.#stops.values()) if (stop.dueMs <= nowMs) due.push(stop);
    return due.sort((a, b) => a.dueMs - b.dueMs || a.id - b.id);
  }

  /** The newest one that was begun so. */
  newestOf({ client, door, address, sinceMs }: Pick<PendingStop, 'client' | 'door' | 'address' | 'sinceMs'>) {
    let newest: number | undefined;
    for (const { id, ...stop } of this.#stops.values()) {
      const isSame = stop.client === client && stop.door === door && stop.address === address;
      if (isSame && stop.sinceMs === sinceMs && id > (newest ?? 0)) newest = id;
    }
    return newest;
  }

  /** Writes one. @returns it, for {@link put} */
  add(stop: Omit<PendingStop, 'id'>): PendingStop {
    const added = { id: ++this.#lastId, ...stop };
    this.#sql.put.run(...stopValues(added));
    return added;
  }

  /** It is in the file: from now on it is known. */
  put(stop: PendingStop): void {
    this.#stops.set(stop.id, stop);
  }

  /** Removes it from the file. */
  remove(id: number): void {
    this.#sql.remove.run(id);
  }

  /** From now on it is not known, whatever is in the file. */
  forget(id: number): void {
    this.#stops.delete(id);
  }

  /** Moves the beginning of all, and when they are due. @param stepMs how much later; negative: earlier */
  shift(stepMs: number): void {
    for (const stop of [...this.#stops.values()]) this.put(later(stop, stepMs));
  }

  /** As `LiveGrants.givenUntil`. @returns by how much the clock is behind at least, milliseconds */
  begunUntil(nowMs: number): number {
    let mostMs = 0;
    for (const stop of [...this.#stops.values()]) {
      const behindMs = Math.max(0, stop.sinceMs - nowMs);
      this.put(later(stop, -behindMs));
      mostMs = Math.max(mostMs, behindMs);
    }
    return mostMs;
  }

  /** Puts those that are known in place of all that is there. */
  rewrite(): void {
    this.#sql.clear.run();
    for (const stop of this.#stops.values()) this.#sql.put.run(...stopValues(stop));
  }
}

function later(stop: PendingStop, byMs: number): PendingStop {
  return { ...stop, sinceMs: wholeTime(stop.sinceMs + byMs), dueMs: wholeTime(stop.dueMs + byMs) };
}

function prepare(database: Database) {
  return {
    all: database.prepare('SELECT id, due_ms, job, sum FROM stops ORDER BY id'),
    put: database.prepare('INSERT OR REPLACE INTO stops (id, due_ms, job, sum) VALUES (?, ?, ?, ?)'),
    remove: database.prepare('DELETE FROM stops WHERE id = ?'),
    clear: database.prepare('DELETE FROM stops'),
  };
}
