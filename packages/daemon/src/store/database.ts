// A SQLite file of our own: durable to the last commit, locked for this process alone. The only importer of better-sqlite3.
// sqlite.org/pragma.html

import Sqlite from 'better-sqlite3';

/** An open database; see better-sqlite3.d.ts. */
export type Database = InstanceType<typeof Sqlite>;
/** A prepared statement. */
export type Statement = ReturnType<Database['prepare']>;
/** What a statement takes. */
export type Value = string | number | Uint8Array | null;
/** A row as it was read: from a file, so it may hold anything. */
export type Row = Readonly<Record<string, unknown>>;

/** How long to wait for somebody who looks into the file at this moment; another daemon is kept away by folder-lock.ts. */
const LOCK_TIMEOUT_MS = 1000;

const PRAGMAS = [
  // Before WAL, so that no shared memory file is needed.
  'locking_mode = EXCLUSIVE',
  'journal_mode = WAL',
  'synchronous = FULL',
  // Every commit goes into the main file at once: a -wal that is damaged or lost then loses nothing that was committed.
  'wal_autocheckpoint = 1',
  // What one large transaction has made of the -wal does not stay on the disk.
  'journal_size_limit = 4194304',
  // Nothing that stands in the file is run, and no cell of it is believed unseen.
  'trusted_schema = OFF',
  'cell_size_check = ON',
];

/**
 * Opens a database and takes it for this process alone, until it is closed or the process ends, however.
 * While it is open the process must not open and close the file in another way: that would give up the lock (fcntl(2)).
 * @param path of a file that exists, or `:memory:`
 * @throws an error for which {@link isDatabaseError} holds
 */
export function openDatabase(path: string): Database {
  const database = new Sqlite(path, { timeout: LOCK_TIMEOUT_MS });
  try {
    for (const pragma of PRAGMAS) database.pragma(pragma, { simple: true });
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

/** Does it say that what stands in the file cannot be? */
export function isDamage({ code }: DatabaseError): boolean {
  return /^SQLITE_(?:CORRUPT|NOTADB|FORMAT)/.test(code);
}

/** Is it the machine that refused (a lock, a full or read-only disk), and not what stands in the file? */
export function isOfTheMachine(error: DatabaseError): boolean {
  return isLocked(error) || /^SQLITE_(?:CANTOPEN|READONLY|FULL|IOERR|NOMEM|PERM|AUTH)/.test(error.code);
}
