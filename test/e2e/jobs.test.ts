// Programs that doors and hooks run: as their user, with their environment, for their time, and the stop that survives the
// daemon.

import { readdirSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ALICE,
  DaemonProcess,
  KNOCKDAEMON,
  launchDaemon,
  restartDaemon,
  startDaemon,
  writeConfig,
} from '../lab/daemon-process.ts';
import { knock, sequence } from '../lab/knocking.ts';
import type { Host } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { until } from '../lab/until.ts';

function door(name: string, port: number, run: string): string {
  return `[[door]]\nname = "${name}"\nkind = "sequence"\nknocks = ["udp/${port}", "udp/${port + 1}"]\nrun = { ${run} }\n`;
}

async function knockOn(from: Host, to: Host, port: number): Promise<void> {
  await from.mustRun('/usr/bin/knock', ['-u', '-d', '20', to.ipv4, String(port), String(port + 1)]);
}

/** What programs have said in the log. */
function output(daemon: DaemonProcess, job: string): string[] {
  return daemon.lines().flatMap((line) => (line.event === 'job-output' && line.job === job ? [String(line.line)] : []));
}

labTest('a backup runs once for an encrypted knock: as its user, with its environment', async (t, bench) => {
  const { lab, server, client } = bench;
  const group = join(lab.folder, 'group');
  await writeFile(group, `${await readFile('/etc/group', 'utf8')}tapes:x:4711:backup\n`, { mode: 0o644 });
  const script = 'echo "$0 $1"; id; env | sort; grep -E "^(Cap|NoNew)" /proc/self/status; echo fds $(ls /proc/self/fd)';
  const argv = `["/bin/sh", "-c", '${script}', "backup of", "%IP% $(touch /tmp/never);"]`;
  const tables = `[[door]]\nname = "backup"\nkind = "encrypted"\nport = 9000\nrun = { argv = ${argv}, user = "backup" }\n`;
  const clients = [{ ...ALICE, toml: 'ports = ["tcp/22", "tcp/9000"]' }];
  const configFile = await writeConfig(lab, { clients, tables });
  // A namespace of mounts is its own: the groups of the machine stay as they are.
  const command = `mount --bind ${group} /etc/group && exec ${process.execPath} ${KNOCKDAEMON} run --config ${configFile}`;
  const daemon = new DaemonProcess(server.start('/bin/bash', ['-c', command], { SECRET: 'x' }), configFile);
  await daemon.line({ event: 'capture', state: 'capturing' });

  const recorded = sequence({ port: 9000, time: 0 });
  const beforeMs = Date.now();
  await knock(client, server.ipv4, recorded);
  await daemon.line({ event: 'ran', client: 'alice', door: 'backup', address: client.ipv4 });
  await daemon.line({ event: 'job-ended', job: 'door "backup"' });
  const said = output(daemon, 'door "backup"');
  t.is(said[0], `backup of ${client.ipv4} $(touch /tmp/never);`, 'an argument is one, whatever is in it');
  t.is(said[1], 'uid=34(backup) gid=34(backup) groups=34(backup),4711(tapes)');
  const environment = said.filter((line) => /^[A-Z_]+=/.test(line) && !/^(PWD|SHLVL|_|OLDPWD)=/.test(line));
  t.deepEqual(
    environment.map((line) => line.replace(/TIME=.*/, 'TIME')),
    [
      `KNOCK_ADDRESS=${client.ipv4}`,
      'KNOCK_CLIENT=alice',
      'KNOCK_DOOR=backup',
      'KNOCK_TIME',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ],
  );
  const timeMs = Date.parse(environment[3]?.slice('KNOCK_TIME='.length) ?? '');
  t.true(timeMs >= beforeMs && timeMs <= Date.now());
  t.true(said.includes('fds 0 1 2 3'), 'no descriptor of the daemon; the fourth is that of ls');
  for (const set of ['Inh', 'Prm', 'Eff', 'Amb']) t.true(said.includes(`Cap${set}:\\t${'0'.repeat(16)}`), set);

  await knock(client, server.ipv4, recorded);
  await daemon.line({ event: 'denied', reason: 'replay' });
  t.is(daemon.count('ran'), 1);
});

labTest('no descriptor is left for a program: that is a failure, and the daemon goes on', async (t, bench) => {
  const { lab, server, client } = bench;
  const daemon = await startDaemon(lab, server, {
    tables: door('tape', 7000, `argv = ["/bin/true"], user = "backup"`),
  });
  const { pid } = daemon.background.child;
  const limit = (descriptors: number) =>
    server.mustRun('/usr/bin/prlimit', ['--pid', String(pid), `--nofile=${descriptors}:`]);
  const used = () => readdirSync(`/proc/${pid}/fd`).length;
  for (const spare of [0, 1, 3]) {
    await limit(used() + spare);
    const failed = daemon.count('failed');
    await knockOn(client, server, 7000);
    await until('it is told', () => daemon.count('failed') > failed);
  }
  await limit(1024);
  await knockOn(client, server, 7000);
  await daemon.line({ event: 'job-ended', job: 'door "tape"' });
  t.is(daemon.count('ran'), 1);
});

labTest('a failure is logged, a second one at once is refused, one that takes too long is ended', async (t, bench) => {
  const { lab, server, client } = bench;
  const stubborn = `["/bin/bash", "-c", 'trap "" TERM; echo begun; sleep 1000 & wait; wait; sleep 1000']`;
  const tables = [
    door('fails', 7000, `argv = ["/bin/sh", "-c", "echo no tape >&2; exit 3"], user = "backup"`),
    door('missing', 7010, `argv = ["/no/such/program"], user = "backup"`),
    door('nobody', 7020, `argv = ["/bin/true"], user = "nosuchuser"`),
    door('slow', 7030, `argv = ${stubborn}, user = "root", timeout = 2`),
    door('deaf', 7050, `argv = ${stubborn}, user = "root", timeout = 1000`),
    door('loud', 7040, `argv = ["/bin/sh", "-c", "yes | head -c 1000000; echo end"], user = "backup"`),
  ];
  const daemon = await startDaemon(lab, server, { tables: tables.join('\n') });
  await knockOn(client, server, 7000);
  const { msg } = await daemon.line({ event: 'job-ended', job: 'door "fails"', how: 'exit code 3' });
  t.is(msg, 'door "fails": failed: exit code 3');
  t.deepEqual(output(daemon, 'door "fails"'), ['no tape']);
  await knockOn(client, server, 7010);
  await daemon.line({ event: 'job-ended', job: 'door "missing"', how: 'exit code 127' });
  await knockOn(client, server, 7020);
  await daemon.line({ event: 'failed', client: 'door:nobody', error: 'there is no user "nosuchuser"' });

  await knockOn(client, server, 7030);
  await until('it has begun', () => output(daemon, 'door "slow"').includes('begun'));
  await knockOn(client, server, 7030);
  await daemon.line({ event: 'failed', client: 'door:slow', error: 'it still runs' });
  await daemon.line({ event: 'job-timeout', job: 'door "slow"' });
  await daemon.line({ event: 'job-ended', job: 'door "slow"', how: 'it took more than 2 s' });
  const { stdout } = await server.run('/usr/sbin/ip', ['netns', 'pids', server.namespace]);
  for (const pid of stdout.split('\n').filter(Boolean)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    t.false(command.startsWith('sleep'), 'what it started is gone too');
  }

  await knockOn(client, server, 7040);
  const loud = await daemon.line({ event: 'job-ended', job: 'door "loud"' });
  t.is(output(daemon, 'door "loud"').length, 200);
  t.is(loud.left, 499_801);

  await knockOn(client, server, 7050);
  await until('the deaf one has begun', () => output(daemon, 'door "deaf"').includes('begun'));
  t.is(await Promise.race([daemon.background.stop(), sleep(5000, 'it waits', { ref: false })]), 0);
});

labTest('a stop runs at its time, though the daemon was killed in between: once', async (t, bench) => {
  const { lab, server, client } = bench;
  const run = (afterSeconds: number) =>
    `argv = ["/bin/echo", "start %IP%"], user = "backup", stop_argv = ["/bin/sh", "-c", "echo stop $KNOCK_ADDRESS $KNOCK_DOOR"], stop_after = ${afterSeconds}`;
  const tables = [door('late', 7000, run(3)), door('later', 7010, run(8)), door('now', 7020, run(1))].join('\n');
  const daemon = await startDaemon(lab, server, { tables });
  await knockOn(client, server, 7020);
  const stopOf = (name: string) => `the stop of door "${name}"`;
  await daemon.line({ event: 'job-ended', job: stopOf('now') });
  t.deepEqual(output(daemon, stopOf('now')), [`stop ${client.ipv4} now`]);

  await knockOn(client, server, 7010);
  await knockOn(client, server, 7000);
  await until(
    'both are started',
    () => output(daemon, 'door "late"').length + output(daemon, 'door "later"').length === 2,
  );
  await daemon.background.stop('SIGKILL');
  const afterKill = daemon.lines().filter(({ event }) => event === 'job-output').length;
  t.is(afterKill, 4, 'neither stop has run yet');
  const killedMs = Date.now();
  await until('the first is late', () => Date.now() > killedMs + 3000);

  const again = await restartDaemon(server, daemon);
  await again.line({ event: 'job-ended', job: stopOf('late') });
  await again.line({ event: 'job-ended', job: stopOf('later') });
  t.deepEqual(output(again, stopOf('late')), [`stop ${client.ipv4} late`]);
  t.deepEqual(output(again, stopOf('later')), [`stop ${client.ipv4} later`]);
  await again.background.stop('SIGKILL');

  const third = launchDaemon(server, daemon.configFile);
  await third.line({ event: 'capture', state: 'capturing' });
  await knockOn(client, server, 7020);
  await third.line({ event: 'job-ended', job: stopOf('now') });
  t.deepEqual(
    third.lines().flatMap((line) => (line.event === 'job-output' ? [line.line] : [])),
    [`start ${client.ipv4}`, `stop ${client.ipv4} now`],
    'nothing is run a second time',
  );
});

labTest('hooks are told of what opens, closes, ends and is denied', async (t, bench) => {
  const { lab, server, client } = bench;
  const argv = (word: string) => `["/bin/sh", "-c", "echo ${word} %IP% $KNOCK_CLIENT $KNOCK_DOOR"]`;
  const hooks = `[hooks]\nuser = "nobody"\non_open = ${argv('open')}\non_close = ${argv('close')}\non_denied = ${argv('denied')}\n`;
  const tables = `${hooks}
[[door]]
name = "ssh"
kind = "sequence"
knocks = ["udp/7000", "udp/7001"]
open = { ports = ["tcp/2222"], time = 1 }
`;
  const clients = [{ ...ALICE, toml: 'ports = ["tcp/22"]' }];
  const daemon = await startDaemon(lab, server, { tables, clients });
  await knock(client, server.ipv4, sequence({ time: 0 }));
  await daemon.line({ event: 'opened' });
  await knock(client, server.ipv4, sequence({ time: 255 }));
  await daemon.line({ event: 'closed' });
  await knock(client, server.ipv4, sequence({ port: 23 }));
  await daemon.line({ event: 'denied' });
  await knockOn(client, server, 7000);
  await daemon.line({ event: 'job-output', line: `open ${client.ipv4} ssh` });
  await daemon.line({ event: 'job-output', line: `close ${client.ipv4} ssh` }, 90);
  const all = daemon.lines().flatMap((line) => (line.event === 'job-output' ? [line.line] : []));
  t.deepEqual(all, [
    `open ${client.ipv4} alice tcp/22`,
    `close ${client.ipv4} alice tcp/22`,
    `denied ${client.ipv4} alice 23`,
    `open ${client.ipv4} ssh`,
    `close ${client.ipv4} ssh`,
  ]);
});
