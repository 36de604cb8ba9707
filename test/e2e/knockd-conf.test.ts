// A daemon that obeys a knockd.conf: what it takes over of knockd besides the doors.

import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KNOCKDAEMON, launchDaemon, writeConfig } from '../lab/daemon-process.ts';
import { FOLDER, knockWith, ObeyedConf, obeyConf } from '../lab/knockd-process.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen, lookAt } from '../lab/probes.ts';
import { iptablesDefaultDrop } from '../lab/rulesets.ts';
import { until } from '../lab/until.ts';

const LOG = `[options]\nlogfile = ${FOLDER}/knockd.log\n`;

function door(name: string, ports: string): string {
  return `[${name}]\nsequence = ${ports}\ntcpflags = syn\ncommand = /bin/true\n`;
}

labTest('a reload takes the file anew; a wrong one changes nothing', async (t, { lab, server, client }) => {
  const obeyed = await obeyConf(lab, server, 'knockdaemon', LOG + door('old door', '7000,8000'));
  const { background, folder } = obeyed;
  const file = join(folder, 'knockd.conf');
  const write = (text: string) => writeFile(file, text.replaceAll(FOLDER, folder), { mode: 0o600 });
  const reload = () => background.child.kill('SIGHUP');
  await knockWith('knock', client, server, ['7000', '8000']);
  await obeyed.said(`${client.ipv4}: old door: OPEN SESAME`);

  await write(LOG + door('wrong door', '7000,80000'));
  reload();
  await until('the reload is refused', () => background.stdout.includes('"reload-refused"'));
  t.regex(background.stdout, /line 4, \[wrong door\] sequence/);
  await knockWith('knock', client, server, ['7000', '8000']);
  await obeyed.said(`${client.ipv4}: old door: OPEN SESAME`, 2);

  await write(LOG + door('new door', '7001,8001'));
  reload();
  await until('the reload is taken', () => background.stdout.includes('"reloaded"'));
  await knockWith('knock', client, server, ['7000', '8000']);
  await until('the new door hears', async () => {
    await knockWith('knock', client, server, ['7001', '8001']);
    return obeyed.phrases().includes(`${client.ipv4}: new door: OPEN SESAME`);
  });
  t.is(obeyed.phrases().filter((phrase) => phrase === `${client.ipv4}: old door: OPEN SESAME`).length, 2);
});

labTest('PidFile is there as long as the daemon is; the log ends as that of knockd', async (t, { lab, server }) => {
  const conf = `${LOG}pidfile = ${FOLDER}/pid\n${door('a', '1,2')}`;
  const obeyed = await obeyConf(lab, server, 'knockdaemon', conf);
  t.true(existsSync(join(obeyed.folder, 'pid')));
  await obeyed.background.stop();
  t.false(existsSync(join(obeyed.folder, 'pid')));
  t.is(obeyed.phrases().at(-1), 'shutting down');
});

/** A /dev with nothing in it but what programs need, and a listener on /dev/log; then the command that follows. */
const WITH_SYSLOG = `
mkdir "$1/dev" && mount --rbind /dev "$1/dev" && mount -t tmpfs none /dev
for device in null zero full random urandom tty; do touch /dev/$device; mount --bind "$1/dev/$device" /dev/$device; done
timeout 60 python3 -u -c 'import socket
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
open("'"$1"'/listening", "w").close()
line = ""
while "shutting down" not in line:
    line = log.recv(4096).decode()
    with open("'"$1"'/syslog", "a") as out: out.write(line + "\\n")' &
listener=$!
while ! [ -e "$1/listening" ]; do sleep 0.02; done
trap 'kill $daemon; wait $daemon $listener' TERM
shift
"$@" & daemon=$!
wait $daemon
`;

labTest('UseSyslog writes what knockd writes there', async (t, { lab, server, client }) => {
  const lines = async (program: readonly string[], name: string) => {
    const folder = join(lab.folder, name);
    await server.mustRun('/usr/bin/mkdir', [folder]);
    const conf = join(folder, 'knockd.conf');
    await writeFile(conf, `[options]\nUseSyslog\n${door('ssh', '7000,8000')}`, { mode: 0o600 });
    const args = ['--mount', '/bin/sh', '-c', WITH_SYSLOG, 'sh', folder, ...program, conf];
    const obeyed = new ObeyedConf(server.start('/usr/bin/unshare', args), folder);
    const has = (phrase: string) => until(`"${phrase}" in syslog`, () => obeyed.read('syslog').includes(phrase));
    await has('starting up');
    if (program[0] !== '/usr/sbin/knockd') {
      await until('it listens', () => obeyed.background.stdout.includes('"capturing"'));
    }
    await knockWith('knock', client, server, ['7000', '8000']);
    await has('running command');
    await obeyed.background.stop();
    await has('shutting down');
    // The time, and what only knockd has: an empty line after each command.
    return obeyed
      .read('syslog')
      .replaceAll(/(<\d+>)\w{3} [ \d]\d \d\d:\d\d:\d\d /g, '$1')
      .replaceAll(/\n+/g, '\n');
  };
  const main = await writeConfig(lab, { clients: [], top: 'interface = "eth0"', firewall: 'mode = "mark"' });
  const knockd = await lines(['/usr/sbin/knockd', '-i', 'eth0', '-c'], 'knockd');
  const ours = await lines([process.execPath, KNOCKDAEMON, 'run', '--config', main, '--knockd-conf'], 'ours');
  t.is(ours, knockd);
  t.regex(ours, /^<29>knockd: \S+: ssh: OPEN SESAME$/m);
});

labTest('what import prints opens and closes by knocks, with the one rule that it names', async (t, bench) => {
  const { lab, server, client, third } = bench;
  const pair = (name: string, ports: string, action: string) =>
    `[${name}]\nsequence = ${ports}\ntcpflags = syn\ncommand = /sbin/iptables ${action} INPUT -s %IP% -p tcp --dport 22 -j ACCEPT\n`;
  const file = join(lab.folder, 'knockd.conf');
  await writeFile(file, pair('openSSH', '7000,8000,9000', '-A') + pair('closeSSH', '9000,8000,7000', '-D'));
  const printed = await server.mustRun(process.execPath, [KNOCKDAEMON, 'import', file]);
  const own = `state_dir = "${lab.folder}/state"\ncontrol_socket = "${lab.folder}/control.sock"\n`;
  const main = join(lab.folder, 'imported.toml');
  await writeFile(main, own + printed, { mode: 0o600 });

  await iptablesDefaultDrop(server, []);
  const rule = /^#\s+(iptables .* -j ACCEPT)\b/m.exec(printed)?.[1] ?? '';
  const [iptables = '', ...args] = rule.split(' ');
  await server.mustRun(`/usr/sbin/${iptables}`, args);
  await listen(server, 'tcp', 22, 'service');
  const daemon = launchDaemon(server, main);
  await daemon.line({ event: 'capture', state: 'capturing' });

  t.is(await lookAt(client, server.ipv4, 22), 'silent');
  await knockWith('knock', client, server, ['7000', '8000', '9000']);
  t.true(await isOpen(client, server.ipv4, 22));
  t.is(await lookAt(third, server.ipv4, 22), 'silent');
  await knockWith('knockclient', client, server, ['9000', '8000', '7000']);
  await daemon.line({ event: 'closed' });
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
});
