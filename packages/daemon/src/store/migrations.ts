// The tables of the store, version by version. A released step is never changed; a new version is a new step at the end.

import type { Database } from './database.ts';

const STEPS: readonly string[] = [
  `
  -- Sequences that were accepted. The windows of which claims were forgotten: see meta.
  CREATE TABLE claims (
    window INTEGER NOT NULL,
    cipher BLOB NOT NULL,
    client TEXT NOT NULL,
    PRIMARY KEY (window, cipher, client)
  ) WITHOUT ROWID;

  -- Grants that live or lived a moment ago. end_ms: milliseconds since 1970; NULL: no limit.
  CREATE TABLE grants (
    address TEXT NOT NULL,
    protocol TEXT NOT NULL,
    port INTEGER NOT NULL,
    client TEXT NOT NULL,
    source TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    end_ms INTEGER,
    PRIMARY KEY (address, protocol, port, client)
  ) WITHOUT ROWID;
  CREATE INDEX grants_end ON grants (end_ms);

  -- Who did what. refused: 1 for what strangers can cause, which is bounded apart.
  CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    refused INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    event TEXT NOT NULL,
    client TEXT,
    source TEXT,
    address TEXT,
    ports TEXT,
    end_ms INTEGER,
    reason TEXT
  );
  CREATE INDEX audit_refused ON audit (refused, id);

  -- forgotten_window: no window up to this one is remembered whole, so nothing of them is accepted.
  CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO meta VALUES ('forgotten_window', -1);
  `,
];

/** The version that this program writes. */
export const SCHEMA_VERSION = STEPS.length;

/** The version of a database; 0: it is empty. */
export function schemaVersion(database: Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

/** Brings a database to {@link SCHEMA_VERSION}, each step whole or not at all. A newer one must not be given. */
export function migrate(database: Database): void {
  for (let version = schemaVersion(database); version < SCHEMA_VERSION; version++) {
    database.exec(`BEGIN IMMEDIATE; ${STEPS[version]}; PRAGMA user_version = ${version + 1}; COMMIT`);
  }
}
