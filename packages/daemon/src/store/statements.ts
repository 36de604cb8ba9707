// The statements of the store, prepared once. Parameters stand in the order of the question marks.

import type { Database } from './database.ts';

const GRANT_COLUMNS = 'address, protocol, port, client, source, since_ms, end_ms';
const LIVES = '(end_ms IS NULL OR end_ms > ?)';
/** The longest first: no limit is longer than any. */
const LONGEST_FIRST = 'end_ms IS NULL DESC, end_ms DESC';
const AUDIT_COLUMNS = 'time_ms, event, client, source, address, ports, end_ms, reason';

/** Prepares them all. */
export function prepareStatements(database: Database) {
  const prepare = (sql: string) => database.prepare(sql);
  return {
    findClaim: prepare('SELECT 1 FROM claims WHERE window = ? AND cipher = ? AND client = ?'),
    addClaim: prepare('INSERT INTO claims (window, cipher, client) VALUES (?, ?, ?)'),
    oldestWindow: prepare('SELECT min(window) AS window FROM claims'),
    newestWindowBefore: prepare('SELECT max(window) AS window FROM claims WHERE window < ?'),
    forgetClaims: prepare('DELETE FROM claims WHERE window < ?'),
    forgottenWindow: prepare("SELECT value FROM meta WHERE key = 'forgotten_window'"),
    setForgottenWindow: prepare("UPDATE meta SET value = ? WHERE key = 'forgotten_window'"),

    addGrant: prepare(`INSERT INTO grants (${GRANT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`),
    endGrant: prepare('DELETE FROM grants WHERE address = ? AND protocol = ? AND port = ? AND client = ?'),
    findEnded: prepare('SELECT 1 FROM grants WHERE end_ms <= ? LIMIT 1'),
    forgetGrants: prepare('DELETE FROM grants WHERE end_ms <= ?'),
    shiftEnds: prepare('UPDATE grants SET end_ms = max(0, end_ms + ?) WHERE end_ms IS NOT NULL'),
    grantsOfDoor: prepare(
      `SELECT ${GRANT_COLUMNS} FROM grants WHERE address = ? AND protocol = ? AND port = ? AND ${LIVES}
       ORDER BY ${LONGEST_FIRST}`,
    ),
    allGrants: prepare(
      `SELECT ${GRANT_COLUMNS} FROM grants WHERE ${LIVES} ORDER BY address, protocol, port, ${LONGEST_FIRST}`,
    ),
    countGrants: prepare(`SELECT count(*) AS count FROM grants WHERE ${LIVES}`),
    grants: prepare(
      `SELECT ${GRANT_COLUMNS} FROM grants WHERE ${LIVES} AND (? IS NULL OR address = ?) AND (? IS NULL OR port = ?)
       AND (? IS NULL OR client = ?) ORDER BY since_ms DESC, address, protocol, port, client LIMIT ?`,
    ),

    addAudit: prepare(`INSERT INTO audit (refused, ${AUDIT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    countAudit: prepare('SELECT count(*) AS count FROM audit WHERE refused = ?'),
    forgetAudit: prepare('DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE refused = ? ORDER BY id LIMIT ?)'),
    audit: prepare(
      `SELECT ${AUDIT_COLUMNS} FROM audit WHERE (? IS NULL OR client = ?) AND (? IS NULL OR source = ? OR address = ?)
       ORDER BY id DESC LIMIT ?`,
    ),
  };
}
