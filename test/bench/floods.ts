// How many of ten honest knocks open while a third host floods the knock ports, and what that costs: eightknock beside
// Debian's knockd, same hosts, same flood, same sender.

import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ALICE, type LabClient, labSecret, startDaemon } from '../lab/daemon-process.ts';
import { type FloodShape, startFlood } from '../lab/flood.ts';
import { knock, sequence } from '../lab/knocking.ts';
import { type Host, Lab } from '../lab/lab.ts';
import type { Background } from '../lab/run.ts';
import { until } from '../lab/until.ts';

/** One flood against one daemon. */
export interface FloodResult {
  /** Packets a second that were sent. */
  readonly sentPerSecond: number;
  /** Of ten honest knocks. */
  readonly opened: number;
  /** CPU time of the daemon with its processes, in microseconds for each packet of the flood. */
  readonly cpuPerPacket: number;
  /** Resident memory of the daemon with its processes at the end, in megabytes. */
  readonly memoryMb: number;
}

const KNOCKS = 10;
const SECONDS = 8;
const PAUSE_MS = 200;
/** A sequence of knockd's within the ports that are flooded. */
const KNOCKD_PORTS = [745, 802, 903, 774, 845, 906, 777, 888];

/** A daemon under test: how to knock on it, and how often it has opened. */
export interface Subject {
  readonly background: Pick<Background, 'child' | 'stdout' | 'stderr'>;
  /** Knocks once. */
  readonly knock: (client: Host, server: Host) => Promise<unknown>;
  readonly opened: () => number;
}

/** @param packetsPerSecond absent: as fast as the machine sends */
export function floodEightknock(shape: FloodShape, clients: number, packetsPerSecond?: number): Promise<FloodResult> {
  return flood(shape, packetsPerSecond, async (lab, server) => {
    const others: LabClient[] = Array.from({ length: clients - 1 }, (_, i) => {
      return { name: `client-${i}`, secret: labSecret(1000 + i), toml: 'ports = ["tcp/22"]' };
    });
    const daemon = await startDaemon(lab, server, { clients: [...others, ALICE] });
    return {
      background: daemon.background,
      knock: (client, to) => knock(client, to.ipv4, sequence()),
      opened: () => daemon.count('opened'),
    };
  });
}

/** @param packetsPerSecond absent: as fast as the machine sends */
export function floodKnockd(shape: FloodShape, packetsPerSecond?: number): Promise<FloodResult> {
  return flood(shape, packetsPerSecond, async (lab, server) => {
    const file = join(lab.folder, 'knockd.conf');
    const door = [
      '[open]',
      `  sequence = ${KNOCKD_PORTS}`,
      '  seq_timeout = 10',
      '  command = /bin/true %IP%',
      '  tcpflags = syn',
    ];
    await writeFile(file, ['[options]', `  LogFile = ${join(lab.folder, 'knockd.log')}`, ...door, ''].join('\n'));
    const background = server.start('/usr/sbin/knockd', ['-i', 'eth0', '-c', file, '-v']);
    await until('knockd listens', () => background.stdout.includes('listening on'));
    const opened = () => background.stdout.match(/OPEN SESAME/g)?.length ?? 0;
    return { background, knock: (client, to) => knock(client, to.ipv4, KNOCKD_PORTS), opened };
  });
}

/** Floods one daemon, and knocks ten times in between. */
export async function flood(
  shape: FloodShape,
  packetsPerSecond: number | undefined,
  start: (lab: Lab, server: Host) => Promise<Subject>,
): Promise<FloodResult> {
  const lab = await Lab.open();
  try {
    const server = await lab.addHost('server', 1);
    const [client, third] = [await lab.addHost('client', 2), await lab.addHost('third', 3)];
    const { background, knock: knockOnce, opened } = await start(lab, server);
    const before = await processesOf(server);
    const generator = await startFlood(third, server, shape, SECONDS, packetsPerSecond);
    for (let i = 0; i < KNOCKS; i++) {
      await knockOnce(client, server);
      await sleep(PAUSE_MS);
    }
    await generator.ended;
    await sleep(PAUSE_MS);
    const after = await processesOf(server);
    const sent = Number(generator.stdout);
    if (background.child.exitCode !== null) throw new Error(`it has ended: ${background.stdout}${background.stderr}`);
    return {
      sentPerSecond: sent / SECONDS,
      opened: opened(),
      cpuPerPacket: ((after.cpuSeconds - before.cpuSeconds) * 1e6) / sent,
      memoryMb: after.memoryMb,
    };
  } finally {
    await lab.close();
  }
}

/** CPU time and memory of everything that runs on a host. */
async function processesOf(server: Host): Promise<{ readonly cpuSeconds: number; readonly memoryMb: number }> {
  const pids = (await server.mustRun('/usr/sbin/ip', ['netns', 'pids', server.namespace])).split('\n').filter(Boolean);
  let [cpuSeconds, memoryMb] = [0, 0];
  for (const pid of pids) {
    try {
      const [user = 0, system = 0] =
        readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? [];
      cpuSeconds += (user + system) / 100;
      memoryMb += Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
    } catch {
      // it has ended
    }
  }
  return { cpuSeconds, memoryMb };
}
