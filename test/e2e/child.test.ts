// The capture process: what it may do, and what becomes of it when it is killed, stopped, crashes or goes bad.

import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { Capturing, HOSTILE_CHILD } from '../lab/capturing.ts';
import type { Host, Lab } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { processesOf } from '../lab/processes.ts';
import { until } from '../lab/until.ts';

const ORDINARY = '65533';
/** As systemd starts a unit with User= and AmbientCapabilities=CAP_NET_RAW CAP_NET_ADMIN. */
const AS_A_UNIT = [
  '/usr/bin/setpriv',
  ...['--reuid', ORDINARY, '--regid', ORDINARY, '--clear-groups'],
  ...['inh-caps', 'ambient-caps', 'bounding-set'].map((set) => `--${set}=-all,+net_raw,+net_admin`),
];

/** The status of every thread, proc(5). */
function threadsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'));
}

function looksConfined(t: ExecutionContext, pid: number, user: string): void {
  const threads = threadsOf(pid);
  t.true(threads.length > 1);
  for (const status of threads) {
    t.regex(status, new RegExp(`^Uid:\t${user}\t${user}\t${user}\t${user}$`, 'm'));
    t.regex(status, new RegExp(`^Gid:\t${user}\t${user}\t${user}\t${user}$`, 'm'));
    t.regex(status, /^Groups:\t *$/m);
    for (const set of ['Inh', 'Prm', 'Eff', 'Amb']) t.regex(status, new RegExp(`^Cap${set}:\t0+$`, 'm'));
    t.regex(status, /^NoNewPrivs:\t1$/m);
    t.regex(status, /^Seccomp:\t2$/m);
  }
  t.regex(readFileSync(`/proc/${pid}/limits`, 'utf8'), /^Max core file size +0 +0 /m);
}

async function hears(capturing: Capturing, device: string, client: Host, to: string, port: number): Promise<void> {
  await until(`a knock on ${port} is heard on "${device}"`, async () => {
    await client.run('/usr/bin/knock', ['-u', to, String(port)]);
    return capturing.knocks(device).includes(port);
  });
}

for (const [title, through, user] of [
  ['started by root it is nobody', [], '65534'],
  ['started by an ordinary user with ambient capabilities', AS_A_UNIT, ORDINARY],
] as const) {
  labTest(`${title}: no capability in any thread, and a filter on all of them`, async (t, { server, client }) => {
    const capturing = Capturing.start(server, ['eth0'], through);
    const { confined, message } = await capturing.reached('eth0', 'capturing');
    t.is(message, undefined);
    t.true(confined);
    const [pid] = await processesOf(server);
    looksConfined(t, pid!, user);
    await hears(capturing, 'eth0', client, server.ipv4, 800);
    // Later too, when Node has made all its threads.
    looksConfined(t, pid!, user);
  });
}

labTest('SIGUSR1 does not open the debugger', async (t, { server, client }) => {
  const capturing = Capturing.start(server, ['eth0']);
  await capturing.reached('eth0', 'capturing');
  const [pid] = await processesOf(server);
  process.kill(pid!, 'SIGUSR1');
  await hears(capturing, 'eth0', client, server.ipv4, 800);
  t.is(await server.mustRun('/usr/bin/ss', ['-Hltn']), '');
  t.deepEqual(await processesOf(server), [pid]);
});

labTest('killed, it is there again within a second', async (t, { server, client }) => {
  const capturing = Capturing.start(server, ['eth0']);
  await capturing.reached('eth0', 'capturing');
  process.kill((await processesOf(server))[0]!, 'SIGKILL');
  const since = Date.now();
  const { at } = await capturing.reached('eth0', 'capturing', 2);
  t.log(`${at - since} ms`);
  t.true(at - since < 1000, `${at - since} ms`);
  await hears(capturing, 'eth0', client, server.ipv4, 800);
  t.is(capturing.snapshot()?.statuses[0]?.restarts, 1);
});

labTest('stopped, it is replaced within seven seconds', async (t, { server, client }) => {
  const capturing = Capturing.start(server, ['eth0']);
  await capturing.reached('eth0', 'capturing');
  const [pid] = await processesOf(server);
  process.kill(pid!, 'SIGSTOP');
  const since = Date.now();
  const { at } = await capturing.reached('eth0', 'capturing', 2);
  t.log(`${at - since} ms`);
  t.true(at - since < 7000, `${at - since} ms`);
  t.is(capturing.states('eth0').find(({ state }) => state === 'ended')?.message, 'no sign of life for 5 s');
  t.not((await processesOf(server))[0], pid);
  t.is((await processesOf(server)).length, 1);
  await hears(capturing, 'eth0', client, server.ipv4, 800);
});

/** Sends datagrams to the ports of the knocks as fast as Node can. */
async function flood(from: Host, to: string, milliseconds: number, cpu?: string): Promise<number> {
  const program = `
    const socket = require('node:dgram').createSocket('udp4');
    const end = Date.now() + ${milliseconds};
    let sent = 0;
    socket.bind(() => {
      const more = () => {
        for (let i = 0; i < 64; i++) socket.send('', 745 + (sent++ & 255), '${to}');
        if (Date.now() < end) setImmediate(more);
        else { console.log(sent); socket.close(); }
      };
      more();
    });`;
  const pinned = cpu === undefined ? [] : ['/usr/bin/taskset', '-c', cpu];
  return Number(await from.mustRun('/usr/bin/env', [...pinned, process.execPath, '-e', program]));
}

labTest('a flood in which it hardly gets the processor is no silence', async (t, bench) => {
  const { server, client } = bench;
  const capturing = Capturing.start(server, ['eth0']);
  await capturing.reached('eth0', 'capturing');
  const [pid] = await processesOf(server);
  // Beside the sender on one processor, and behind it.
  await server.mustRun('/usr/bin/taskset', ['-cp', '0', String(pid)]);
  await server.mustRun('/usr/bin/renice', ['-n', '19', '-p', String(pid)]);
  const sent = await flood(client, server.ipv4, 8000, '0');
  await hears(capturing, 'eth0', client, server.ipv4, 800);
  t.is(capturing.states('eth0').length, 1, JSON.stringify(capturing.states('eth0')));
  const { knocks, dropped } = capturing.snapshot()!;
  t.log(`${sent} sent, ${knocks} taken, ${JSON.stringify(dropped)}`);
  t.true((dropped.kernel ?? 0) > 10_000);
});

labTest('what the kernel had no room for is counted', async (t, { server, client }) => {
  const capturing = Capturing.start(server, ['eth0']);
  await capturing.reached('eth0', 'capturing');
  await hears(capturing, 'eth0', client, server.ipv4, 800);
  const [pid] = await processesOf(server);
  process.kill(pid!, 'SIGSTOP');
  const sent = await flood(client, server.ipv4, 3000);
  process.kill(pid!, 'SIGCONT');
  const told = () => {
    const { knocks, dropped } = capturing.snapshot()!;
    return Object.values(dropped).reduce((sum, count) => sum + count, knocks);
  };
  // What the sender had queued when it closed its socket was never sent: less than one of its bursts.
  await until('all is told', () => told() > sent - 64).catch((error: Error) => {
    throw new Error(`${error.message}: ${told()} of ${sent}`);
  });
  const { dropped } = capturing.snapshot()!;
  t.log(`${sent} sent, ${JSON.stringify(dropped)}`);
  t.true((dropped.kernel ?? 0) > sent / 2);
  t.deepEqual(await processesOf(server), [pid], 'a short stop is forgiven');
});

/** The real child's place is taken by a bad one. */
async function hostile(lab: Lab, mode: string): Promise<string> {
  const folder = join(lab.folder, 'hostile');
  await mkdir(folder, { recursive: true });
  const program = join(folder, `${mode}.js`);
  await symlink(HOSTILE_CHILD, program);
  return `lo=${program}`;
}

/** Longest turn of the event loop in a daemon of which a child floods. */
const MAX_TURN_MS = 250;
const MAX_MEMORY = 160 * 1024 * 1024;

for (const [mode, why] of [
  ['records', undefined],
  ['garbage', /no record or no line of ours/],
  ['text', /bytes/],
  ['lines', /bytes a second/],
  ['crash', /exit code 3/],
  ['late', /SIGABRT/],
] as const) {
  labTest(`a child gone bad (${mode}): the daemon answers, others are heard, it is started again`, async (t, bench) => {
    const { lab, server, client } = bench;
    const capturing = Capturing.start(server, [await hostile(lab, mode), 'eth0']);
    await capturing.reached('eth0', 'capturing');
    await until('it goes bad', () => {
      const bad = capturing.snapshot()?.statuses[0];
      return mode === 'records' ? (capturing.snapshot()?.knocks ?? 0) > 500_000 : (bad?.restarts ?? 0) >= 3;
    });
    await hears(capturing, 'eth0', client, server.ipv4, 999);
    const snapshots = capturing.snapshots().slice(1);
    const turnMs = Math.max(...snapshots.map((snapshot) => snapshot.turnMs));
    const memory = Math.max(...snapshots.map((snapshot) => snapshot.memory));
    const { knocks, statuses, dropped } = capturing.snapshot()!;
    t.log(
      `turns of at most ${turnMs} ms, ${Math.round(memory / 1e6)} MB, ${knocks} knocks, ${JSON.stringify(dropped)}`,
    );
    t.true(turnMs <= MAX_TURN_MS, `${turnMs} ms`);
    t.true(memory <= MAX_MEMORY, `${memory}`);
    t.is(statuses[1]?.restarts, 0);
    if (why) t.true(capturing.states('lo').some(({ message }) => why.test(message ?? '')));
  });
}

labTest('a child that says nothing after its start is replaced', async (t, { lab, server }) => {
  const capturing = Capturing.start(server, [await hostile(lab, 'mute')]);
  await capturing.reached('lo', 'capturing', 2);
  t.is(capturing.states('lo')[1]?.message, 'no sign of life for 5 s');
});
