// As a user of its own with two capabilities, without systemd: what a container or another service manager can do.

import { chown, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeEnrolmentLink } from '@eightknock/codec';
import { DaemonProcess, KNOCKDAEMON, SERVER_ID } from '../lab/daemon-process.ts';
import { knock, sequence } from '../lab/knocking.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen, lookAt } from '../lab/probes.ts';
import { mustRun } from '../lab/run.ts';

/** Nobody has these numbers. */
const USER = 54_321;
const SETPRIV = [
  `--reuid=${USER}`,
  `--regid=${USER}`,
  '--clear-groups',
  '--inh-caps=-all,+net_raw,+net_admin',
  '--ambient-caps=-all,+net_raw,+net_admin',
  '--bounding-set=-all,+net_raw,+net_admin',
  '--no-new-privs',
];

labTest('root enrols, the own user runs: the guard stands, a knock opens', async (t, { lab, server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  // As "knockdaemon install" makes them: the configuration root's, clients.d the user's.
  const folder = await mkdtemp(join(tmpdir(), 'eightknock-own-'));
  lab.defer(() => rm(folder, { recursive: true }));
  const config = join(folder, 'knockdaemon.toml');
  const socket = join(folder, 'run', 'control.sock');
  const top = `server_id = "${SERVER_ID}"\nstate_dir = "${join(folder, 'state')}"\ncontrol_socket = "${socket}"\n`;
  await writeFile(config, top, { mode: 0o640 });
  await chown(config, 0, USER);
  await chown(folder, 0, USER);
  await mustRun('/bin/chmod', ['750', folder]);
  for (const name of ['clients.d', 'state', 'run']) {
    await mkdir(join(folder, name), { mode: 0o700 });
    await chown(join(folder, name), USER, USER);
  }
  const enroll = ['enroll', 'alice', '--ports', 'tcp/22', '--host', 'lab.example.net', '--config', config];
  const link = decodeEnrolmentLink(await mustRun(process.execPath, [KNOCKDAEMON, ...enroll]));
  t.like(await stat(join(folder, 'clients.d', 'alice.toml')), { uid: USER, gid: USER });
  await mustRun(process.execPath, [KNOCKDAEMON, 'check', '--config', config]);

  const run = [process.execPath, KNOCKDAEMON, 'run', '--config', config];
  const daemon = new DaemonProcess(server.start('/usr/bin/setpriv', [...SETPRIV, ...run]), config);
  await daemon.line({ event: 'capture', state: 'capturing', confined: true });
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
  await knock(client, server.ipv4, sequence({}, { client: { name: 'alice', secret: link.secret, toml: '' } }));
  t.true(await isOpen(client, server.ipv4, 22));
  const status = await server.run(process.execPath, [KNOCKDAEMON, 'status', '--json', '--config', config]);
  t.like(JSON.parse(status.stdout), { grants: 1 });
  t.is(await daemon.background.stop(), 0);
});
