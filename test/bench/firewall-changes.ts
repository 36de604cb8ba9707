// How long a change of the firewall takes, with few and with many doors open.

import { FirewallProcess, GUARD_SSH, openDoor } from '../lab/firewall-process.ts';
import { Lab } from '../lab/lab.ts';
import { median } from './statistics.ts';

/** Milliseconds, with so many doors open. */
export interface FirewallChanges {
  readonly doors: number;
  /** To put the table in place where there is none. */
  readonly install: number;
  /** To put it in place again. */
  readonly again: number;
  /** To open one more door; the median. */
  readonly apply: number;
}

/** Measures with each number of doors. */
export async function measureFirewallChanges(counts: readonly number[], rounds: number): Promise<FirewallChanges[]> {
  const lab = await Lab.open();
  try {
    const server = await lab.addHost('server', 1);
    const rows: FirewallChanges[] = [];
    for (const doors of counts) {
      const firewall = await FirewallProcess.start(server);
      await firewall.call('watch', true);
      const install = await firewall.call('installMany', GUARD_SSH, doors);
      const again = await firewall.call('installMany', GUARD_SSH, doors);
      const applied: number[] = [];
      for (let round = 0; round < rounds; round++) {
        applied.push(await firewall.call('apply', [openDoor('192.0.2.1', { remainingMs: 60_000 })]));
      }
      rows.push({ doors, install, again, apply: median(applied) });
      await firewall.call('remove');
      await firewall.background.stop('SIGKILL');
    }
    return rows;
  } finally {
    await lab.close();
  }
}
