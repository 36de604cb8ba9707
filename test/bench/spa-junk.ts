// Up to which rate of junk do ten of ten honest single packets open? Datagrams of the same length, which no key of ours has made, come
// to their port, twice as many each time, until one honest packet is lost: knockdaemon beside Debian's fwknopd, same client.

import { clientArguments } from '../interop/fwknop-client.ts';
import type { Host } from '../lab/lab.ts';
import { experiment } from './experiment.ts';
import { atLeast, type Findings } from './report/findings.ts';
import { count, microseconds, outOf, times } from './report/format.ts';
import { SPA_KEY, spaDoor, spaWish, startEightknock, startFwknopd } from './rig/daemons.ts';
import { droppedOf, type Flooded, flood, type StartTarget } from './rig/flooding.ts';

const SUBJECTS = ['eightknock', 'fwknopd'] as const;
type Subject = (typeof SUBJECTS)[number];

type Row = { readonly subject: Subject; readonly wantedPerSecond: number } & Flooded;

/** What is kept. */
export interface SpaJunk {
  readonly seconds: number;
  readonly rows: readonly Row[];
}

const FIRST_RATE = 500;
const MIN_RATE = 50;
const MAX_RATE = 256_000;
const MIN_RATIO = 4;

/** fwknop's client; each packet has random digits of its own, and asks for another port. */
function asks(client: Host, server: Host): () => Promise<unknown> {
  let round = 0;
  const keys = [...clientArguments(SPA_KEY, 'text'), '-D', server.ipv4];
  return () => client.mustRun('/usr/bin/fwknop', [...keys, ...spaWish(round++, client)]);
}

const START: Readonly<Record<Subject, StartTarget>> = {
  eightknock: async (lab, server, client) => {
    const subject = await startEightknock(lab, server, { clients: [], tables: spaDoor() });
    const dropped = async () => droppedOf(await subject.status(server));
    return { ...subject, ask: asks(client, server), dropped };
  },
  fwknopd: async (lab, server, client) => ({ ...(await startFwknopd(lab, server)), ask: asks(client, server) }),
};

/** See the head of this file. */
export const spaJunk = experiment<SpaJunk>({
  name: 'spa-junk',
  title: 'the highest rate of junk at which honest single packets open',
  async measure(extent, say) {
    const [seconds, requests, most] = extent === 'short' ? [1, 2, FIRST_RATE] : [8, 10, MAX_RATE];
    const rows: Row[] = [];
    for (const subject of SUBJECTS) {
      const opensAt = async (rate: number): Promise<boolean> => {
        say(`${subject}, ${count(rate)} junk datagrams/s`);
        const all = { shape: 'junk', seconds, requests, packetsPerSecond: rate } as const;
        const flooded = await flood(all, START[subject]);
        rows.push({ subject, wantedPerSecond: rate, ...flooded });
        return flooded.opened >= requests;
      };
      let rate = FIRST_RATE;
      const isUpward = await opensAt(rate);
      for (;;) {
        rate *= isUpward ? 2 : 0.5;
        if (rate > most || rate < MIN_RATE || (await opensAt(rate)) !== isUpward) break;
      }
    }
    return { seconds, rows };
  },
  findings,
});

/** The highest rate at which all opened; 0 when there is none. */
function highest(rows: readonly Row[], subject: Subject): number {
  const whole = rows.filter((row) => row.subject === subject && row.opened >= row.requests);
  return Math.max(0, ...whole.map((row) => row.wantedPerSecond));
}

function findings({ seconds, rows }: SpaJunk): Findings {
  const cost = (subject: Subject) => {
    const row = rows.find((one) => one.subject === subject && one.wantedPerSecond === highest(rows, 'fwknopd'));
    return row?.cpuMicrosecondsAll ?? Number.NaN;
  };
  return {
    targets: [
      atLeast(
        'highest rate at which all open, beside that of fwknopd',
        highest(rows, 'eightknock') / highest(rows, 'fwknopd'),
        MIN_RATIO,
        times,
      ),
    ],
    tables: [
      {
        title: `Honest packets in ${seconds} s of junk at least; at the highest rate of fwknopd a packet costs us ${times(cost('eightknock') / cost('fwknopd'))} what it costs fwknopd`,
        head: ['', 'junk/s wanted', 'packets/s', 'opened', 'CPU for each packet'],
        rows: rows.map((row) => [
          row.subject,
          count(row.wantedPerSecond),
          count(row.packetsPerSecond),
          outOf(row.opened, row.requests),
          microseconds(row.cpuMicrosecondsAll),
        ]),
      },
    ],
    figures: [
      {
        name: 'spa-junk',
        chart: {
          kind: 'lines',
          title: 'Honest single packets that open in the middle of junk',
          x: { label: 'junk datagrams per second, logarithmic', scale: 'log' },
          y: { label: 'packets that open, %', scale: 'linear', include: [100] },
          series: SUBJECTS.map((subject) => ({
            label: subject,
            role: subject === 'fwknopd' ? 'fwknopd' : 'ours',
            points: rows
              .filter((row) => row.subject === subject)
              .map(({ wantedPerSecond, opened, requests }) => [wantedPerSecond, (opened / requests) * 100]),
          })),
        },
      },
    ],
  };
}
