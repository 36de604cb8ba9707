// What a command takes for an answer of the daemon: another version of it, or something else altogether, may be there.
// Fields that are not known are let through.

import * as z from 'zod';
import type { AuditEntry, LiveGrant } from '../store/store.ts';
import type { ControlCommand, ControlResults, GrantList, Refusal } from './answer.ts';
import type { Status } from './control-actions.ts';

const text = z.string();
/** Milliseconds since 1970 that JavaScript can write as a date. */
const moment = z.number().min(-8.64e15).max(8.64e15);
const count = z.number();

const liveGrant: z.ZodType<LiveGrant> = z.looseObject({
  client: text,
  address: text,
  protocol: z.enum(['tcp', 'udp']),
  port: count,
  sourceAddress: text,
  sinceMs: moment,
  endMs: z.exactOptional(moment),
  target: z.exactOptional(z.looseObject({ address: text, port: count, masquerade: z.boolean() })),
});

const grantList: z.ZodType<GrantList> = z.looseObject({ total: count, grants: z.array(liveGrant) });

/** What a line of the audit trail can say: all of `AuditEntry['event']`, or nothing is built. */
export const AUDIT_EVENTS = Object.keys({
  opened: true,
  closed: true,
  forwarded: true,
  ran: true,
  denied: true,
  rejected: true,
  failed: true,
  revoked: true,
} satisfies Record<AuditEntry['event'], true>) as AuditEntry['event'][];

const auditEntry: z.ZodType<AuditEntry> = z.looseObject({
  timeMs: moment,
  event: z.enum(AUDIT_EVENTS),
  client: z.exactOptional(text),
  source: z.exactOptional(text),
  address: z.exactOptional(text),
  ports: z.exactOptional(text),
  endMs: z.exactOptional(moment),
  reason: z.exactOptional(text),
});

const status: z.ZodType<Status> = z.looseObject({
  version: text,
  pid: count,
  startedMs: moment,
  nowMs: moment,
  test: z.boolean(),
  clients: count,
  doors: z.exactOptional(count),
  captures: z.array(
    z.looseObject({
      interface: text,
      state: z.enum(['capturing', 'waiting', 'failed', 'ended']),
      sinceMs: moment,
      restarts: count,
      linkType: z.exactOptional(text),
      message: z.exactOptional(text),
      shed: z.exactOptional(z.looseObject({ passing: z.number().positive().max(1), blocked: count })),
    }),
  ),
  firewall: z.looseObject({
    mode: z.enum(['guard', 'mark']),
    guarded: z.array(text),
    restored: count,
    error: z.exactOptional(text),
    rescueEndMs: z.exactOptional(moment),
  }),
  store: z.looseObject({ writable: z.boolean(), message: z.exactOptional(text) }),
  grants: count,
  sources: count,
  counts: z.record(text, count),
  memoryBytes: count,
});

/** Of each command. */
export const RESULT_SCHEMAS: { readonly [Command in ControlCommand]: z.ZodType<ControlResults[Command]> } = {
  status,
  grants: grantList,
  revoke: grantList,
  reload: status,
  audit: z.looseObject({ entries: z.array(auditEntry) }),
  confirm: z.looseObject({ confirmed: z.literal(true) }),
};

/** Of a refusal. */
export const REFUSAL_SCHEMA: z.ZodType<Refusal> = z.looseObject({
  ok: z.literal(false),
  reason: z.enum(['request', 'configuration', 'failed', 'busy']),
  error: text,
  hint: z.exactOptional(text),
  problems: z.exactOptional(
    z.array(
      z.looseObject({
        file: z.exactOptional(text),
        path: z.exactOptional(text),
        value: z.exactOptional(text),
        expected: text,
        hint: z.exactOptional(text),
      }),
    ),
  ),
});
