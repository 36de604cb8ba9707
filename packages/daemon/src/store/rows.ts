// Rows of the store's file → values. The file may come from elsewhere or be damaged: what is not as it was written is no
// grant, and never reaches the firewall.

import { formatAddress, isClientName, tryParseAddress } from '@eightknock/codec';
import type { Row } from './database.ts';
import type { AuditEntry, LiveGrant } from './store.ts';

const EVENTS: ReadonlySet<unknown> = new Set<AuditEntry['event']>([
  'opened',
  'closed',
  'denied',
  'rejected',
  'failed',
  'revoked',
]);
/** A text of the audit trail has at most so many characters. */
export const MOST_TEXT = 200;

/** @returns undefined when the row is none that was written here */
export function readGrant(row: Row): LiveGrant | undefined {
  const { address, protocol, port, client, source, since_ms: sinceMs, end_ms: endMs } = row;
  if (!isAddress(address) || !isAddress(source) || !isPort(port) || !isTime(sinceMs)) return undefined;
  if ((protocol !== 'tcp' && protocol !== 'udp') || typeof client !== 'string' || !isClientName(client))
    return undefined;
  const grant = { address, protocol, port, client, sourceAddress: source, sinceMs } as const;
  if (endMs === null) return grant;
  return isTime(endMs) ? { ...grant, endMs } : undefined;
}

/** @returns undefined when the row is none that was written here */
export function readAuditEntry(row: Row): AuditEntry | undefined {
  const { time_ms: timeMs, event, end_ms: endMs } = row;
  if (!isTime(timeMs) || !EVENTS.has(event) || !(endMs === null || isTime(endMs))) return undefined;
  const texts: { -readonly [key in 'client' | 'source' | 'address' | 'ports' | 'reason']?: string } = {};
  for (const key of ['client', 'source', 'address', 'ports', 'reason'] as const) {
    const text = row[key];
    if (text === null) continue;
    if (typeof text !== 'string') return undefined;
    texts[key] = cutText(text);
  }
  return { timeMs, event: event as AuditEntry['event'], ...texts, ...(endMs !== null && { endMs }) };
}

/** As many characters of a text as are kept. */
export function cutText(text: string): string {
  return text.length <= MOST_TEXT ? text : `${text.slice(0, MOST_TEXT - 1)}…`;
}

function isAddress(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  const bytes = tryParseAddress(value);
  return bytes !== undefined && formatAddress(bytes) === value;
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535;
}

/** What a Date can hold. */
function isTime(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 8.64e15;
}
