// The daemon as a user of its own with two capabilities and no way to more, as under the systemd unit, but without systemd.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, chown, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { decodeEnrolmentLink } from '@eightknock/codec';
import { ask, DaemonProcess, KNOCKDAEMON, type LabClient, SERVER_ID, writeConfig } from '../lab/daemon-process.ts';
import { knock, sequence } from '../lab/knocking.ts';
import type { Host, Lab } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen, lookAt } from '../lab/probes.ts';
import { processOf } from '../lab/processes.ts';
import { watchSecret } from '../lab/secrets.ts';
import { until } from '../lab/until.ts';

/** Nobody's number: no user of the machine, and not the capture process's nobody. */
const USER = 65533;
const CAPABILITIES = '-all,+net_raw,+net_admin';
const AS_USER = [
  `--reuid=${USER}`,
  `--regid=${USER}`,
  '--clear-groups',
  `--inh-caps=${CAPABILITIES}`,
  `--ambient-caps=${CAPABILITIES}`,
  `--bounding-set=${CAPABILITIES}`,
  '--no-new-privs',
];

/** What "knockdaemon install" makes: root's configuration, which the user can only read, and his folder of clients. */
async function ownConfig(lab: Lab): Promise<string> {
  const file = await writeConfig(lab, {
    clients: [],
    firewall: 'guard = ["tcp/22"]',
    top: `control_socket = "${lab.folder}/run/control.sock"`,
  });
  const folder = dirname(file);
  await chown(folder, 0, USER);
  await chmod(folder, 0o750);
  await chown(file, 0, USER);
  await chmod(file, 0o640);
  for (const own of [join(folder, 'clients.d'), join(folder, 'state'), join(lab.folder, 'run')]) {
    await mkdir(own, { mode: 0o700 });
    await chown(own, USER, USER);
  }
  // Root's alone otherwise: the user has to get through.
  await chmod(lab.folder, 0o711);
  return file;
}

/** As root. */
function enroll(name: string, configFile: string): LabClient {
  const args = ['enroll', name, '--ports', 'tcp/22', '--host', SERVER_ID, '--config', configFile];
  const link = execFileSync(process.execPath, [KNOCKDAEMON, ...args], { encoding: 'utf8', stdio: 'pipe' });
  const { secret } = decodeEnrolmentLink(link.trim());
  watchSecret(secret, `the one of ${name}`);
  return { name, secret, toml: '' };
}

async function startAsUser(server: Host, configFile: string): Promise<DaemonProcess> {
  const command = [process.execPath, KNOCKDAEMON, 'run', '--config', configFile];
  const daemon = new DaemonProcess(server.start('/usr/bin/setpriv', [...AS_USER, ...command]), configFile);
  await daemon.line({ event: 'capture', state: 'capturing' });
  return daemon;
}

/** /proc/PID/status of the daemon and its capture process. */
async function processes(server: Host): Promise<{ daemon: string; child: string; childPid: number }> {
  const [daemon, child] = [await processOf(server, 'bin/knockdaemon.js'), await processOf(server)];
  const status = (pid: number) => readFileSync(`/proc/${pid}/status`, 'utf8');
  return { daemon: status(daemon), child: status(child), childPid: child };
}

labTest('as another user than root: the guard is put in place, and a knock opens', async (t, bench) => {
  const { lab, server, client } = bench;
  await listen(server, 'tcp', 22, 'service');
  const configFile = await ownConfig(lab);
  const alice = enroll('alice', configFile);
  const daemon = await startAsUser(server, configFile);
  t.like(await daemon.line({ event: 'capture', state: 'capturing' }), { confined: true });
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
  await knock(client, server.ipv4, sequence({}, { client: alice }));
  t.true(await isOpen(client, server.ipv4, 22));

  const { daemon: parent, child } = await processes(server);
  t.regex(parent, new RegExp(`^Uid:(\\t${USER}){4}$`, 'm'));
  for (const set of ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) t.regex(parent, new RegExp(`^${set}:\\t0{12}3000$`, 'm'));
  for (const set of ['CapPrm', 'CapEff', 'CapAmb']) t.regex(child, new RegExp(`^${set}:\\t0{16}$`, 'm'));
  t.regex(child, /^Seccomp:\t2$/m);

  const files = [
    [join(dirname(configFile), 'state/state.db'), 0o600],
    [join(lab.folder, 'run/control.sock'), 0o600],
  ] as const;
  for (const [path, mode] of files) {
    const made = await stat(path);
    t.deepEqual([made.uid, made.mode & 0o777], [USER, mode], path);
  }
});

labTest('a client that root enrols is learned by a daemon of another user', async (t, { lab, server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  const configFile = await ownConfig(lab);
  const daemon = await startAsUser(server, configFile);
  const bob = enroll('bob', configFile);
  const { uid, gid, mode } = await stat(join(dirname(configFile), 'clients.d/bob.toml'));
  t.deepEqual([uid, gid, mode & 0o777], [USER, USER, 0o600]);
  // As root, who owns neither the file nor the socket.
  await ask(server, daemon, 'reload');
  await knock(client, server.ipv4, sequence({}, { client: bob }));
  t.true(await isOpen(client, server.ipv4, 22));
});

labTest('killed, the capture process of another user is replaced, and is as confined', async (t, bench) => {
  const { lab, server, client } = bench;
  await listen(server, 'tcp', 22, 'service');
  const configFile = await ownConfig(lab);
  const alice = enroll('alice', configFile);
  const daemon = await startAsUser(server, configFile);
  process.kill((await processes(server)).childPid, 'SIGKILL');
  const states = () => daemon.lines().filter(({ event, state }) => event === 'capture' && state === 'capturing');
  await until('it captures again', () => states().length === 2);
  t.true(states().every(({ confined }) => confined === true));
  await knock(client, server.ipv4, sequence({}, { client: alice }));
  t.true(await isOpen(client, server.ipv4, 22));
});
