// How long a person waits for the first knock: from the start of the command to the SYN that arrives, as tsc wrote the command
// and as a package has it, beside a script that does nothing but connect.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeEnrolmentLink } from '@eightknock/codec';
import { KNOCKCLIENT, labSecret } from '../lab/daemon-process.ts';
import { mustRun } from '../lab/run.ts';
import { experiment } from './experiment.ts';
import type { Findings } from './report/findings.ts';
import { milliseconds, times } from './report/format.ts';
import { unpackClient } from './rig/packed-client.ts';
import { median, percentile, rounded } from './statistics.ts';

const BASE_PORT = 12_000;
const BARE = `
import { connect } from 'node:net';
const socket = connect({ host: '127.0.0.1', port: ${BASE_PORT} });
socket.on('error', () => undefined);
setImmediate(() => socket.destroy());
`;

/** Milliseconds until the first SYN, one for each round. */
export interface ClientStarts {
  readonly bare: readonly number[];
  readonly built: readonly number[];
  readonly packed: readonly number[];
}

const NAMES = {
  bare: 'Node, a script that only connects',
  built: 'knockclient, from the repository',
  packed: 'knockclient, from its package',
} as const;
const SUBJECTS = ['bare', 'built', 'packed'] as const;

/** See the head of this file. */
export const clientStart = experiment<ClientStarts>({
  name: 'client-start',
  title: 'from the start of knockclient to its first SYN',
  measure: (extent) => measureClientStart(extent === 'short' ? 2 : 30),
  findings,
});

function findings(starts: ClientStarts): Findings {
  const beside = (name: keyof ClientStarts) => times(median(starts[name]) / median(starts.bare));
  return {
    targets: [],
    tables: [
      {
        title: `From the start to the first SYN that arrives, a saved server, ${starts.bare.length} starts each`,
        head: ['', 'median', '99 %', 'beside the bare script'],
        rows: SUBJECTS.map((name) => [
          NAMES[name],
          milliseconds(median(starts[name])),
          milliseconds(percentile(starts[name], 99)),
          beside(name),
        ]),
      },
    ],
    figures: [
      {
        name: 'client-start',
        chart: {
          kind: 'bars',
          title: 'From the start of knockclient to its first SYN',
          axis: { label: 'milliseconds: median, and a line to the 99th percentile', scale: 'linear' },
          groups: [
            {
              bars: SUBJECTS.map((name) => {
                const [value, reach] = [median(starts[name]), percentile(starts[name], 99)];
                const role = name === 'bare' ? 'floor' : 'ours';
                return { label: NAMES[name], role, value, reach, text: milliseconds(value) };
              }),
            },
          ],
        },
      },
    ],
  };
}

/** Measures, in turns, so that a busy machine is busy for all. A saved server is read each time. */
async function measureClientStart(rounds: number): Promise<ClientStarts> {
  const folder = await mkdtemp(join(tmpdir(), 'eightknock-start-'));
  let heard: (() => void) | undefined;
  const servers = await listen(() => heard?.());
  try {
    const env = { XDG_CONFIG_HOME: folder };
    const server = { host: '127.0.0.1', basePort: BASE_PORT, serverId: 'gw', client: 'alice', ports: [] };
    const input = encodeEnrolmentLink({ ...server, secret: labSecret(1) });
    await mustRun(process.execPath, [KNOCKCLIENT, 'add', 'gw', '-'], { env, input });
    const bare = join(folder, 'bare.mjs');
    await writeFile(bare, BARE);
    const scripts = { bare, built: KNOCKCLIENT, packed: await unpackClient(folder) };
    const starts: { [name in keyof ClientStarts]: number[] } = { bare: [], built: [], packed: [] };
    for (let round = 0; round < rounds; round++) {
      for (const name of SUBJECTS) {
        const first = new Promise<number>((resolve) => {
          heard = () => resolve(performance.now());
        });
        const start = performance.now();
        const args = [scripts[name], '--port', '22', '--delay', '0', '--quiet'];
        const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
        const ended = new Promise((resolve) => child.on('close', resolve));
        starts[name].push(rounded((await first) - start));
        await ended;
      }
    }
    return starts;
  } finally {
    for (const server of servers) server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function listen(onConnection: () => void): Promise<Server[]> {
  return Promise.all(
    Array.from({ length: 256 }, (_, i) => {
      const server = createServer((socket) => {
        onConnection();
        socket.on('error', () => undefined).destroy();
      });
      return new Promise<Server>((resolve, reject) => {
        server.on('error', reject);
        server.listen(BASE_PORT + i, '127.0.0.1', () => resolve(server));
      });
    }),
  );
}
