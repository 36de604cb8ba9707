// Which sequences were accepted. What is forgotten for want of room or because it is old is forgotten by whole windows, and
// of a window that was forgotten nothing is accepted any more. Writes happen within the transaction of the caller.

import { WINDOW_SECONDS } from '@eightknock/codec';
import type { Database } from './database.ts';
import { CLAIMS_AS_TEXT, claimValues, countClaims, memoryValues, readForgottenWindow } from './rows.ts';
import type { Claim } from './store.ts';

/** For how many windows a claim is kept after its own has passed, for the case that the clock is set back: those of a day. */
export const KEPT_WINDOWS = 86_400 / WINDOW_SECONDS;
/** How many windows before its own a sequence may have been accepted: it is tried with those around the present one. */
const WINDOWS_AHEAD = 1;

type Identity = Pick<Claim, 'window' | 'cipher' | 'client'>;

/** The claims of a database. */
export class ClaimMemory {
  readonly #sql: ReturnType<typeof prepare>;
  #count = 0;
  #forgottenWindow: number;

  /**
   * Reads and checks all of them.
   * @throws DamagedMemory when the file does not say what is forgotten: then nothing of it can be relied on
   */
  constructor(database: Database) {
    this.#sql = prepare(database);
    const forgotten = readForgottenWindow(this.#sql.memory.get());
    if (forgotten === undefined) throw new DamagedMemory('the row of the table "memory" is not as it was written');
    this.#forgottenWindow = forgotten;
  }

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** Nothing of this window and those before it is accepted. */
  get forgottenWindow(): number {
    return this.#forgottenWindow;
  }

  /** Counts and checks them. @returns how many are not as they were written, and the newest window of the others */
  check(): { readonly damaged: number; readonly newestWindow: number } {
    let [good, damaged, newestWindow] = [0, 0, -1];
    for (const { window, claims, count } of this.#sql.all.iterate()) {
      const found = countClaims(window, claims);
      good += found;
      damaged += Number(count) - found;
      if (found > 0) newestWindow = Math.max(newestWindow, Number(window));
    }
    this.#count = good;
    return { damaged, newestWindow };
  }

  has({ window, cipher, client }: Identity): boolean {
    return this.#sql.find.get(window, cipher, client) !== undefined;
  }

  /** Adds one. */
  add(claim: Identity): void {
    this.#sql.add.run(...claimValues(claim));
    this.#count++;
  }

  /** Makes room when the memory is full, by forgetting what can no longer matter. @returns whether there is room for one */
  makeRoom(most: number, nowMs: number): boolean {
    // A sequence matters until its window + 2 has passed.
    const passed = windowOf(nowMs) - 2;
    while (this.#count >= most) {
      const oldest = this.#oldest();
      if (!(oldest < passed)) return false;
      // Not all at once: what is forgotten is refused even if the clock is set back.
      this.#forgetBefore(Math.max(oldest + 1, Math.floor((oldest + passed) / 2)));
    }
    return true;
  }

  /** Are there some that are so old that they need not be kept? */
  hasOld(nowMs: number): boolean {
    return this.#oldest() < windowOf(nowMs) - KEPT_WINDOWS;
  }

  forgetOld(nowMs: number): void {
    this.#forgetBefore(windowOf(nowMs) - KEPT_WINDOWS);
  }

  /** From now on nothing of these windows is accepted, whatever is in the file. */
  refuseUntil(window: number): void {
    this.#forgottenWindow = Math.max(this.#forgottenWindow, window);
  }

  /** Writes again what is forgotten; this also shows whether anything can be written. */
  writeForgotten(): void {
    this.#sql.remember.run(...memoryValues(this.#forgottenWindow));
  }

  /** Forgets every one, and writes from which window on new ones are accepted. */
  clear(): void {
    this.#sql.clear.run();
    this.#count = 0;
    this.writeForgotten();
  }

  /** What is to be put back when a transaction fails. */
  snapshot(): () => void {
    const [count, forgotten] = [this.#count, this.#forgottenWindow];
    return () => {
      this.#count = count;
      this.#forgottenWindow = forgotten;
    };
  }

  #oldest(): number {
    return Number(this.#sql.oldest.get()?.window ?? Number.POSITIVE_INFINITY);
  }

  #forgetBefore(window: number): void {
    const newest = this.#sql.newestBefore.get(window)?.window;
    if (typeof newest !== 'number') return;
    this.#count -= this.#sql.forget.run(window).changes;
    this.refuseUntil(newest);
    this.writeForgotten();
  }
}

/** The store's file cannot be relied on. */
export class DamagedMemory extends Error {
  override readonly name = 'DamagedMemory';
}

/** The newest window of which a sequence can have been accepted until now. */
export function newestWindowAt(nowMs: number): number {
  return windowOf(nowMs) + WINDOWS_AHEAD;
}

/** Makes the one row of the table `memory` in a new database. */
export function beginMemory(database: Database, forgottenWindow: number): void {
  prepare(database).remember.run(...memoryValues(forgottenWindow));
}

function windowOf(nowMs: number): number {
  return Math.floor(nowMs / 1000 / WINDOW_SECONDS);
}

function prepare(database: Database) {
  return {
    all: database.prepare(
      `SELECT window, ${CLAIMS_AS_TEXT} AS claims, count(*) AS count FROM claims GROUP BY window ORDER BY window`,
    ),
    find: database.prepare('SELECT 1 FROM claims WHERE window = ? AND cipher = ? AND client = ?'),
    add: database.prepare('INSERT INTO claims (window, cipher, client, sum) VALUES (?, ?, ?, ?)'),
    oldest: database.prepare('SELECT min(window) AS window FROM claims'),
    newestBefore: database.prepare('SELECT max(window) AS window FROM claims WHERE window < ?'),
    forget: database.prepare('DELETE FROM claims WHERE window < ?'),
    clear: database.prepare('DELETE FROM claims'),
    memory: database.prepare('SELECT forgotten_window, sum FROM memory WHERE id = 1'),
    remember: database.prepare('INSERT OR REPLACE INTO memory (id, forgotten_window, sum) VALUES (?, ?, ?)'),
  };
}
