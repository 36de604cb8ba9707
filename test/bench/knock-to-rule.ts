// How long from the last knock to the rule in the kernel, while nothing else happens and in the middle of a flood: knockdaemon beside
// Debian's knockd and fwknopd, same hosts, same sender, same clock.

import { encodeSequence } from '@eightknock/codec';
import { makePacket } from '../interop/fwknop-client.ts';
import { SERVER_ID } from '../lab/daemon-process.ts';
import type { Role } from './charts/chart.ts';
import { experiment } from './experiment.ts';
import { atMost, type Findings } from './report/findings.ts';
import { count, milliseconds, times } from './report/format.ts';
import {
  acceptRule,
  ELEMENT_ADDED,
  KNOCKD_PORTS,
  manyClients,
  SPA_KEY,
  spaDoor,
  spaWish,
  startEightknock,
  startFwknopd,
  startKnockd,
} from './rig/daemons.ts';
import { type Latency, measureLatency, type SetUp } from './rig/knock-latency.ts';
import { cumulative, median, percentile } from './statistics.ts';

/** Who is measured. */
const SUBJECTS = ['eightknock', 'eightknock-spa', 'knockd', 'fwknopd'] as const;
type Subject = (typeof SUBJECTS)[number];
const LOADS = ['idle', 'junk'] as const;
type Load = (typeof LOADS)[number];

/** What is kept. */
export interface KnockToRule {
  readonly rounds: number;
  readonly clients: number;
  /** In the order in which they were measured. */
  readonly rows: readonly ({ readonly subject: Subject; readonly load: Load } & Latency)[];
}

const CLIENTS = 10;
const JUNK_PER_SECOND = 10_000;
const NAMES: Readonly<Record<Subject, string>> = {
  eightknock: 'eightknock',
  'eightknock-spa': 'eightknock, single packet',
  knockd: 'knockd',
  fwknopd: 'fwknopd',
};
const ROLES: Readonly<Record<Subject, Role>> = {
  eightknock: 'ours',
  'eightknock-spa': 'ours-too',
  knockd: 'knockd',
  fwknopd: 'fwknopd',
};
const LOAD_NAMES: Readonly<Record<Load, string>> = {
  idle: 'nothing else happens',
  junk: `${count(JUNK_PER_SECOND)} junk packets/s`,
};

/** Knockdaemon with so many clients, each of whom knocks in turn. */
export function eightknockKnocks(clientCount: number): SetUp {
  return async (lab, server, client) => {
    const clients = manyClients(clientCount);
    await startEightknock(lab, server, { clients });
    return eightknockRequest(clients, client.ipv4);
  };
}

/** The request of a round, each another one than all others of half a minute. */
export function eightknockRequest(clients: readonly { readonly secret: Uint8Array }[], address: string) {
  return (round: number) => {
    // A prime, so that with many clients they are not always the first.
    const { secret } = clients[(round * 7919) % clients.length] as (typeof clients)[number];
    const request = { address, port: 22, time: 1 + (round % 100) };
    const { ports } = encodeSequence({ secret, serverId: SERVER_ID }, request, Date.now() / 1000, round % 16);
    return { packets: { tcp: ports }, rule: ELEMENT_ADDED };
  };
}

const knockdKnocks: SetUp = async (lab, server, client) => {
  await startKnockd(lab, server);
  return () => ({ packets: { tcp: KNOCKD_PORTS }, rule: acceptRule(client, 'INPUT') });
};

/** fwknop's own packets, made before and sent by our sender. */
function spaPackets(start: SetUp): SetUp {
  return async (lab, server, client) => {
    const rule = await start(lab, server, client);
    return async (round) => {
      const { packet } = await makePacket(SPA_KEY, 'text', spaWish(round, client));
      return { ...(await rule(round)), packets: { udp: 62_201, text: packet } };
    };
  };
}

const ONE_PACKET = { packets: { udp: 62_201, text: '' } };

const SET_UPS: Readonly<Record<Subject, SetUp>> = {
  eightknock: eightknockKnocks(CLIENTS),
  'eightknock-spa': spaPackets(async (lab, server) => {
    await startEightknock(lab, server, { clients: [], tables: spaDoor() });
    return () => ({ ...ONE_PACKET, rule: ELEMENT_ADDED });
  }),
  knockd: knockdKnocks,
  fwknopd: spaPackets(async (lab, server, client) => {
    await startFwknopd(lab, server);
    return () => ({ ...ONE_PACKET, rule: acceptRule(client, 'FWKNOP_INPUT') });
  }),
};

/** See the head of this file. */
export const knockToRule = experiment<KnockToRule>({
  name: 'knock-to-rule',
  title: 'from the last knock to the rule in the kernel',
  async measure(extent, say) {
    const rounds = extent === 'short' ? 2 : 200;
    const rows: KnockToRule['rows'][number][] = [];
    for (const load of LOADS) {
      for (const subject of SUBJECTS) {
        say(`${NAMES[subject]}, ${LOAD_NAMES[load]}`);
        const latency = await measureLatency(SET_UPS[subject], rounds, load === 'junk' ? JUNK_PER_SECOND : 0);
        rows.push({ subject, load, ...latency });
      }
    }
    return { rounds, clients: CLIENTS, rows };
  },
  findings,
});

function findings({ rounds, clients, rows }: KnockToRule): Findings {
  const of = (subject: Subject, load: Load) =>
    rows.find((row) => row.subject === subject && row.load === load)?.ms ?? [];
  const middle = (subject: Subject, load: Load) => median(of(subject, load));
  const part = (peer: Subject) => middle('eightknock', 'idle') / middle(peer, 'idle');
  return {
    targets: [
      atMost('median beside that of knockd', part('knockd'), 0.1, times),
      atMost('median beside that of fwknopd', part('fwknopd'), 0.1, times),
      atMost(
        'single packet: median beside that of fwknopd',
        middle('eightknock-spa', 'idle') / middle('fwknopd', 'idle'),
        0.1,
        times,
      ),
      atMost(
        'median under junk beside the median idle',
        middle('eightknock', 'junk') / middle('eightknock', 'idle'),
        2,
        times,
      ),
    ],
    tables: [
      {
        title: `Last packet → rule, ${rounds} requests each, eightknock with ${clients} clients`,
        head: ['', 'load', 'median', '99 %', 'beside eightknock, median', '99 %', 'no rule', 'packets/s'],
        rows: rows.map(({ subject, load, ms, lost, packetsPerSecond }) => [
          NAMES[subject],
          LOAD_NAMES[load],
          milliseconds(median(ms)),
          milliseconds(percentile(ms, 99)),
          times(median(ms) / middle('eightknock', load)),
          times(percentile(ms, 99) / percentile(of('eightknock', load), 99)),
          String(lost),
          count(packetsPerSecond),
        ]),
      },
    ],
    figures: [
      {
        name: 'knock-to-rule',
        chart: {
          kind: 'bars',
          title: 'From the last packet of a request to the rule in the kernel',
          axis: {
            label: 'milliseconds, logarithmic: median, and a line to the 99th percentile',
            scale: 'log',
            include: [1],
          },
          groups: LOADS.map((load) => ({
            label: LOAD_NAMES[load],
            bars: SUBJECTS.map((subject) => {
              const value = middle(subject, load);
              const reach = percentile(of(subject, load), 99);
              return { label: NAMES[subject], role: ROLES[subject], value, reach, text: milliseconds(value) };
            }),
          })),
        },
      },
      {
        name: 'knock-to-rule-distribution',
        chart: {
          kind: 'lines',
          title: 'How many requests are answered within a time',
          x: { label: 'milliseconds from the last packet to the rule, logarithmic', scale: 'log' },
          y: { label: 'requests answered, %', scale: 'linear', include: [100] },
          series: rows.map(({ subject, load, ms }) => ({
            label: load === 'idle' ? NAMES[subject] : `${NAMES[subject]}, junk`,
            role: ROLES[subject],
            points: cumulative(ms).map(([value, share]) => [value, share * 100]),
            dashed: load === 'junk',
            plain: true,
          })),
        },
      },
    ],
  };
}
