// The audit trail: bounded in the queue, bounded in the table. What was done and what was refused are bounded apart, so
// that strangers who are refused cannot push out who was let in. Writes happen within the transaction of the caller.

import type { Database, Row } from './database.ts';
import { auditValues, classOf, readAuditEntry } from './rows.ts';
import type { AuditEntry, AuditQuery } from './store.ts';

/** Lines that wait to be written; more are counted and left out. */
export const MAX_QUEUED_LINES = 1000;
/** Lines that go at once when there are too many, so that not every new one costs a deletion. */
export const FORGOTTEN_AT_ONCE = 100;

const CLASSES = [0, 1] as const;
/** The first number of a line; a file with numbers near what a number can hold is not ours. */
const MAX_ID = 2 ** 52;

/** The trail in a database. */
export class AuditTable {
  readonly #sql: ReturnType<typeof prepare>;
  readonly #most: number;
  readonly #waiting: AuditEntry[] = [];
  #rows: readonly [done: number, refused: number];
  #lastId: number;
  #written = 0;
  #dropped = 0;
  #damaged = 0;

  /** @param most rows kept of what was done, and of what was refused */
  constructor(database: Database, most: number) {
    this.#sql = prepare(database);
    this.#most = most;
    this.#rows = [Number(this.#sql.count.get(0)?.count), Number(this.#sql.count.get(1)?.count)];
    this.#lastId = Math.max(...CLASSES.map((refused) => Number(this.#sql.last.get(refused)?.id ?? 0)));
  }

  /** Lines that were left out so far. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Rows that were read and were not as they were written. */
  get damaged(): number {
    return this.#damaged;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** A line for the next {@link writeAll}. */
  add(entry: AuditEntry): void {
    if (this.#waiting.length < MAX_QUEUED_LINES) this.#waiting.push(entry);
    else this.#dropped++;
  }

  /** Writes all lines that wait. */
  writeAll(): void {
    for (const entry of this.#waiting) this.write(entry);
    this.#written = this.#waiting.length;
  }

  /** Writes one line now. */
  write(entry: AuditEntry): void {
    if (!(this.#lastId < MAX_ID)) this.#clear();
    const refused = classOf(entry.event);
    this.#sql.add.run(...auditValues(++this.#lastId, entry));
    const count = this.#rows[refused] + 1;
    const tooMany = count > this.#most;
    const gone = tooMany ? this.#sql.forget.run(refused, refused, Math.min(FORGOTTEN_AT_ONCE, this.#most)).changes : 0;
    this.#rows = refused ? [this.#rows[0], count - gone] : [count - gone, this.#rows[1]];
  }

  /** The transaction is on disk. */
  commit(): void {
    this.#waiting.splice(0, this.#written);
    this.#written = 0;
  }

  /** What is to be put back when a transaction fails. */
  snapshot(): () => void {
    const [rows, lastId] = [this.#rows, this.#lastId];
    return () => {
      this.#rows = rows;
      this.#lastId = lastId;
      this.#written = 0;
    };
  }

  /** The newest first. */
  read({ limit, client, address }: AuditQuery): AuditEntry[] {
    const [who, where] = [client ?? null, address ?? null];
    const wanted = [who, who, where, where, where, limit];
    const rows = CLASSES.flatMap((refused) => this.#sql.read.all(refused, ...wanted));
    rows.sort((a, b) => Number(b.id) - Number(a.id));
    return rows.flatMap((row) => this.#read(row)).slice(0, limit);
  }

  #read(row: Row): AuditEntry[] {
    const entry = readAuditEntry(row);
    if (entry) return [entry];
    this.#damaged++;
    return [];
  }

  #clear(): void {
    this.#sql.clear.run();
    this.#rows = [0, 0];
    this.#lastId = 0;
  }
}

function prepare(database: Database) {
  const columns = 'refused, id, time_ms, event, client, source, address, ports, end_ms, reason, sum';
  return {
    add: database.prepare(`INSERT INTO audit (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    count: database.prepare('SELECT count(*) AS count FROM audit WHERE refused = ?'),
    last: database.prepare('SELECT max(id) AS id FROM audit WHERE refused = ?'),
    forget: database.prepare(
      'DELETE FROM audit WHERE refused = ? AND id IN (SELECT id FROM audit WHERE refused = ? ORDER BY id LIMIT ?)',
    ),
    clear: database.prepare('DELETE FROM audit'),
    read: database.prepare(
      `SELECT ${columns} FROM audit WHERE refused = ? AND (? IS NULL OR client = ?)
       AND (? IS NULL OR source = ? OR address = ?) ORDER BY id DESC LIMIT ?`,
    ),
  };
}
