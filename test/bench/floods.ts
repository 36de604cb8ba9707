// How many of ten honest requests open while a third host floods the knock ports as fast as it can, each packet with another
// source, and what that costs: knockdaemon on a named interface and on `any`, beside Debian's knockd.

import { experiment } from './experiment.ts';
import { atLeast, type Findings } from './report/findings.ts';
import { count, megabytes, microseconds, outOf } from './report/format.ts';
import { type Flooded, flood, floodedEightknock, floodedKnockd } from './rig/flooding.ts';

/** What is kept. */
export interface Floods {
  readonly seconds: number;
  readonly rows: readonly ({ readonly subject: Subject } & Flooded)[];
}

const SUBJECTS = {
  'eth0-known': { name: 'eightknock on eth0, client opened before', start: floodedEightknock('eth0'), known: true },
  'eth0-new': { name: 'eightknock on eth0, client never seen', start: floodedEightknock('eth0'), known: false },
  'any-known': { name: 'eightknock on any, client opened before', start: floodedEightknock('any'), known: true },
  'any-new': { name: 'eightknock on any, client never seen', start: floodedEightknock('any'), known: false },
  knockd: { name: 'knockd on eth0', start: floodedKnockd, known: false },
} as const;
type Subject = keyof typeof SUBJECTS;

/** See the head of this file. */
export const floods = experiment<Floods>({
  name: 'floods',
  title: 'a flood as fast as the generator sends, honest requests in the middle of it',
  async measure(extent, say) {
    const [seconds, requests] = extent === 'short' ? [1, 2] : [10, 10];
    const subjects = extent === 'short' ? (['eth0-known', 'knockd'] as const) : (Object.keys(SUBJECTS) as Subject[]);
    const rows: Floods['rows'][number][] = [];
    for (const subject of subjects) {
      const { name, start, known } = SUBJECTS[subject];
      say(name);
      rows.push({ subject, ...(await flood({ shape: 'spread', seconds, requests, known }, start)) });
    }
    return { seconds, rows };
  },
  findings,
});

function findings({ seconds, rows }: Floods): Findings {
  const ours = rows.filter(({ subject }) => subject !== 'knockd');
  return {
    targets: ours.map(({ subject, opened, requests }) =>
      atLeast(`requests that open: ${SUBJECTS[subject].name}`, opened, requests, (part) => outOf(part, requests)),
    ),
    tables: [
      {
        title: `Honest requests in a flood of ${seconds} s at least; dropped: packets that found no room, as the daemon counts them`,
        head: ['', 'packets/s', 'opened', 'dropped', 'CPU for each packet', 'memory'],
        rows: rows.map(({ subject, packetsPerSecond, requests, opened, dropped, cpuMicrosecondsAll, memoryMb }) => [
          SUBJECTS[subject].name,
          count(packetsPerSecond),
          outOf(opened, requests),
          count(dropped ?? Number.NaN),
          microseconds(cpuMicrosecondsAll),
          megabytes(memoryMb),
        ]),
      },
    ],
    figures: [
      {
        name: 'floods',
        chart: {
          kind: 'bars',
          title: 'Honest requests that open in a flood at full speed',
          axis: { label: 'requests that open, %', scale: 'linear', include: [100] },
          groups: [
            {
              bars: rows.map(({ subject, opened, requests, packetsPerSecond }) => ({
                label: SUBJECTS[subject].name,
                role: subject === 'knockd' ? 'knockd' : 'ours',
                value: (opened / requests) * 100,
                text: `${outOf(opened, requests)}, at ${count(packetsPerSecond / 1000)}k/s`,
              })),
            },
          ],
        },
      },
    ],
  };
}
