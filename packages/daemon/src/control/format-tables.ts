// Grants and the audit trail as people read them: aligned columns, times in words. Pure; whatever came from a file or the
// network is escaped.

import { formatTransportPort } from '@eightknock/codec';
import { escapeControls } from '../config/show-value.ts';
import { DENIALS, REJECTIONS } from '../reasons.ts';
import type { AuditEntry, LiveGrant } from '../store/store.ts';

/** `knockdaemon grants`. @param nowMs milliseconds since 1970 */
export function formatGrants(
  { total, grants }: { readonly total: number; readonly grants: readonly LiveGrant[] },
  nowMs: number,
): string {
  if (grants.length === 0) return 'no grants\n';
  const rows = grants.map(({ client, address, protocol, port, sourceAddress, sinceMs, endMs }) => [
    client,
    formatTransportPort({ protocol, port }),
    address,
    sourceAddress === address ? '' : `by ${sourceAddress}`,
    `since ${formatMoment(sinceMs)}`,
    endMs === undefined ? 'no time limit' : `closes ${formatDistance(endMs - nowMs)}`,
  ]);
  const more = total > grants.length ? `${grants.length} of ${total} grants; --limit shows more\n` : '';
  return `${formatTable(rows)}${more}`;
}

/** `knockdaemon revoke`. */
export function formatRevoked(revoked: readonly LiveGrant[]): string {
  if (revoked.length === 0) return 'no such grant\n';
  return formatTable(
    revoked.map(({ client, address, protocol, port }) => [
      'revoked',
      client,
      formatTransportPort({ protocol, port }),
      address,
    ]),
  );
}

/** `knockdaemon audit`, the newest last, as a log reads. */
export function formatAudit(entries: readonly AuditEntry[]): string {
  if (entries.length === 0) return 'nothing yet\n';
  const words: Readonly<Record<string, string>> = { ...DENIALS, ...REJECTIONS };
  const rows = entries.map(({ timeMs, event, client = '', ports = '', address, source, endMs, reason }) => [
    formatMoment(timeMs),
    event,
    client,
    ports,
    address ?? '',
    source === undefined || source === address ? '' : `by ${source}`,
    reason !== undefined ? (words[reason] ?? reason) : endMs === undefined ? '' : `until ${formatMoment(endMs)}`,
  ]);
  return formatTable(rows.reverse());
}

/** `knockdaemon reload`, when it was taken. */
export function formatReloaded(): string {
  return 'reloaded\n';
}

/** `knockdaemon confirm`, when it was in time. */
export function formatConfirmed(): string {
  return 'confirmed: the guard stays\n';
}

/** A moment in this machine's time zone, to the second. */
export function formatMoment(ms: number): string {
  const date = new Date(ms);
  const two = (number: number) => String(number).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `in 4 min`, `in 35 s`, or `now`. */
export function formatDistance(ms: number): string {
  return ms < 1000 ? 'now' : `in ${formatDuration(ms)}`;
}

/** `35 s`, `4 min`, `3 h`, `12 d`: one unit, rounded down. */
export function formatDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}

/** Columns, two spaces between them; one that is empty in all rows is left out. */
function formatTable(rows: readonly (readonly string[])[]): string {
  const safe = rows.map((row) => row.map(escapeControls));
  const widths = (safe[0] ?? []).map((_, column) => Math.max(...safe.map((row) => (row[column] as string).length)));
  const lines = safe.map((row) => {
    const cells = row.flatMap((cell, column) => (widths[column] === 0 ? [] : [cell.padEnd(widths[column] as number)]));
    return cells.join('  ').trimEnd();
  });
  return `${lines.join('\n')}\n`;
}
