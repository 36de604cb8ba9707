// A SQLite file of our own: durable to the last commit, locked for this process alone. The only importer of better-sqlite3.
// sqlite.org/pragma.html

import Sqlite from 'better-sqlite3';

/** An open database; see better-sqlite3.d.ts. */
export type Database = InstanceType<typeof Sqlite>;
/** A prepared statement. */
export type Statement = ReturnType<Database['prepare']>;
/** A row as it was read: from a file, so it may hold anything. */
export type Row = Readonly<Record<string, unknown>>;

/** How long to wait for a lock: long enough for a daemon that is just ending. */
const LOCK_TIMEOUT_MS = 1000;

/**
 * Opens a database and takes it for this process alone, until it is closed or the process ends, however.
 * @param path of a file that exists, or `:memory:`
 * @throws an error for which {@link isDatabaseError} holds
 */
export function openDatabase(path: string): Database {
  const database = new Sqlite(path, { timeout: LOCK_TIMEOUT_MS });
  try {
    // Before WAL, so that no shared memory file is needed.
    database.pragma('locking_mode = EXCLUSIVE', { simple: true });
    database.pragma('journal_mode = WAL', { simple: true });
    database.pragma('synchronous = FULL', { simple: true });
    database.pragma('trusted_schema = OFF', { simple: true });
    // The first transaction takes the lock.
    database.exec('BEGIN IMMEDIATE; COMMIT');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** What SQLite refused. */
export interface DatabaseError extends Error {
  /** Such as `SQLITE_FULL` or `SQLITE_IOERR_WRITE`. */
  readonly code: string;
}

/** Is this error SQLite's? */
export function isDatabaseError(error: unknown): error is DatabaseError {
  return error instanceof Sqlite.SqliteError;
}

/** Does it say that another process has the database? */
export function isLocked({ code }: DatabaseError): boolean {
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED');
}

/** Is it the machine that refused (a lock, a full or read-only disk), and not what stands in the file? */
export function isOfTheMachine(error: DatabaseError): boolean {
  return isLocked(error) || /^SQLITE_(?:CANTOPEN|READONLY|FULL|IOERR|NOMEM|PERM|AUTH)/.test(error.code);
}
