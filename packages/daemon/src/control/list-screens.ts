// Grants and lines of the audit trail as a person reads them: aligned tables, the newest first. Pure.

import { formatTransportPort } from '@eightknock/codec';
import { DENIALS, REJECTIONS } from '../reasons.ts';
import type { AuditEntry, LiveGrant } from '../store/store.ts';
import type { GrantList } from './answer.ts';
import { formatDistance, formatLocalTime, formatMomentNear } from './local-time.ts';
import type { Paint, Style } from './paint.ts';
import { type Cell, layOut } from './text-table.ts';

/** Where nothing is to be said. */
const NOTHING = '-';

/**
 * Grants as a table, and how many there are.
 * @param nowMs milliseconds since 1970: what "in 4 min" counts from
 */
export function formatGrants({ total, grants }: GrantList, nowMs: number, paint: Paint): string {
  if (total === 0) return 'no grants\n';
  const cut = grants.length < total ? `; the ${grants.length} newest are shown, --limit shows more` : '';
  return `${grantTable(grants, nowMs, paint)}\n${total} ${total === 1 ? 'grant' : 'grants'}${cut}\n`;
}

/** The grants that were ended, at least one. */
export function formatRevoked({ total, grants }: GrantList, nowMs: number, paint: Paint): string {
  const cut = grants.length < total ? `; the ${grants.length} newest are shown` : '';
  return `${grantTable(grants, nowMs, paint)}\nrevoked ${total} ${total === 1 ? 'grant' : 'grants'}${cut}\n`;
}

function grantTable(grants: readonly LiveGrant[], nowMs: number, paint: Paint): string {
  const header = headerOf(['CLIENT', 'ADDRESS', 'PORT', 'OPEN UNTIL', 'SINCE', 'KNOCKED FROM']);
  const rows = grants.map((grant): Cell[] => {
    const { client, address, endMs, sinceMs, sourceAddress } = grant;
    const until: Cell =
      endMs === undefined ? { text: 'no time limit', style: 'yellow' } : formatMomentNear(endMs, nowMs);
    const from = sourceAddress === address ? '' : sourceAddress;
    return [client, address, formatTransportPort(grant), until, formatDistance(sinceMs, nowMs), from];
  });
  // The last column is for those who knocked for somebody else: most often there are none.
  const hasOthers = grants.some(({ address, sourceAddress }) => sourceAddress !== address);
  return layOut([hasOthers ? header : header.slice(0, -1), ...rows], paint);
}

const EVENT_STYLES: Readonly<Record<AuditEntry['event'], Style>> = {
  opened: 'green',
  closed: 'gray',
  ran: 'green',
  denied: 'yellow',
  rejected: 'yellow',
  failed: 'red',
  revoked: 'yellow',
};

const REASONS: Readonly<Record<string, string>> = { ...DENIALS, ...REJECTIONS };

/** Lines of the audit trail as a table. */
export function formatAudit(entries: readonly AuditEntry[], paint: Paint): string {
  if (entries.length === 0) return 'nothing in the audit trail\n';
  const header = headerOf(['TIME', 'EVENT', 'CLIENT', 'FROM', 'FOR', 'PORTS', 'UNTIL, OR WHY']);
  const rows = entries.map((entry): Cell[] => {
    const { timeMs, event, client = NOTHING, source = NOTHING, address = NOTHING, ports = NOTHING } = entry;
    return [
      formatLocalTime(timeMs),
      { text: event, style: EVENT_STYLES[event] },
      client,
      source,
      address,
      ports,
      tailOf(entry),
    ];
  });
  return layOut([header, ...rows], paint);
}

function tailOf({ event, endMs, reason }: AuditEntry): string {
  if (reason !== undefined) return Object.hasOwn(REASONS, reason) ? (REASONS[reason] as string) : reason;
  if (event !== 'opened') return '';
  return endMs === undefined ? 'no time limit' : formatLocalTime(endMs);
}

function headerOf(names: readonly string[]): Cell[] {
  return names.map((text) => ({ text, style: 'gray' }));
}
