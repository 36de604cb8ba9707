// How long a person waits for the first knock: from the start of the command to the SYN that arrives, as tsc wrote the command
// and as a package has it, beside a script that does nothing but connect.

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeEnrolmentLink } from '@eightknock/codec';
import { KNOCKCLIENT, labSecret } from '../lab/daemon-process.ts';
import { mustRun, SYSTEM_PATH } from '../lab/run.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
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

/** Measures, in turns, so that a busy machine is busy for all. A saved server is read each time. */
export async function measureClientStart(rounds: number): Promise<ClientStarts> {
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
    const scripts = { bare, built: KNOCKCLIENT, packed: await unpack(folder) };
    const starts: { [name in keyof ClientStarts]: number[] } = { bare: [], built: [], packed: [] };
    for (let round = 0; round < rounds; round++) {
      for (const name of ['bare', 'built', 'packed'] as const) {
        const first = new Promise<number>((resolve) => {
          heard = () => resolve(performance.now());
        });
        const start = performance.now();
        const args = [scripts[name], '--port', '22', '--delay', '0', '--quiet'];
        const child = spawn(process.execPath, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
        const ended = new Promise((resolve) => child.on('close', resolve));
        starts[name].push((await first) - start);
        await ended;
      }
    }
    return starts;
  } finally {
    for (const server of servers) server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The command out of its package; what it needs is in its bundle. */
async function unpack(folder: string): Promise<string> {
  await mkdir(join(folder, 'packages'));
  await mustRun(process.execPath, [join(ROOT, 'tools/pack.mjs'), join(folder, 'packages')], {
    env: { PATH: `${dirname(process.execPath)}:${SYSTEM_PATH}` },
  });
  const name = (await readdir(join(folder, 'packages'))).find((file) => file.startsWith('knockclient'));
  await mustRun('tar', ['-xzf', join(folder, 'packages', name as string), '-C', folder]);
  return join(folder, 'package/bin/knockclient.js');
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
