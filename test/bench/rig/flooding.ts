// One flood against one daemon, with honest requests in the middle of it: how many of them open, what the flood costs, and whether
// that grows while it lasts.

import { setTimeout as sleep } from 'node:timers/promises';
import { type FloodShape, startFlood } from '../../lab/flood.ts';
import { knock, sequence } from '../../lab/knocking.ts';
import { type Host, Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { rounded } from '../statistics.ts';
import { KNOCKD_PORTS, type Subject, startEightknock, startKnockd } from './daemons.ts';
import { cpuSeconds, residentMb, treeUse } from './process-use.ts';
import { receivedPackets } from './received-packets.ts';

/** How to flood. */
export interface Flood {
  readonly shape: FloodShape;
  /** Absent: as fast as the machine sends. */
  readonly packetsPerSecond?: number;
  /** Goes on for so long, and until all requests were made. */
  readonly seconds: number;
  /** Honest requests in the middle of it. */
  readonly requests: number;
  /** The honest client opens once before. */
  readonly known?: boolean;
}

/** What came of it. */
export interface Flooded {
  /** Packets that came to the server in a second. */
  readonly packetsPerSecond: number;
  /** Honest requests that were made. */
  readonly requests: number;
  /** How many of them have opened. */
  readonly opened: number;
  /** CPU time of the daemon with its processes for each packet that came, microseconds: in each part of the flood in turn. */
  readonly cpuMicroseconds: readonly number[];
  /** The same of the whole flood. */
  readonly cpuMicrosecondsAll: number;
  /** Resident memory of the daemon with its processes at the end. */
  readonly memoryMb: number;
  /** Packets that found no room, as the daemon counts them; absent where it does not. */
  readonly dropped?: number;
}

/** Seconds that no flood outlasts. */
const MAX_SECONDS = 120;
const PARTS = 4;
const PAUSE_MS = 200;

/** Whom to flood, and how to ask it for a door. */
export interface Target extends Subject {
  readonly ask: () => Promise<unknown>;
  readonly dropped?: () => Promise<number>;
}

/** Starts whom to flood. */
export type StartTarget = (lab: Lab, server: Host, client: Host) => Promise<Target>;

/** Knockdaemon with 10 clients. */
export function floodedEightknock(device: 'eth0' | 'any'): StartTarget {
  return async (lab, server, client) => {
    const subject = await startEightknock(lab, server, {}, device);
    return {
      ...subject,
      ask: () => knock(client, server.ipv4, sequence()),
      dropped: async () => droppedOf(await subject.status(server)),
    };
  };
}

/** Knockd, which runs as little as it can. */
export const floodedKnockd: StartTarget = async (lab, server, client) => {
  const subject = await startKnockd(lab, server, '/bin/true %IP%');
  return { ...subject, ask: () => knock(client, server.ipv4, KNOCKD_PORTS) };
};

/** Packets that the kernel, or the capture process, had no room for. */
export function droppedOf({ counts }: { readonly counts: Readonly<Record<string, number>> }): number {
  return (counts['dropped-kernel'] ?? 0) + (counts['dropped-overload'] ?? 0);
}

/** Floods one daemon, and makes requests in between. */
export async function flood(
  { shape, packetsPerSecond, seconds, requests, known = false }: Flood,
  start: StartTarget,
): Promise<Flooded> {
  const lab = await Lab.open();
  try {
    const server = await lab.addHost('server', 1);
    const [client, third] = [await lab.addHost('client', 2), await lab.addHost('third', 3)];
    const { background, ask, opened, dropped } = await start(lab, server, client);
    const pid = background.child.pid as number;
    if (known) {
      await ask();
      await until('the client is known', () => opened() === 1);
    }
    const before = opened();
    const sample = async () => ({ cpu: cpuSeconds(treeUse(pid)), packets: await receivedPackets(server) });
    const samples = [await sample()];
    const began = performance.now();
    const generator = await startFlood(third, server, shape, MAX_SECONDS, packetsPerSecond);
    const asking = (async () => {
      for (let i = 0; i < requests; i++) {
        await ask();
        await sleep(PAUSE_MS);
      }
    })();
    // Its error is thrown when it is waited for.
    asking.catch(() => undefined);
    for (let part = 1; part <= PARTS; part++) {
      await sleep(began + (seconds * 1000 * part) / PARTS - performance.now());
      samples.push(await sample());
    }
    const tookSeconds = (performance.now() - began) / 1000;
    await asking;
    if (generator.child.exitCode !== null) throw new Error(`the flood has ended before the last request`);
    await generator.stop();
    await sleep(PAUSE_MS);
    if (background.child.exitCode !== null) throw new Error(`it has ended: ${background.stdout}${background.stderr}`);
    const costs = samples.slice(1).map((later, i) => costOf(samples[i] as Sample, later));
    const [first, last] = [samples[0] as Sample, samples.at(-1) as Sample];
    return {
      packetsPerSecond: Math.round((last.packets - first.packets) / tookSeconds),
      requests,
      opened: opened() - before,
      cpuMicroseconds: costs,
      cpuMicrosecondsAll: costOf(first, last),
      memoryMb: Math.round(residentMb(treeUse(pid))),
      ...(dropped && { dropped: await dropped() }),
    };
  } finally {
    await lab.close();
  }
}

interface Sample {
  readonly cpu: number;
  readonly packets: number;
}

function costOf(a: Sample, b: Sample): number {
  return rounded(((b.cpu - a.cpu) * 1e6) / (b.packets - a.packets));
}
