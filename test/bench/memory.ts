// How much memory knockdaemon holds, idle and after a long flood, beside processes of Node that do nothing.

import { setTimeout as sleep } from 'node:timers/promises';
import { startFlood } from '../lab/flood.ts';
import { Lab } from '../lab/lab.ts';
import { experiment } from './experiment.ts';
import { atMost, type Findings } from './report/findings.ts';
import { count, megabytes, percent, times } from './report/format.ts';
import { manyClients, startEightknock } from './rig/daemons.ts';
import { treeUse } from './rig/process-use.ts';
import { receivedPackets } from './rig/received-packets.ts';
import { rounded } from './statistics.ts';

const MOMENTS = ['idle', 'half', 'flooded'] as const;

/** Resident memory, megabytes. */
interface Row {
  readonly moment: (typeof MOMENTS)[number];
  readonly daemon: number;
  readonly capture: number;
  /** Packets of the flood until then. */
  readonly packets: number;
}

/** What is kept. */
export interface Memory {
  /** One process of Node that does nothing. */
  readonly bareMb: number;
  readonly rows: readonly Row[];
}

const NAMES = { idle: 'idle', half: 'in the middle of the flood', flooded: 'after it' } as const;
const CLIENTS = 10;
const PACKETS_PER_SECOND = 20_000;
/** An hour of 1,000 packets a second. */
const FULL_SECONDS = 180;
/** What garbage there is differs from moment to moment. */
const MAX_GROWTH = 0.1;

/** See the head of this file. */
export const memory = experiment<Memory>({
  name: 'memory',
  title: 'memory, idle and after a long flood',
  async measure(extent, say) {
    const seconds = extent === 'short' ? 2 : FULL_SECONDS;
    const lab = await Lab.open();
    try {
      const [server, third] = [await lab.addHost('server', 1), await lab.addHost('third', 3)];
      const bare = server.start(process.execPath, ['-e', 'setInterval(() => {}, 1e9)']);
      const { background } = await startEightknock(lab, server, { clients: manyClients(CLIENTS) });
      await sleep(1000);
      const bareMb = rounded(treeUse(bare.child.pid as number).parent.memoryMb, 1);
      const before = await receivedPackets(server);
      const read = async (moment: Row['moment']): Promise<Row> => {
        const { parent, children } = treeUse(background.child.pid as number);
        const packets = (await receivedPackets(server)) - before;
        return { moment, daemon: rounded(parent.memoryMb, 1), capture: rounded(children.memoryMb, 1), packets };
      };
      const rows = [await read('idle')];
      say(`a flood of ${count(PACKETS_PER_SECOND * seconds)} packets`);
      const flood = await startFlood(third, server, 'spread', seconds, PACKETS_PER_SECOND);
      await sleep((seconds * 1000) / 2);
      rows.push(await read('half'));
      await flood.ended;
      rows.push(await read('flooded'));
      return { bareMb, rows };
    } finally {
      await lab.close();
    }
  },
  findings,
});

function findings({ bareMb, rows }: Memory): Findings {
  const all = (moment: Row['moment']) => {
    const row = rows.find((one) => one.moment === moment);
    return row ? row.daemon + row.capture : Number.NaN;
  };
  const bareLoops = 2 * bareMb;
  return {
    targets: [
      atMost('idle, beside two processes of Node that do nothing', all('idle') / bareLoops, 2, times),
      atMost('after the flood, beside the same', all('flooded') / bareLoops, 2, times),
      atMost('growth in the second half of the flood', all('flooded') / all('half') - 1, MAX_GROWTH, percent),
    ],
    tables: [
      {
        title: `Resident memory, ${CLIENTS} clients, the interface named; one process of Node that does nothing: ${megabytes(bareMb)}`,
        head: ['', 'packets until then', 'daemon', 'capture', 'both', 'beside two of Node'],
        rows: rows.map(({ moment, packets, daemon, capture }) => [
          NAMES[moment],
          count(packets),
          megabytes(daemon),
          megabytes(capture),
          megabytes(daemon + capture),
          times((daemon + capture) / bareLoops),
        ]),
      },
    ],
    figures: [
      {
        name: 'memory',
        chart: {
          kind: 'bars',
          title: 'Memory of both processes',
          axis: { label: 'resident memory, MB', scale: 'linear' },
          groups: [
            {
              bars: [
                { label: 'two of Node that do nothing', role: 'floor', value: bareLoops, text: megabytes(bareLoops) },
                ...rows.map(({ moment, daemon, capture }) => ({
                  label: `eightknock, ${NAMES[moment]}`,
                  role: 'ours' as const,
                  value: daemon + capture,
                  text: megabytes(daemon + capture),
                })),
              ],
            },
          ],
        },
      },
    ],
  };
}
