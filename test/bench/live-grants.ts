// What many open doors cost: SYNs that get through the firewall in a second, and the time of one more grant, with so many elements
// in knockdaemon's set and with as many rules of iptables, as knockd leaves them.

import { setTimeout as sleep } from 'node:timers/promises';
import { FirewallProcess, GUARD_SSH, openDoor } from '../lab/firewall-process.ts';
import { startFlood } from '../lab/flood.ts';
import { type Host, Lab } from '../lab/lab.ts';
import type { Role } from './charts/chart.ts';
import { experiment } from './experiment.ts';
import { atLeast, atMost, type Findings } from './report/findings.ts';
import { count, milliseconds, percent, times } from './report/format.ts';
import { receivedPackets } from './rig/received-packets.ts';
import { median, rounded } from './statistics.ts';

const BOXES = ['nothing', 'eightknock', 'iptables'] as const;
type Box = (typeof BOXES)[number];

interface Row {
  readonly box: Box;
  readonly grants: number;
  /** SYNs that got through the firewall in a second. */
  readonly throughPerSecond: number;
  /** Packets that came to the host in a second. */
  readonly packetsPerSecond: number;
  /** Of one more grant, milliseconds; none where there is no firewall. */
  readonly oneMoreMs: readonly number[];
}

/** What is kept. */
export interface LiveGrants {
  readonly seconds: number;
  readonly rows: readonly Row[];
}

const NAMES: Readonly<Record<Box, string>> = {
  nothing: 'no firewall',
  eightknock: 'eightknock, one set',
  iptables: 'iptables, a rule each',
};
const ROLES: Readonly<Record<Box, Role>> = { nothing: 'floor', eightknock: 'ours', iptables: 'knockd' };
/** 256 ports that nobody guards: their packets go through all that there is. */
const [FIRST_PORT, LAST_PORT] = [7000, 7255];
/** Behind every firewall: counts what got through, and ends it there, so that no answer costs anything. */
const COUNTER = `
table inet counting {
  chain through {
    type filter hook input priority 300;
    tcp dport ${FIRST_PORT}-${LAST_PORT} counter drop
  }
}
`;
/** iptables takes minutes for more, and packets a millisecond each. */
const MAX_RULES = 10_000;

/** See the head of this file. */
export const liveGrants = experiment<LiveGrants>({
  name: 'live-grants',
  title: 'packets through the firewall, and one more grant, with many doors open',
  async measure(extent, say) {
    const isShort = extent === 'short';
    const [seconds, rounds] = isShort ? [0.5, 3] : [5, 50];
    const rows: Row[] = [];
    for (const grants of isShort ? [10, 100] : [10, 1000, 10_000, 100_000]) {
      for (const box of BOXES) {
        if ((box === 'nothing' && grants !== 10) || (box === 'iptables' && grants > MAX_RULES)) continue;
        say(`${NAMES[box]}, ${count(grants)} grants`);
        rows.push({ box, grants, ...(await inLab(box, grants, seconds, rounds)) });
      }
    }
    return { seconds, rows };
  },
  findings,
});

async function inLab(box: Box, grants: number, seconds: number, rounds: number) {
  const lab = await Lab.open();
  try {
    const [server, third] = [await lab.addHost('server', 1), await lab.addHost('third', 3)];
    const oneMore = await SET_UPS[box](server, grants);
    const oneMoreMs: number[] = [];
    for (let round = 0; oneMore && round < rounds; round++) oneMoreMs.push(rounded(await oneMore()));
    await server.nft(COUNTER);
    await startFlood(third, server, 'spread', seconds + 5, 0, { port: FIRST_PORT });
    await sleep(500);
    const [through, came, began] = [await counted(server), await receivedPackets(server), performance.now()];
    await sleep(seconds * 1000);
    const passed = (performance.now() - began) / 1000;
    const perSecond = (packets: number) => Math.round(packets / passed);
    const throughPerSecond = perSecond((await counted(server)) - through);
    return { throughPerSecond, packetsPerSecond: perSecond((await receivedPackets(server)) - came), oneMoreMs };
  } finally {
    await lab.close();
  }
}

/** Puts so many grants in place. @returns how to add one more, which says how long that took, milliseconds */
type SetUpBox = (server: Host, grants: number) => Promise<(() => Promise<number>) | undefined>;

const SET_UPS: Readonly<Record<Box, SetUpBox>> = {
  nothing: async () => undefined,
  eightknock: async (server, grants) => {
    const firewall = await FirewallProcess.start(server);
    await firewall.call('installMany', GUARD_SSH, grants);
    return () => firewall.call('apply', [openDoor('192.0.2.1', { remainingMs: 60_000 })]);
  },
  iptables: async (server, grants) => {
    const rules = Array.from({ length: grants }, (_, i) => {
      return `-A INPUT -s 10.${i >> 16}.${(i >> 8) & 255}.${i & 255}/32 -p tcp --dport 22 -j ACCEPT`;
    });
    const established = '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT';
    const input = `*filter\n:INPUT ACCEPT [0:0]\n${established}\n${rules.join('\n')}\n-A INPUT -p tcp --dport 22 -j DROP\nCOMMIT\n`;
    await server.mustRun('/usr/sbin/iptables-restore', [], { input });
    const insert = ['-I', 'INPUT', '-s', '192.0.2.1', '-p', 'tcp', '--dport', '22', '-j', 'ACCEPT'];
    return async () => {
      const start = performance.now();
      await server.mustRun('/usr/sbin/iptables', insert);
      return performance.now() - start;
    };
  },
};

async function counted(server: Host): Promise<number> {
  const list = await server.mustRun('/usr/sbin/nft', ['list', 'chain', 'inet', 'counting', 'through']);
  return Number(/counter packets (\d+)/.exec(list)?.[1]);
}

function findings({ seconds, rows }: LiveGrants): Findings {
  const through = (box: Box, grants: number) =>
    rows.find((row) => row.box === box && row.grants === grants)?.throughPerSecond ?? Number.NaN;
  const ours = rows.filter((row) => row.box === 'eightknock');
  const [fewest, most] = [ours[0], ours.at(-1)];
  const perBox = (box: Box) => rows.filter((row) => row.box === box);
  const grantCounts = [...new Set(rows.map((row) => row.grants))];
  return {
    targets: [
      atLeast(
        `SYNs with ${count(most?.grants ?? 0)} grants beside those with ${count(fewest?.grants ?? 0)}`,
        (most?.throughPerSecond ?? Number.NaN) / (fewest?.throughPerSecond ?? Number.NaN),
        0.9,
        percent,
      ),
      atLeast(
        `SYNs with 10,000 grants beside iptables`,
        through('eightknock', MAX_RULES) / through('iptables', MAX_RULES),
        30,
        times,
      ),
      atMost(
        `time of one more grant with ${count(most?.grants ?? 0)} beside that with ${count(fewest?.grants ?? 0)}`,
        median(most?.oneMoreMs ?? []) / median(fewest?.oneMoreMs ?? []),
        2,
        times,
      ),
    ],
    tables: [
      {
        title: `SYNs of made-up sources to ports that nobody guards, for ${seconds} s; one more grant: the median`,
        head: ['', 'grants', 'SYN/s that came', 'got through', 'beside iptables', 'one more grant'],
        rows: rows.map(({ box, grants, packetsPerSecond, throughPerSecond, oneMoreMs }) => [
          NAMES[box],
          box === 'nothing' ? '' : count(grants),
          count(packetsPerSecond),
          count(throughPerSecond),
          times(throughPerSecond / through('iptables', grants)),
          milliseconds(median(oneMoreMs)),
        ]),
      },
    ],
    figures: [
      {
        name: 'live-grants',
        chart: {
          kind: 'lines',
          title: 'SYNs through the firewall with many doors open',
          x: { label: 'live grants, logarithmic', scale: 'log' },
          y: { label: 'SYNs per second, logarithmic', scale: 'log' },
          series: BOXES.map((box) => ({
            label: NAMES[box],
            role: ROLES[box],
            dashed: box === 'nothing',
            plain: box === 'nothing',
            points:
              box === 'nothing'
                ? grantCounts.map((grants) => [grants, through('nothing', 10)] as const)
                : perBox(box).map(({ grants, throughPerSecond }) => [grants, throughPerSecond] as const),
          })),
        },
      },
      {
        name: 'one-more-grant',
        chart: {
          kind: 'lines',
          title: 'The time of one more grant with many doors open',
          x: { label: 'live grants, logarithmic', scale: 'log' },
          y: { label: 'milliseconds, logarithmic', scale: 'log' },
          series: (['eightknock', 'iptables'] as const).map((box) => ({
            label: NAMES[box],
            role: ROLES[box],
            points: perBox(box).map(({ grants, oneMoreMs }) => [grants, median(oneMoreMs)]),
          })),
        },
      },
    ],
  };
}
