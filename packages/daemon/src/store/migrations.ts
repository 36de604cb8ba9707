// The tables of the store, version by version. A released step is never changed; a new version is a new step at the end.

import { type Database, openDatabase } from './database.ts';

const STEPS: readonly string[] = [
  `
  -- Every row has the CRC-32 of what stands in it (rows.ts): SQLite does not notice a changed byte within a value.

  -- Sequences that were accepted.
  CREATE TABLE claims (
    window INTEGER NOT NULL,
    cipher BLOB NOT NULL,
    client TEXT NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (window, cipher, client)
  ) STRICT, WITHOUT ROWID;

  -- Grants that live or lived a moment ago. end_ms: milliseconds since 1970; NULL: no limit.
  CREATE TABLE grants (
    address TEXT NOT NULL,
    protocol TEXT NOT NULL,
    port INTEGER NOT NULL,
    client TEXT NOT NULL,
    source TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    end_ms INTEGER,
    sum INTEGER NOT NULL,
    PRIMARY KEY (address, protocol, port, client)
  ) STRICT, WITHOUT ROWID;

  -- Who did what. refused: 1 for what strangers can cause, which is bounded apart. id: ascending over both.
  CREATE TABLE audit (
    refused INTEGER NOT NULL,
    id INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    event TEXT NOT NULL,
    client TEXT,
    source TEXT,
    address TEXT,
    ports TEXT,
    end_ms INTEGER,
    reason TEXT,
    sum INTEGER NOT NULL,
    PRIMARY KEY (refused, id)
  ) STRICT, WITHOUT ROWID;

  -- One row. forgotten_window: no window up to this one is remembered whole, so nothing of them is accepted.
  CREATE TABLE memory (
    id INTEGER PRIMARY KEY,
    forgotten_window INTEGER NOT NULL,
    sum INTEGER NOT NULL
  ) STRICT;
  `,
  `
  -- Programs that are to be run at their time. job: what is run and for whom, JSON.
  CREATE TABLE stops (
    id INTEGER PRIMARY KEY,
    due_ms INTEGER NOT NULL,
    job TEXT NOT NULL,
    sum INTEGER NOT NULL
  ) STRICT;
  `,
];

/** The version that this program writes. */
export const SCHEMA_VERSION = STEPS.length;

/** The version of a database; 0: it has none of our tables yet. */
export function schemaVersion(database: Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

/**
 * Brings a database to the last of these steps, each step whole or not at all. A newer one must not be given.
 * @param steps for tests: others than ours
 */
export function migrate(database: Database, steps: readonly string[] = STEPS): void {
  for (let version = schemaVersion(database); version < steps.length; version++) {
    const step = `${steps[version]}; PRAGMA user_version = ${version + 1}`;
    database.transaction(() => database.exec(step)).immediate();
  }
}

/**
 * Has a database exactly the tables of its version, which is none of the future? A file from elsewhere may have others
 * of the same name, or triggers.
 */
export function hasOurTables(database: Database, steps: readonly string[] = STEPS): boolean {
  const expected = openDatabase(':memory:');
  try {
    migrate(expected, steps.slice(0, schemaVersion(database)));
    return tablesOf(database) === tablesOf(expected);
  } finally {
    expected.close();
  }
}

function tablesOf(database: Database): string {
  return JSON.stringify(database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name').all());
}
