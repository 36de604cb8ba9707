// A daemon that only says what it is told to: the actions behind a control socket, with a memory of what was asked.

import type { ControlActions, Status } from '#src/control/control-actions.js';
import type { AuditEntry, LiveGrant } from '#src/store/store.js';

/** 2026-11-21 08:24:11 UTC. */
export const NOW_MS = Date.UTC(2026, 10, 21, 8, 24, 11);
const MINUTE_MS = 60_000;
/** A fuzz run asks a million times. */
const MAX_CALLS = 1000;

/** A grant of alice for four minutes; `changes` replaces fields of it. */
export function grant(changes: Partial<LiveGrant> = {}): LiveGrant {
  return {
    client: 'alice',
    address: '203.0.113.7',
    protocol: 'tcp',
    port: 22,
    sourceAddress: '203.0.113.7',
    sinceMs: NOW_MS - 6 * MINUTE_MS,
    endMs: NOW_MS + 4 * MINUTE_MS,
    ...changes,
  };
}

/** A grant without limit. */
export function unlimitedGrant(changes: Partial<LiveGrant> = {}): LiveGrant {
  const { endMs: _, ...rest } = grant({ client: 'bob', address: '2001:db8::7', protocol: 'udp', port: 51820 });
  return { ...rest, sourceAddress: '2001:db8::7', sinceMs: NOW_MS - 26 * 60 * MINUTE_MS, ...changes };
}

/** A line of the audit trail. */
export const DENIED: AuditEntry = {
  timeMs: NOW_MS,
  event: 'denied',
  client: 'alice',
  source: '203.0.113.7',
  address: 'source',
  ports: '22',
  reason: 'replay',
};

/** A daemon that is well. */
export const STATUS: Status = {
  version: '0.1.0',
  pid: 4711,
  startedMs: NOW_MS - 192 * MINUTE_MS,
  nowMs: NOW_MS,
  test: false,
  clients: 12,
  captures: [
    { interface: 'eth0', state: 'capturing', sinceMs: NOW_MS - 192 * MINUTE_MS, restarts: 0, linkType: 'ETHERNET' },
  ],
  firewall: { mode: 'guard', guarded: ['tcp/22', 'tcp/443'], restored: 0 },
  store: { writable: true },
  grants: 3,
  sources: 18,
  counts: { knocks: 18_231, opened: 12, closed: 2, replay: 3, 'port-not-allowed': 1, 'no-key-fits': 31 },
  memoryBytes: 64 * 1024 * 1024,
};

/** What was asked of it, and what it says. */
export interface FakeActions extends ControlActions {
  readonly calls: readonly unknown[][];
}

/** Actions that answer from the values above; `changes` replaces some. */
export function fakeActions(changes: Partial<ControlActions> = {}): FakeActions {
  const calls: unknown[][] = [];
  const actions: ControlActions = {
    status: () => STATUS,
    grants: () => ({ total: 2, grants: [grant(), unlimitedGrant()] }),
    revoke: () => ({ revoked: [grant()] }),
    reload: async () => [],
    audit: () => [DENIED],
    confirm: () => ({ confirmed: true }),
    ...changes,
  };
  const remembered = Object.entries(actions).map(([name, action]) => [
    name,
    (...args: unknown[]) => {
      if (calls.length < MAX_CALLS) calls.push([name, ...args]);
      return (action as (...args: unknown[]) => unknown)(...args);
    },
  ]);
  return { ...(Object.fromEntries(remembered) as ControlActions), calls };
}
