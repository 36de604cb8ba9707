// A status for tests of the metrics.

import type { Status } from '#src/control/control-actions.js';

/** How a daemon might stand. */
export const STATUS: Status = {
  version: '0.1.0',
  pid: 1,
  startedMs: 1_800_000_000_500,
  nowMs: 1_800_000_060_000,
  test: false,
  clients: 3,
  captures: [
    { interface: 'eth0', state: 'capturing', sinceMs: 1_800_000_001_000, restarts: 2, linkType: 'ETHERNET' },
    { interface: 'wg0', state: 'waiting', sinceMs: 1_800_000_001_000, restarts: 0 },
  ],
  firewall: { mode: 'guard', guarded: ['tcp/22'], restored: 4 },
  store: { writable: true },
  grants: 5,
  sources: 7,
  counts: {},
  memoryBytes: 50_000_000,
};
