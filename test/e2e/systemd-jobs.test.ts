// Programs of doors under a real systemd: as the daemon's own user within the unit, as another one with what docs/systemd.md
// says; one-time sequences in the state folder.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Host } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { SystemdHost } from '../lab/systemd.ts';

const PAGE = fileURLToPath(new URL('../../../docs/systemd.md', import.meta.url));
const SCRIPT =
  'echo $(id -un) $(id -Gn); grep -E "^(CapPrm|CapAmb)" /proc/self/status; touch /opt/backup/done && echo written';

function door(name: string, port: number, rest: string): string {
  return `\n[[door]]\nname = "${name}"\nknocks = ["udp/${port}", "udp/${port - 1}"]\nkind = "sequence"\n${rest}\n`;
}

/** Adds doors to the configuration that `knockdaemon install` has written. */
async function configure(host: SystemdHost, toml: string): Promise<void> {
  await host.mustRun('/bin/bash', ['-c', `cat >>/etc/knockdaemon/knockdaemon.toml <<'END'\n${toml}\nEND`]);
}

async function knockOn(from: Host, to: Host, ports: string): Promise<void> {
  await from.mustRun('/usr/bin/knock', ['-u', '-d', '20', to.ipv4, ...ports.split(' ')]);
}

labTest('a program runs as the user of the daemon, without its capabilities, in its narrow world', async (t, bench) => {
  const { lab, server, client } = bench;
  const host = await SystemdHost.boot(lab, server);
  await host.install();
  const run = `run = { argv = ["/bin/sh", "-c", '${SCRIPT}'], user = "knockdaemon" }`;
  const once = door('once', 0, 'file = "/var/lib/knockdaemon/once"\nopen = { ports = ["tcp/22"], time = 1 }')
    .replace(/knocks.*\n/, '')
    .replace('"sequence"', '"one-time"');
  await configure(host, door('own', 7001, run) + once);
  await host.mustRun('/bin/bash', [
    '-c',
    'mkdir -p /opt/backup /var/lib/knockdaemon; chown knockdaemon: /opt/backup; echo "8001:udp,8000:udp" >/var/lib/knockdaemon/once; chmod 600 /var/lib/knockdaemon/once; chown -R knockdaemon: /var/lib/knockdaemon; chmod 700 /var/lib/knockdaemon',
  ]);
  await host.start();
  await host.logged('"state":"capturing"');
  await knockOn(client, server, '7001 7000');
  await host.logged('"job":"door \\"own\\""');
  await host.logged('"event":"job-ended"');
  const log = host.log();
  t.true(log.includes('"line":"knockdaemon knockdaemon"'), log);
  for (const set of ['CapPrm', 'CapAmb']) t.true(log.includes(`${set}:\\\\t0000000000000000`), set);
  t.regex(log, /Read-only file system/);
  t.false(log.includes('"line":"written"'));
  await knockOn(client, server, '8001 8000');
  await host.logged('"event":"opened"');
  t.is(await host.mustRun('/bin/cat', ['/var/lib/knockdaemon/once']), '#8001:udp,8000:udp\n');
});

labTest('with the drop-in of the page it runs as another user, and writes where it may', async (t, bench) => {
  const { lab, server, client } = bench;
  const [, dropIn = ''] =
    /## Programs of doors and hooks[\s\S]*?```ini\n\[Service\]\n([\s\S]*?)```/.exec(await readFile(PAGE, 'utf8')) ?? [];
  const host = await SystemdHost.boot(lab, server);
  await host.install();
  await configure(host, door('backup', 7001, `run = { argv = ["/bin/sh", "-c", '${SCRIPT}'], user = "backup" }`));
  await host.mustRun('/bin/bash', ['-c', 'mkdir -p /opt/backup; chown backup: /opt/backup']);
  // The lab's own folder in the place of one that is the machine's.
  t.regex(dropIn, /^ReadWritePaths=\/srv\/backup$/m);
  await host.dropIn('jobs', dropIn.replace('/srv/backup', '/opt/backup'));
  await host.start();
  await host.logged('"state":"capturing"');
  await knockOn(client, server, '7001 7000');
  await host.logged('"event":"job-ended"');
  const log = host.log();
  t.true(log.includes('"line":"backup backup"'), log);
  for (const set of ['CapPrm', 'CapAmb']) t.true(log.includes(`${set}:\\\\t0000000000000000`), set);
  t.true(log.includes('"line":"written"'), log);
  t.true(log.includes('"confined":true'), 'the capture process gave up the new rights too');
});
