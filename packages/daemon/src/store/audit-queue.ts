// Lines of the audit trail on their way into the database: bounded in the queue, bounded in the table. What was done and
// what was refused are bounded apart, so that strangers who are refused cannot push out who was let in.

import { cutText } from './rows.ts';
import type { prepareStatements } from './statements.ts';
import type { AuditEntry } from './store.ts';

/** Lines that wait to be written; more are counted and left out. */
export const MOST_WAITING = 1000;
/** Lines that go at once when there are too many, so that not every new one costs a deletion. */
const FORGOTTEN_AT_ONCE = 100;

/** The way into the table. Writes happen within the transaction of the caller. */
export class AuditQueue {
  readonly #sql: ReturnType<typeof prepareStatements>;
  readonly #most: number;
  readonly #waiting: AuditEntry[] = [];
  readonly #rows: [done: number, refused: number];
  #uncommitted: [done: number, refused: number] = [0, 0];
  #written = 0;
  #dropped = 0;

  /** @param most rows kept of what was done, and of what was refused */
  constructor(sql: ReturnType<typeof prepareStatements>, most: number) {
    this.#sql = sql;
    this.#most = most;
    this.#rows = [Number(sql.countAudit.get(0)?.count), Number(sql.countAudit.get(1)?.count)];
  }

  /** Lines that were left out so far. */
  get dropped(): number {
    return this.#dropped;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** A line for the next {@link writeAll}. */
  add(entry: AuditEntry): void {
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(entry);
    else this.#dropped++;
  }

  /** Writes all lines that wait. */
  writeAll(): void {
    for (const entry of this.#waiting) this.write(entry);
    this.#written = this.#waiting.length;
  }

  /** Writes one line now. */
  write(entry: AuditEntry): void {
    const refused = entry.event === 'denied' || entry.event === 'rejected' ? 1 : 0;
    const { timeMs, event, client, source, address, ports, endMs, reason } = entry;
    const texts = [client, source, address, ports].map((text) => (text === undefined ? null : cutText(text)));
    const why = reason === undefined ? null : cutText(reason);
    this.#sql.addAudit.run(refused, Math.round(timeMs), event, ...texts, endMs ?? null, why);
    this.#uncommitted[refused]++;
    if (this.#rows[refused] + this.#uncommitted[refused] <= this.#most) return;
    this.#uncommitted[refused] -= this.#sql.forgetAudit.run(refused, Math.min(FORGOTTEN_AT_ONCE, this.#most)).changes;
  }

  /** The transaction is on disk. */
  commit(): void {
    this.#waiting.splice(0, this.#written);
    this.#rows[0] += this.#uncommitted[0];
    this.#rows[1] += this.#uncommitted[1];
    this.#forgetTransaction();
  }

  /** Nothing of the transaction has happened. */
  rollBack(): void {
    this.#forgetTransaction();
  }

  #forgetTransaction(): void {
    this.#uncommitted = [0, 0];
    this.#written = 0;
  }
}
