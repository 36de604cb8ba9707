// The grants in the store's file. Read at the start only; writes happen within the transaction of the caller.

import type { Database } from './database.ts';
import { LiveGrants } from './live-grants.ts';
import { GRANT_AS_TEXT, grantValues, readGrant } from './rows.ts';
import type { Door, LiveGrant } from './store.ts';

/** The table. */
export class GrantTable {
  readonly #sql: ReturnType<typeof prepare>;

  constructor(database: Database) {
    this.#sql = prepare(database);
  }

  /** Reads and checks all of them. @returns those that are as they were written, and how many are not */
  read(): { readonly grants: LiveGrants; readonly damaged: number } {
    const grants = new LiveGrants();
    let damaged = 0;
    for (const { text } of this.#sql.all.iterate()) {
      const grant = readGrant(text);
      if (grant) grants.put(grant);
      else damaged++;
    }
    return { grants, damaged };
  }

  /** Takes the place of what the same client has for the same door. */
  put(grant: LiveGrant): void {
    this.#sql.put.run(...grantValues(grant));
  }

  remove({ address, protocol, port }: Door, client: string): void {
    this.#sql.remove.run(address, protocol, port, client);
  }

  removeEnded(nowMs: number): void {
    this.#sql.removeEnded.run(nowMs);
  }

  /** Puts these in place of all that is there. */
  rewrite(grants: LiveGrants): void {
    this.#sql.clear.run();
    for (const grant of grants.all()) this.put(grant);
  }
}

function prepare(database: Database) {
  const columns = 'address, protocol, port, client, source, since_ms, end_ms, target, sum';
  return {
    all: database.prepare(`SELECT ${GRANT_AS_TEXT} AS text FROM grants ORDER BY since_ms`),
    put: database.prepare(`INSERT OR REPLACE INTO grants (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    remove: database.prepare('DELETE FROM grants WHERE address = ? AND protocol = ? AND port = ? AND client = ?'),
    removeEnded: database.prepare('DELETE FROM grants WHERE end_ms <= ?'),
    clear: database.prepare('DELETE FROM grants'),
  };
}
