// What a packet of a flood costs: CPU time of knockdaemon's two processes, in the program and in the kernel, with few and with many
// sources seen, beside a bare capture loop, which nobody who captures in Node can go below, and Debian's knockd.

import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startFlood } from '../lab/flood.ts';
import { type Host, Lab } from '../lab/lab.ts';
import type { Background } from '../lab/run.ts';
import { until } from '../lab/until.ts';
import type { Role } from './charts/chart.ts';
import { experiment } from './experiment.ts';
import { atMost, type Findings } from './report/findings.ts';
import { count, microseconds, times } from './report/format.ts';
import { startEightknock, startKnockd } from './rig/daemons.ts';
import { type ProcessUse, type TreeUse, treeUse } from './rig/process-use.ts';
import { receivedPackets } from './rig/received-packets.ts';
import { rounded } from './statistics.ts';

const SUBJECTS = ['eightknock', 'bare', 'knockd'] as const;
type Subject = (typeof SUBJECTS)[number];

/** Microseconds for each packet that came. */
interface Cost {
  readonly all: number;
  readonly user: number;
  readonly system: number;
}

interface Row {
  readonly subject: Subject;
  readonly sources: number;
  readonly wantedPerSecond: number;
  readonly packetsPerSecond: number;
  readonly parent: Cost;
  readonly children: Cost;
}

/** What is kept. */
export interface PacketCost {
  readonly seconds: number;
  readonly rows: readonly Row[];
}

const NAMES: Readonly<Record<Subject, string>> = {
  eightknock: 'eightknock',
  bare: 'bare capture loop in Node',
  knockd: 'knockd',
};
const ROLES: Readonly<Record<Subject, Role>> = { eightknock: 'ours', bare: 'floor', knockd: 'knockd' };
const BARE_CAPTURE = fileURLToPath(new URL('rig/bare-capture.js', import.meta.url));
const TARGET_MICROSECONDS = 4;
/** So long Node goes on compiling what is used most: see state-floods. */
const WARM_UP_SECONDS = 15;
/** From the fewest sources to the most. */
const MAX_GROWTH = 1.25;

const START: Readonly<Record<Subject, (lab: Lab, server: Host) => Promise<Background>>> = {
  eightknock: async (lab, server) => (await startEightknock(lab, server)).background,
  bare: async (_, server) => {
    const background = server.start(process.execPath, [BARE_CAPTURE, 'eth0']);
    await until('it captures', () => background.stdout.includes('ETHERNET'));
    return background;
  },
  knockd: async (lab, server) => (await startKnockd(lab, server, '/bin/true %IP%')).background,
};

/** See the head of this file. */
export const packetCost = experiment<PacketCost>({
  name: 'packet-cost',
  title: 'CPU time for each packet of a flood',
  async measure(extent, say) {
    const isShort = extent === 'short';
    const seconds = isShort ? 1 : 10;
    const rows: Row[] = [];
    for (const wantedPerSecond of isShort ? [20_000] : [20_000, 50_000]) {
      for (const sources of isShort ? [1000] : [1, 1000, 1_000_000]) {
        for (const subject of SUBJECTS) {
          say(`${NAMES[subject]}, ${count(wantedPerSecond)} packets/s of ${sourcesText(sources)}`);
          const flood = { sources, wantedPerSecond, seconds, warmUp: !isShort };
          rows.push({ subject, sources, wantedPerSecond, ...(await costOf(START[subject], flood)) });
        }
      }
    }
    return { seconds, rows };
  },
  findings,
});

interface Flood {
  readonly sources: number;
  readonly wantedPerSecond: number;
  readonly seconds: number;
  /** All sources have been seen, and code is compiled, before it is measured. */
  readonly warmUp: boolean;
}

async function costOf(start: (lab: Lab, server: Host) => Promise<Background>, flood: Flood) {
  const lab = await Lab.open();
  try {
    const [server, third] = [await lab.addHost('server', 1), await lab.addHost('third', 3)];
    const pid = (await start(lab, server)).child.pid as number;
    const { sources, wantedPerSecond, seconds, warmUp } = flood;
    const before = warmUp ? Math.max(WARM_UP_SECONDS, sources / wantedPerSecond) : 0.2;
    await startFlood(third, server, 'spread', before + seconds + 5, wantedPerSecond, { sources });
    await sleep(before * 1000);
    const [first, packets, began] = [treeUse(pid), await receivedPackets(server), performance.now()];
    await sleep(seconds * 1000);
    const [last, came] = [treeUse(pid), (await receivedPackets(server)) - packets];
    const packetsPerSecond = Math.round((came * 1000) / (performance.now() - began));
    const of = (which: keyof TreeUse) => perPacket(first[which], last[which], came);
    return { packetsPerSecond, parent: of('parent'), children: of('children') };
  } finally {
    await lab.close();
  }
}

function perPacket(before: ProcessUse, after: ProcessUse, packets: number): Cost {
  return {
    all: rounded(((after.cpuSeconds - before.cpuSeconds) * 1e6) / packets),
    user: rounded(((after.userSeconds - before.userSeconds) * 1e6) / packets),
    system: rounded(((after.systemSeconds - before.systemSeconds) * 1e6) / packets),
  };
}

function all({ parent, children }: Row): number {
  return parent.all + children.all;
}

function sourcesText(sources: number): string {
  return sources === 1 ? 'one source' : `${count(sources)} sources`;
}

function findings({ rows }: PacketCost): Findings {
  const rates = [...new Set(rows.map((row) => row.wantedPerSecond))];
  const ours = (rate: number) => rows.filter((row) => row.subject === 'eightknock' && row.wantedPerSecond === rate);
  const find = (like: Row, subject: Subject) =>
    rows.find(
      (row) => row.subject === subject && row.sources === like.sources && row.wantedPerSecond === like.wantedPerSecond,
    );
  const beside = (row: Row, subject: Subject) => {
    const other = find(row, subject);
    return times(other ? all(row) / all(other) : Number.NaN);
  };
  return {
    targets: rates.flatMap((rate) => {
      const costs = ours(rate).map(all);
      const growth = costs.length > 1 ? (costs.at(-1) as number) / (costs[0] as number) : Number.NaN;
      const at = `at ${count(rate)} packets/s`;
      return [
        atMost(`CPU for a packet, the dearest case ${at}`, Math.max(...costs), TARGET_MICROSECONDS, microseconds),
        atMost(`the most sources beside the fewest ${at}`, growth, MAX_GROWTH, times),
      ];
    }),
    tables: [
      {
        title: 'CPU time for each packet, µs: of the daemon that decides, and of the process that captures',
        head: [
          '',
          'sources',
          'packets/s',
          'daemon: user',
          'system',
          'capture: user',
          'system',
          'all',
          'beside the loop',
          'beside knockd',
        ],
        rows: rows.map((row) => {
          const single = row.subject !== 'eightknock';
          const [daemon, capture] = single ? [undefined, row.parent] : [row.parent, row.children];
          const cells = [daemon?.user, daemon?.system, capture.user, capture.system];
          return [
            NAMES[row.subject],
            count(row.sources),
            count(row.packetsPerSecond),
            ...cells.map((cell) => (cell === undefined ? '' : cell.toFixed(2))),
            all(row).toFixed(2),
            beside(row, 'bare'),
            beside(row, 'knockd'),
          ];
        }),
      },
    ],
    figures: [
      {
        name: 'packet-cost',
        chart: {
          kind: 'bars',
          title: 'CPU time for each packet of a flood',
          axis: {
            label: 'microseconds, all processes, user and system',
            scale: 'linear',
          },
          limits: [{ value: TARGET_MICROSECONDS, label: 'target' }],
          groups: rates.flatMap((rate) =>
            ours(rate).map(({ sources }) => ({
              label: `${count(rate)} packets/s of ${sourcesText(sources)}`,
              bars: rows
                .filter((row) => row.wantedPerSecond === rate && row.sources === sources)
                .map((row) => ({
                  label: NAMES[row.subject],
                  role: ROLES[row.subject],
                  value: all(row),
                  text: microseconds(all(row)),
                })),
            })),
          ),
        },
      },
    ],
  };
}
