// A configuration as it is where nothing is said but what has to be: nobody may do anything.

import type { Config } from '#src/config/config.js';

/** With these keys in place of the usual ones. */
export function configOf(changes: Partial<Config> = {}): Config {
  return {
    serverId: 'gw',
    basePort: 745,
    interfaces: ['any'],
    source: { kind: 'pcap' },
    sequenceTimeoutMs: 10_000,
    stateDir: '/var/lib/knockdaemon',
    controlSocket: '/run/knockdaemon/control.sock',
    firewall: { mode: 'guard', closed: 'drop', mark: 0x745, guard: [] },
    doors: [],
    clients: [],
    ...changes,
  };
}
