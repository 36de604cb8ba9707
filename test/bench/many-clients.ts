// What many clients cost: from the last knock to the rule; the change of a window, for which a key of each is derived; memory.

import { setTimeout as sleep } from 'node:timers/promises';
import { WINDOW_SECONDS } from '@eightknock/codec';
import { BUNDLED_KNOCKDAEMON, launchDaemon, writeConfig } from '../lab/daemon-process.ts';
import { fixedOffset } from '../lab/fake-clock.ts';
import { type Host, Lab } from '../lab/lab.ts';
import { until } from '../lab/until.ts';
import { experiment } from './experiment.ts';
import { eightknockRequest } from './knock-to-rule.ts';
import { atMost, type Findings } from './report/findings.ts';
import { count, megabytes, milliseconds, times } from './report/format.ts';
import { manyClients } from './rig/daemons.ts';
import { measureRounds } from './rig/knock-latency.ts';
import { cpuSeconds, residentMb, treeUse } from './rig/process-use.ts';
import { WatchedLoop } from './rig/watch-loop.ts';
import { median, percentile, rounded } from './statistics.ts';

interface Row {
  readonly clients: number;
  /** From the last knock to the rule. */
  readonly ms: readonly number[];
  readonly lost: number;
  /** Of both processes, when all keys are there. */
  readonly memoryMb: number;
  /** CPU time of one change of the window beyond what the daemon uses at rest. */
  readonly changeCpuMs: number;
  /** The longest block of the event loop in it. */
  readonly longestBlockMs: number;
  /** The longest one while it was at rest: what the machine does to it. */
  readonly restBlockMs: number;
}

/** What is kept. */
export interface ManyClients {
  readonly rounds: number;
  readonly rows: readonly Row[];
}

const MAX_BLOCK_MS = 20;
/** So long the keys of a client for one window may take, pauses in between; at the start there are four windows. */
const SECONDS_PER_CLIENT = 0.0015;
/** So long the daemon at rest is looked at. */
const REST_SECONDS = 2;

/** See the head of this file. */
export const manyClientsExperiment = experiment<ManyClients>({
  name: 'many-clients',
  title: 'latency, change of a window and memory with many clients',
  async measure(extent, say) {
    const rounds = extent === 'short' ? 3 : 200;
    const rows: Row[] = [];
    for (const clients of extent === 'short' ? [10] : [1, 10, 100, 1000, 10_000]) {
      say(`${count(clients)} clients`);
      const latency = await inLab((lab, server, client) => measureKnocks(lab, server, client, clients, rounds));
      say(`${count(clients)} clients: the change of a window`);
      rows.push({ clients, ...latency, ...(await inLab((lab, server) => measureChange(lab, server, clients))) });
    }
    return { rounds, rows };
  },
  findings,
});

async function inLab<T>(measure: (lab: Lab, server: Host, client: Host) => Promise<T>): Promise<T> {
  const lab = await Lab.open();
  try {
    return await measure(lab, await lab.addHost('server', 1), await lab.addHost('client', 2));
  } finally {
    await lab.close();
  }
}

async function measureKnocks(lab: Lab, server: Host, client: Host, clientCount: number, rounds: number) {
  const clients = manyClients(clientCount);
  const pid = await startWith(lab, server, clientCount);
  await atRest(pid, clientCount);
  const memoryMb = Math.round(residentMb(treeUse(pid)));
  const { ms, lost } = await measureRounds(server, client, rounds, eightknockRequest(clients, client.ipv4));
  return { ms, lost, memoryMb };
}

/**
 * Starts a daemon so that the window of its clock changes when it has been at rest for a while: with another time of day, the
 * same all along, from libfaketime.
 */
async function measureChange(lab: Lab, server: Host, clients: number) {
  const settleSeconds = 6 + clients * SECONDS_PER_CLIENT * 6;
  const changeAt = Math.ceil(Date.now() / 1000 + settleSeconds);
  const offset = (WINDOW_SECONDS - (changeAt % WINDOW_SECONDS)) % WINDOW_SECONDS;
  const loop = new WatchedLoop(lab);
  const pid = await startWith(lab, server, clients, { ...loop.env, ...fixedOffset(offset) });
  await atRest(pid, clients);
  const untilRestMs = changeAt * 1000 - Date.now() - (REST_SECONDS + 0.5) * 1000;
  if (untilRestMs < 0) throw new Error(`a daemon with ${clients} clients was not at rest after ${settleSeconds} s`);
  await sleep(untilRestMs);
  const rest = await loop.read(pid);
  await sleep(REST_SECONDS * 1000);
  const before = await loop.read(pid);
  const began = performance.now();
  // The daemon looks once a second whether a window has begun.
  await sleep(2000);
  await atRest(pid, clients);
  const after = await loop.read(pid);
  const seconds = (performance.now() - began) / 1000;
  if (seconds > WINDOW_SECONDS) throw new Error(`${clients} keys were not derived within a window`);
  const restPerSecond = (before.cpuSeconds - rest.cpuSeconds) / REST_SECONDS;
  const changeCpuMs = (after.cpuSeconds - before.cpuSeconds - restPerSecond * seconds) * 1000;
  return {
    changeCpuMs: rounded(Math.max(0, changeCpuMs)),
    longestBlockMs: rounded(after.longestBlockMs),
    restBlockMs: rounded(before.longestBlockMs),
  };
}

async function startWith(
  lab: Lab,
  server: Host,
  clients: number,
  env: Readonly<Record<string, string>> = {},
): Promise<number> {
  const file = await writeConfig(lab, { clients: manyClients(clients), top: 'interface = "eth0"' });
  const daemon = launchDaemon(server, file, [], env, BUNDLED_KNOCKDAEMON);
  await daemon.line({ event: 'capture', state: 'capturing' }, 60);
  return daemon.background.child.pid as number;
}

/** Waits until a daemon does nothing: its keys are derived. */
async function atRest(pid: number, clients: number): Promise<void> {
  let used = Number.NaN;
  const isResting = async () => {
    const before = used;
    used = cpuSeconds(treeUse(pid));
    await sleep(500);
    return used - before < 0.03;
  };
  await until('the daemon is at rest', isResting, 20 + clients * SECONDS_PER_CLIENT * 6);
}

function findings({ rounds, rows }: ManyClients): Findings {
  const middle = (clients: number) => median(rows.find((row) => row.clients === clients)?.ms ?? []);
  const tail = (clients: number) => percentile(rows.find((row) => row.clients === clients)?.ms ?? [], 99);
  const blocks = rows.map((row) => row.longestBlockMs);
  return {
    targets: [
      atMost('median with 1,000 clients beside that with 10', middle(1000) / middle(10), 2, times),
      atMost('99 % with 1,000 clients beside that with 10', tail(1000) / tail(10), 2, times),
      atMost('longest block at the change of a window', Math.max(...blocks), MAX_BLOCK_MS, milliseconds),
    ],
    tables: [
      {
        title: `${rounds} requests each; what a change of the window costs (one each ${WINDOW_SECONDS} s), and how long it stops all else at most`,
        head: [
          'clients',
          'median',
          '99 %',
          'beside 10',
          'no rule',
          'CPU of a change',
          'longest block',
          'at rest',
          'memory',
        ],
        rows: rows.map(({ clients, ms, lost, changeCpuMs, longestBlockMs, restBlockMs, memoryMb }) => [
          count(clients),
          milliseconds(median(ms)),
          milliseconds(percentile(ms, 99)),
          times(median(ms) / middle(10)),
          String(lost),
          milliseconds(changeCpuMs),
          milliseconds(longestBlockMs),
          milliseconds(restBlockMs),
          megabytes(memoryMb),
        ]),
      },
    ],
    figures: [
      {
        name: 'many-clients',
        chart: {
          kind: 'lines',
          title: 'From the last knock to the rule, and the longest block, with many clients',
          x: { label: 'clients, logarithmic', scale: 'log' },
          y: { label: 'milliseconds, logarithmic', scale: 'log' },
          limits: [{ value: MAX_BLOCK_MS, label: 'target of the longest block' }],
          series: [
            { label: 'median', role: 'ours', points: rows.map(({ clients, ms }) => [clients, median(ms)]) },
            {
              label: '99 %',
              role: 'ours',
              dashed: true,
              points: rows.map(({ clients, ms }) => [clients, percentile(ms, 99)]),
            },
            {
              label: 'longest block',
              role: 'ours-too',
              points: rows.map(({ clients, longestBlockMs }) => [clients, longestBlockMs]),
            },
          ],
        },
      },
    ],
  };
}
