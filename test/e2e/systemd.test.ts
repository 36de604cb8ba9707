// Under a real systemd as process 1: installed as an administrator does it, run by the unit with all its restrictions.

import { knock, sequence } from '../lab/knocking.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen, lookAt } from '../lab/probes.ts';
import { Sshd } from '../lab/sshd.ts';
import { SystemdHost } from '../lab/systemd.ts';
import { until } from '../lab/until.ts';

labTest('installed, enrolled, started: a knock opens, as a user with two capabilities', async (t, bench) => {
  const { lab, server, client } = bench;
  await listen(server, 'tcp', 22, 'service');
  const host = await SystemdHost.boot(lab, server);
  t.regex(await host.install(), /systemctl enable --now knockdaemon\n$/);
  const alice = await host.enroll('alice');
  const check = await host.knockdaemon('check');
  t.is(check.stderr, '');
  t.is(check.code, 0);

  await host.start();
  t.is(await host.property('ActiveState'), 'active');
  t.is(await host.property('StatusText'), 'the guard is in place');
  await host.logged('"state":"capturing"');
  await host.logged('"confined":true');
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
  await knock(client, server.ipv4, sequence({}, { client: alice }));
  t.true(await isOpen(client, server.ipv4, 22));

  const pid = await host.property('MainPID');
  const process = await host.mustRun('/bin/cat', [`/proc/${pid}/status`]);
  const uid = (await host.mustRun('/usr/bin/id', ['-u', 'knockdaemon'])).trim();
  t.not(uid, '0');
  t.regex(process, new RegExp(`^Uid:\\t${uid}\\t${uid}\\t${uid}\\t${uid}$`, 'm'));
  for (const set of ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
    t.regex(process, new RegExp(`^${set}:\\t0000000000003000$`, 'm'));
  t.regex(process, /^NoNewPrivs:\t1$/m);
  t.regex(process, /^Seccomp:\t2$/m);

  const status = await host.knockdaemon('status', '--json');
  t.is(status.code, 0, status.stderr);
  t.like(JSON.parse(status.stdout), { clients: 1, grants: 1 });
});

labTest('no system call is made that the unit refuses: it would be death here', async (t, { lab, server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  const host = await SystemdHost.boot(lab, server);
  await host.install();
  const alice = await host.enroll('alice');
  // But for one: the capture process tries to go first, and may not.
  await host.dropIn('kill', 'SystemCallErrorNumber=kill\nSystemCallFilter=setpriority');
  await host.start();
  await host.logged('"state":"capturing"');
  await knock(client, server.ipv4, sequence({}, { client: alice }));
  t.true(await isOpen(client, server.ipv4, 22));
  t.is((await host.systemctl('reload')).code, 0);
  t.is((await host.systemctl('stop')).code, 0);
  t.is(await host.property('Result'), 'success');
  t.is(await host.property('NRestarts'), '0');
  t.is(host.log().split('"state":"ended"').length, 1, 'nor did the capture process');
});

labTest('a session that is older than the guard is not cut off, although /proc is all but empty', async (t, bench) => {
  const { lab, server, client } = bench;
  const sshd = await Sshd.start(lab, server);
  const host = await SystemdHost.boot(lab, server);
  await host.install();
  await host.enroll('alice');
  const session = client.start('/usr/bin/ssh', [...sshd.arguments(server.ipv4), 'cat'], {}, 'pipe');
  const echoes = async (text: string) => {
    session.child.stdin?.write(`${text}\n`);
    await until(`the echo of "${text}"`, () => session.stdout.includes(text));
  };
  await echoes('before');
  await host.start();
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
  await echoes('after');
});

labTest('reload: a new client is learned; a wrong configuration is reported, and changes nothing', async (t, bench) => {
  const { lab, server, client, third } = bench;
  await listen(server, 'tcp', 22, 'service');
  const host = await SystemdHost.boot(lab, server);
  await host.install();
  const alice = await host.enroll('alice');
  await host.start();
  await host.logged('"state":"capturing"');

  const bob = await host.enroll('bob');
  const reloaded = await host.systemctl('reload');
  t.is(reloaded.code, 0, reloaded.stderr + host.log());
  await knock(client, server.ipv4, sequence({}, { client: bob }));
  t.true(await isOpen(client, server.ipv4, 22));

  await host.mustRun('/bin/bash', ['-c', 'echo "colour = 1" >>/etc/knockdaemon/knockdaemon.toml']);
  t.not((await host.systemctl('reload')).code, 0);
  t.is(await host.property('ActiveState'), 'active');
  await knock(third, server.ipv4, sequence({}, { client: alice }));
  t.true(await isOpen(third, server.ipv4, 22));
});

labTest('a daemon that hangs is ended by the watchdog and started again', async (t, { lab, server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  const host = await SystemdHost.boot(lab, server);
  await host.install();
  const alice = await host.enroll('alice');
  await host.dropIn('watchdog', 'WatchdogSec=2\nRestartSec=100ms');
  await host.start();
  await host.logged('"state":"capturing"');
  const first = await host.property('MainPID');
  await host.mustRun('/bin/kill', ['-STOP', first]);
  await until('it was started again', async () => {
    const [pid, state] = [await host.property('MainPID'), await host.property('ActiveState')];
    return state === 'active' && pid !== first && pid !== '0';
  });
  t.is(await host.property('NRestarts'), '1');
  await until('it listens', () => host.log().split('"state":"capturing"').length > 2);
  await knock(client, server.ipv4, sequence({}, { client: alice }));
  t.true(await isOpen(client, server.ipv4, 22));
  // Longer than the watchdog's time: it is fed.
  await until('four seconds have passed', async () => {
    const since = Number(await host.property('ActiveEnterTimestampMonotonic')) / 1e6;
    return Number((await host.mustRun('/bin/cat', ['/proc/uptime'])).split(' ')[0]) - since > 4;
  });
  t.is(await host.property('NRestarts'), '1');
});

labTest('stopped, the guard stays; killed, it is started again', async (t, { lab, server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  const host = await SystemdHost.boot(lab, server);
  await host.install();
  await host.enroll('alice');
  await host.dropIn('restart', 'RestartSec=100ms');
  await host.start();
  await host.mustRun('/bin/systemctl', ['kill', '--kill-who=main', '--signal=KILL', 'knockdaemon']);
  await until('it was started again', async () => {
    return (await host.property('NRestarts')) === '1' && (await host.property('ActiveState')) === 'active';
  });
  await host.mustRun('/bin/systemctl', ['stop', 'knockdaemon']);
  t.is(await host.property('Result'), 'success');
  t.is(await host.property('ActiveState'), 'inactive');
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
  t.regex(await server.mustRun('/usr/sbin/nft', ['list', 'table', 'inet', 'knockdaemon']), /guarded/);
});

labTest('a wrong configuration is told once, and not tried again and again', async (t, { lab, server }) => {
  const host = await SystemdHost.boot(lab, server);
  await host.install();
  await host.dropIn('restart', 'RestartSec=100ms');
  await host.mustRun('/bin/bash', ['-c', 'echo "colour = 1" >>/etc/knockdaemon/knockdaemon.toml']);
  t.not((await host.systemctl('start')).code, 0);
  await until('it has failed', async () => (await host.property('ActiveState')) === 'failed');
  t.is(await host.property('ExecMainStatus'), '2');
  t.is(await host.property('NRestarts'), '0');
  await host.logged('colour');
});

labTest(
  'tried by hand as root first, then by the unit: nothing is left that its user cannot have',
  async (t, bench) => {
    const { lab, server, client } = bench;
    await listen(server, 'tcp', 22, 'service');
    const host = await SystemdHost.boot(lab, server);
    await host.install();
    const alice = await host.enroll('alice');
    const script = `"$0" "$1" run --rescue 5 >>/run/lab/daemon.log & until grep -q '"state":"capturing"' /run/lab/daemon.log; do sleep 0.1; done; kill -INT $!; wait $!`;
    await host.mustRun('/bin/bash', [
      '-c',
      script,
      process.execPath,
      '/opt/eightknock/packages/daemon/bin/knockdaemon.js',
    ]);
    t.is((await host.mustRun('/usr/bin/stat', ['-c', '%U', '/var/lib/knockdaemon/state.db'])).trim(), 'root');

    await host.start();
    t.is((await host.mustRun('/usr/bin/stat', ['-c', '%U', '/var/lib/knockdaemon/state.db'])).trim(), 'knockdaemon');
    await until('it listens', () => host.log().split('"state":"capturing"').length > 2);
    await knock(client, server.ipv4, sequence({}, { client: alice }));
    t.true(await isOpen(client, server.ipv4, 22));
  },
);

labTest('metrics: refused by the unit, said so; served once the unit allows it', async (t, { lab, server }) => {
  const host = await SystemdHost.boot(lab, server);
  await host.install();
  await host.mustRun('/bin/bash', ['-c', 'echo "[metrics]" >>/etc/knockdaemon/knockdaemon.toml']);
  await host.start();
  await host.logged('the unit allows no such sockets');
  t.is(await host.property('ActiveState'), 'active');

  await host.dropIn('metrics', 'RestrictAddressFamilies=AF_INET AF_INET6\nIPAddressAllow=localhost');
  await host.mustRun('/bin/systemctl', ['restart', 'knockdaemon']);
  await host.logged('"state":"listening"');
  const fetch = 'const r = await fetch("http://127.0.0.1:9745/metrics"); console.log(r.status, await r.text());';
  t.regex(
    await host.mustRun(process.execPath, ['--input-type=module', '-e', fetch]),
    /^200 [\s\S]*\neightknock_build_info\{/,
  );
});
