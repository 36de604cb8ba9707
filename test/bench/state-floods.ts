// Floods that make a daemon remember: attempts that have begun (`first`: the first port of a sequence, each packet with another
// source), sequences of nobody's key (`eight`), one source alone (`one`). How many of ten honest requests open, and whether a
// packet costs more the longer it lasts: knockdaemon beside Debian's knockd.

import { experiment } from './experiment.ts';
import { atLeast, atMost, type Findings } from './report/findings.ts';
import { count, microseconds, outOf, times } from './report/format.ts';
import { type Flooded, flood, floodedEightknock, floodedKnockd } from './rig/flooding.ts';

const SHAPES = ['first', 'eight', 'one'] as const;
type Shape = (typeof SHAPES)[number];
const SUBJECTS = ['eightknock', 'knockd'] as const;
type Subject = (typeof SUBJECTS)[number];

/** What is kept. */
export interface StateFloods {
  readonly seconds: number;
  readonly rows: readonly ({ readonly subject: Subject; readonly shape: Shape } & Flooded)[];
}

const PACKETS_PER_SECOND = 10_000;
const MAX_GROWTH = 1.25;

/** See the head of this file. */
export const stateFloods = experiment<StateFloods>({
  name: 'state-floods',
  title: 'floods that make a daemon remember',
  async measure(extent, say) {
    const [seconds, requests] = extent === 'short' ? [1, 2] : [20, 10];
    const rows: StateFloods['rows'][number][] = [];
    for (const shape of extent === 'short' ? (['first'] as const) : SHAPES) {
      for (const subject of SUBJECTS) {
        say(`${shape}: ${subject}`);
        const start = subject === 'eightknock' ? floodedEightknock('eth0') : floodedKnockd;
        const all = { shape, seconds, requests, packetsPerSecond: PACKETS_PER_SECOND };
        rows.push({ subject, shape, ...(await flood(all, start)) });
      }
    }
    return { seconds, rows };
  },
  findings,
});

function growthOf({ cpuMicroseconds }: Flooded): number {
  // The first part has the start of the flood in it.
  return (cpuMicroseconds.at(-1) ?? Number.NaN) / (cpuMicroseconds[1] ?? Number.NaN);
}

function findings({ seconds, rows }: StateFloods): Findings {
  const ours = rows.filter(({ subject }) => subject === 'eightknock');
  return {
    targets: [
      ...ours.map(({ shape, opened, requests }) =>
        atLeast(`${shape}: requests that open`, opened, requests, (part) => outOf(part, requests)),
      ),
      ...ours.map((row) =>
        atMost(`${row.shape}: CPU for a packet, last quarter beside the second`, growthOf(row), MAX_GROWTH, times),
      ),
    ],
    tables: [
      {
        title: `Honest requests in a flood of ${seconds} s at least; the cost of a packet in each quarter of it`,
        head: ['', 'packets/s', 'opened', '1st', '2nd', '3rd', '4th', '4th/2nd'],
        rows: rows.map((row) => [
          `${row.shape}: ${row.subject}`,
          count(row.packetsPerSecond),
          outOf(row.opened, row.requests),
          ...row.cpuMicroseconds.map(microseconds),
          times(growthOf(row)),
        ]),
      },
    ],
    figures: [
      {
        name: 'state-floods',
        chart: {
          kind: 'lines',
          title: 'What a packet costs while a flood lasts',
          x: { label: 'seconds since the flood began', scale: 'linear' },
          y: { label: 'CPU for each packet, µs, logarithmic', scale: 'log' },
          series: rows.map(({ subject, shape, cpuMicroseconds }) => ({
            label: `${subject}, ${shape}`,
            role: subject === 'knockd' ? 'knockd' : 'ours',
            points: cpuMicroseconds.map((cost, i) => [((i + 0.5) * seconds) / cpuMicroseconds.length, cost]),
            dashed: shape !== 'first',
          })),
        },
      },
    ],
  };
}
