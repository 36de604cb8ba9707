// Rows of the store's file ↔ values. The file may come from elsewhere or be damaged: what is not as it was written is no
// grant, and never reaches the firewall.

import { crc32 } from 'node:zlib';
import { BLOCK_BYTES, formatAddress, tryParseAddress } from '@eightknock/codec';
import { isGrantee } from '../authorise/door-client.ts';
import type { Argv, ForwardTarget } from '../config/door-config.ts';
import type { Row, Value } from './database.ts';
import type { AuditEntry, Claim, LiveGrant, PendingStop } from './store.ts';

const EVENTS: ReadonlySet<unknown> = new Set<AuditEntry['event']>([
  'opened',
  'closed',
  'forwarded',
  'ran',
  'denied',
  'rejected',
  'failed',
  'revoked',
]);
const TEXTS = ['client', 'source', 'address', 'ports', 'reason'] as const;
/** The most characters of a text of the audit trail. */
export const MAX_TEXT = 200;
/** What a Date can hold. */
const MAX_TIME_MS = 8.64e15;

/** @returns window, cipher, client, sum */
export function claimValues({ window, cipher, client }: Pick<Claim, 'window' | 'cipher' | 'client'>): Value[] {
  return [window, cipher, client, claimSum(window, Buffer.from(cipher).toString('hex').toUpperCase(), client)];
}

/** The claims of a window in one text, which is read six times as fast as a row for each: for {@link countClaims}. */
export const CLAIMS_AS_TEXT = "group_concat(hex(cipher) || '/' || client || '/' || sum)";

/** @returns how many in the text are claims that were written here */
export function countClaims(window: unknown, text: unknown): number {
  if (!isTime(window) || typeof text !== 'string') return 0;
  let count = 0;
  for (const claim of text.split(',')) {
    const [cipher = '', client = '', sum, ...more] = claim.split('/');
    if (cipher.length !== 2 * BLOCK_BYTES || !isGrantee(client) || more.length > 0) continue;
    if (String(claimSum(window, cipher, client)) === sum) count++;
  }
  return count;
}

function claimSum(window: number, cipherHex: string, client: string): number {
  return sumOf([window, cipherHex, client]);
}

/** @returns address, protocol, port, client, source, since_ms, end_ms, target, sum */
export function grantValues(grant: LiveGrant): Value[] {
  const { address, protocol, port, client, sourceAddress, sinceMs, endMs = null, target } = grant;
  const values = [address, protocol, port, client, sourceAddress, sinceMs, endMs];
  const written = target ? JSON.stringify([target.address, target.port, target.masquerade]) : null;
  return [...values, written, sumOf(withTarget(values, written))];
}

/** A grant in one text, which is read twice as fast as its columns: for {@link readGrant}. */
export const GRANT_AS_TEXT = 'json_array(address, protocol, port, client, source, since_ms, end_ms, target, sum)';

/** @returns undefined when the text is none of a row that was written here */
export function readGrant(text: unknown): LiveGrant | undefined {
  const [address, protocol, port, client, source, sinceMs, endMs, written, sum] = arrayOf(text);
  if (!isAddress(address) || !(source === address || isAddress(source)) || !isPort(port) || !isTime(sinceMs))
    return undefined;
  if (!isProtocol(protocol) || typeof client !== 'string' || !isGrantee(client)) return undefined;
  if (endMs !== null && !isTime(endMs)) return undefined;
  const values = [address, protocol, port, client, source, sinceMs, endMs];
  if (sumOf(withTarget(values, written)) !== sum) return undefined;
  const grant = { address, protocol, port, client, sourceAddress: source, sinceMs, ...(endMs !== null && { endMs }) };
  if (written === null) return grant;
  const target = readTarget(written, address);
  return target && { ...grant, target };
}

/** Rows without one are as they were before there were any. */
function withTarget(values: readonly unknown[], written: unknown): readonly unknown[] {
  return written === null ? values : [...values, written];
}

/** @returns undefined when it is none, or of the other family */
function readTarget(text: unknown, source: string): ForwardTarget | undefined {
  const [address, port, masquerade] = arrayOf(text);
  if (!isAddress(address) || !isPort(port) || typeof masquerade !== 'boolean') return undefined;
  return address.includes(':') === source.includes(':') ? { address, port, masquerade } : undefined;
}

function arrayOf(text: unknown): readonly unknown[] {
  try {
    const values: unknown = JSON.parse(String(text));
    return Array.isArray(values) ? values : [];
  } catch {
    return [];
  }
}

/** @returns refused, id, time_ms, event, client, source, address, ports, end_ms, reason, sum */
export function auditValues(id: number, entry: AuditEntry): Value[] {
  const { timeMs, event, endMs } = entry;
  const [client, source, address, ports, reason] = TEXTS.map((key) => cutText(entry[key]));
  const end = endMs === undefined ? null : wholeTime(endMs);
  const texts = [client, source, address, ports].map((text) => text ?? null);
  const values = [classOf(event), id, wholeTime(timeMs), event, ...texts, end, reason ?? null];
  return [...values, sumOf(values)];
}

/** @returns undefined when the row is none that was written here */
export function readAuditEntry(row: Row): AuditEntry | undefined {
  const { refused, id, time_ms: timeMs, event, end_ms: endMs, client, source, address, ports, reason, sum } = row;
  if (!isTime(timeMs) || !isEvent(event) || !(endMs === null || isTime(endMs))) return undefined;
  const texts: { -readonly [key in (typeof TEXTS)[number]]?: string } = {};
  for (const key of TEXTS) {
    const text = row[key];
    if (text === null) continue;
    if (typeof text !== 'string' || text.length > MAX_TEXT) return undefined;
    texts[key] = text;
  }
  const values = [refused, id, timeMs, event, client, source, address, ports, endMs, reason];
  if (sumOf(values) !== sum) return undefined;
  return { timeMs, event, ...texts, ...(endMs !== null && { endMs }) };
}

/** What strangers can cause is bounded apart. @returns 1: it was refused */
export function classOf(event: AuditEntry['event']): 0 | 1 {
  return event === 'denied' || event === 'rejected' ? 1 : 0;
}

/** @returns id, forgotten_window, sum */
export function memoryValues(forgottenWindow: number): Value[] {
  return [1, forgottenWindow, sumOf(['forgotten', forgottenWindow])];
}

/** @returns the newest window that is forgotten; undefined when the row is none that was written here */
export function readForgottenWindow(row: Row | undefined): number | undefined {
  const window = row?.forgotten_window;
  if (!Number.isSafeInteger(window)) return undefined;
  return memoryValues(window as number)[2] === row?.sum ? (window as number) : undefined;
}

/** @returns id, due_ms, job, sum */
export function stopValues({ id, dueMs, ...job }: PendingStop): Value[] {
  const values = [id, dueMs, JSON.stringify(job)];
  return [...values, sumOf(values)];
}

/** @returns undefined when the row is none that was written here */
export function readStop({ id, due_ms: dueMs, job, sum }: Row): PendingStop | undefined {
  if (sumOf([id, dueMs, job]) !== sum || !Number.isSafeInteger(id) || !isTime(dueMs)) return undefined;
  const { door, client, address, sinceMs, argv, user, timeoutSeconds } = objectOf(job);
  if (!isText(door) || !isText(client) || !isAddress(address) || !isTime(sinceMs) || !isText(user)) return undefined;
  if (!Array.isArray(argv) || argv.length === 0 || !argv.every(isText) || !isTime(timeoutSeconds)) return undefined;
  return {
    id: id as number,
    dueMs,
    door,
    client,
    address,
    sinceMs,
    argv: argv as unknown as Argv,
    user,
    timeoutSeconds,
  };
}

function objectOf(text: unknown): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** As many characters of a text as are kept; half characters, which no file can hold, are replaced. */
function cutText(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  return Buffer.from(text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`).toString();
}

/** A time as the file can hold it. */
export function wholeTime(timeMs: number): number {
  return Math.min(Math.max(Math.round(timeMs), 0), MAX_TIME_MS);
}

/** Against damage, not against those who can write the file: they could as well knock. */
function sumOf(values: readonly unknown[]): number {
  return crc32(JSON.stringify(values));
}

function isEvent(value: unknown): value is AuditEntry['event'] {
  return EVENTS.has(value);
}

/** As `formatAddress` writes an IPv4 address: told without taking it apart, for there may be many. */
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

function isAddress(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  if (IPV4.test(value)) return true;
  const bytes = tryParseAddress(value);
  return bytes !== undefined && formatAddress(bytes) === value;
}

function isProtocol(value: unknown): value is LiveGrant['protocol'] {
  return value === 'tcp' || value === 'udp';
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535;
}

function isTime(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_TIME_MS;
}
