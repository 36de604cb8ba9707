// How long a change of the firewall takes, with few and with many doors open.

import { FirewallProcess, GUARD_SSH, openDoor } from '../lab/firewall-process.ts';
import { Lab } from '../lab/lab.ts';
import { experiment } from './experiment.ts';
import { atMost, type Findings } from './report/findings.ts';
import { count, milliseconds, times } from './report/format.ts';
import { median, rounded } from './statistics.ts';

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

/** See the head of this file. */
export const firewallChanges = experiment<readonly FirewallChanges[]>({
  name: 'firewall-changes',
  title: 'a change of the firewall, with many doors open',
  measure: (extent) =>
    extent === 'short'
      ? measureFirewallChanges([10, 1000], 5)
      : measureFirewallChanges([10, 1000, 10_000, 100_000], 100),
  findings,
});

function findings(rows: readonly FirewallChanges[]): Findings {
  const [fewest, most] = [rows[0], rows.at(-1)];
  return {
    targets: [
      atMost(
        `one more door with ${count(most?.doors ?? 0)} open, beside ${count(fewest?.doors ?? 0)}`,
        (most?.apply ?? Number.NaN) / (fewest?.apply ?? Number.NaN),
        2,
        times,
      ),
    ],
    tables: [
      {
        title: 'The whole table put in place, put in place again, and one more door (the median)',
        head: ['doors', 'put in place', 'again', 'one more'],
        rows: rows.map(({ doors, install, again, apply }) => [
          count(doors),
          milliseconds(install),
          milliseconds(again),
          milliseconds(apply),
        ]),
      },
    ],
    figures: [
      {
        name: 'firewall-changes',
        chart: {
          kind: 'lines',
          title: 'A change of the firewall with many doors open',
          x: { label: 'doors, logarithmic', scale: 'log' },
          y: { label: 'milliseconds, logarithmic', scale: 'log' },
          series: [
            { label: 'put in place', role: 'ours-too', points: rows.map(({ doors, install }) => [doors, install]) },
            { label: 'one more door', role: 'ours', points: rows.map(({ doors, apply }) => [doors, apply]) },
          ],
        },
      },
    ],
  };
}

/** Measures with each number of doors. */
async function measureFirewallChanges(counts: readonly number[], rounds: number): Promise<FirewallChanges[]> {
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
      rows.push({ doors, install: rounded(install), again: rounded(again), apply: rounded(median(applied)) });
      await firewall.call('remove');
      await firewall.background.stop('SIGKILL');
    }
    return rows;
  } finally {
    await lab.close();
  }
}
