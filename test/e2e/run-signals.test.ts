// ^C and kill(1) at `knockclient run`, on real terminals and without one: the command gets each once. On loopback; needs no
// namespaces.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeEnrolmentLink } from '@eightknock/codec';
import test, { type ExecutionContext } from 'ava';
import { ALICE, KNOCKCLIENT, SERVER_ID } from '../lab/daemon-process.ts';
import { mustRun } from '../lab/run.ts';
import { Terminal } from '../lab/terminal.ts';

/** Within this time a second one would have come, too. */
const SETTLED_MS = 1000;

/** Says each signal, and ends after the first SIGTERM. */
const COMMAND = `
  let count = 0;
  process.on('SIGINT', () => console.log('interrupt', ++count));
  process.on('SIGTERM', () => { console.log('in all', count); process.exit(0); });
  setTimeout(() => process.exit(1), 60_000);
  console.log('runs below', process.ppid);
`;

/** @param before what stands in front of knockclient on the command line */
async function open(t: ExecutionContext, before: string): Promise<Terminal> {
  const folder = await mkdtemp(join(tmpdir(), 'eightknock-signals-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const server = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const { name: client, secret } = ALICE;
  const link = encodeEnrolmentLink({
    host: '127.0.0.1',
    basePort: 61000,
    serverId: SERVER_ID,
    client,
    secret,
    ports: [],
  });
  const env = { XDG_CONFIG_HOME: folder };
  await mustRun(process.execPath, [KNOCKCLIENT, 'add', 'gw', link], { env });
  await writeFile(join(folder, 'command.mjs'), COMMAND);
  const node = process.execPath;
  const line = `${before} ${node} ${KNOCKCLIENT} run gw --port ${port} -- ${node} command.mjs`;
  const terminal = new Terminal(line, env, folder);
  t.teardown(() => terminal.close());
  return terminal;
}

for (const [where, before] of [
  ['standard input is the terminal', ''],
  ['standard input is a pipe', 'sleep 60 |'],
] as const) {
  test(`${where}: ^C comes once`, async (t) => {
    const terminal = await open(t, before);
    const [pid] = (await terminal.see(/runs below (\d+)/)).map(Number) as [number];
    for (let i = 1; i <= 2; i++) {
      terminal.type('\u0003');
      await terminal.see(new RegExp(`interrupt ${i}`));
      await sleep(SETTLED_MS);
    }
    process.kill(pid, 'SIGTERM');
    t.deepEqual(await terminal.see(/in all (\d+)/), ['2']);
  });
}

for (const [where, before] of [
  ['a session without a terminal', 'setsid --wait'],
  ['the background of a terminal', 'bash -mc \'"$@" & wait\' bash'],
] as const) {
  test(`${where}: a SIGINT is passed on`, async (t) => {
    const terminal = await open(t, before);
    const [pid] = (await terminal.see(/runs below (\d+)/)).map(Number) as [number];
    process.kill(pid, 'SIGINT');
    await terminal.see(/interrupt 1/);
    await sleep(SETTLED_MS);
    process.kill(pid, 'SIGTERM');
    t.deepEqual(await terminal.see(/in all (\d+)/), ['1']);
  });
}
