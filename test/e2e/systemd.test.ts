// Under a real systemd as process 1: installed as an administrator does it, run by the unit with all its restrictions.

import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { decodeEnrolmentLink } from '@eightknock/codec';
import { knock, sequence } from '../lab/knocking.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { commandsOf, ROOT } from '../lab/page-commands.ts';
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

labTest('the quick start, then docs/systemd.md: what root has enrolled is handed over, and opens', async (t, bench) => {
  const { lab, server, client } = bench;
  await listen(server, 'tcp', 22, 'service');
  const host = await SystemdHost.boot(lab, server);
  const mustType = async (command: string) => {
    // Done, and typed in readme.test.ts.
    if (command === 'npm run setup') return '';
    const { code, stdout, stderr } = await host.type(command);
    t.is(code, 0, `${command}\n${stdout}${stderr}${host.log()}`);
    return stdout;
  };
  const quickStart = commandsOf(await readPage('README.md'), 'sh server');
  let link = '';
  for (const command of quickStart.slice(0, quickStart.indexOf(TRIED_BY_HAND))) {
    link = /^eightknock:\S+$/m.exec(await mustType(command))?.[0] ?? link;
  }
  const { secret, serverId } = decodeEnrolmentLink(link);

  const page = await readPage('docs/systemd.md');
  let said = '';
  for (const command of commandsOf(page, 'sh server')) said += await mustType(command);
  await host.keepLog();
  const steps = (said.split('next:\n')[1] ?? '').split('\n').filter(Boolean).map(withoutComment);
  const give = 'chown -R knockdaemon: /etc/knockdaemon/clients.d';
  const onPage = commandsOf(page, 'sh steps').map(withoutComment);
  t.deepEqual(steps, [...onPage.slice(0, 2), give, ...onPage.slice(2)]);
  t.true(page.replaceAll(/\s+/g, ' ').includes(`\`${give}\``));
  for (const step of steps) {
    if (step === give) {
      const { code, stderr } = await host.type('knockdaemon check');
      t.is(code, 2);
      t.regex(
        stderr,
        /clients\.d\/alice\.toml: owner 0:0, mode 0600: expected a file that lets the daemon's user "knockdaemon" in/,
      );
    }
    if (step !== TRIED_BY_HAND) await mustType(step.replace('NAME', 'bob'));
  }
  t.is(await host.property('ActiveState'), 'active');
  await host.logged('"state":"capturing"');
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
  await knock(client, server.ipv4, sequence({}, { client: { name: 'alice', secret, toml: '' }, serverId }));
  t.true(await isOpen(client, server.ipv4, 22));
});

/** A test of its own does that. */
const TRIED_BY_HAND = 'knockdaemon run --rescue 5';
const readPage = (name: string) => readFile(join(ROOT, name), 'utf8');
const withoutComment = (line: string) => line.replace(/#.*/, '').trim();

labTest(
  'the unit of docs/from-knockd.md obeys a knockd.conf as it stands there',
  async (t, { lab, server, client }) => {
    const host = await SystemdHost.boot(lab, server);
    const page = await readPage('docs/from-knockd.md');
    const [, file = '', unit = ''] = /```ini\n# (\S+)\n([\s\S]*?)```/.exec(page) ?? [];
    const conf = '[door]\nsequence = 7000,8000\ntcpflags = syn\ncommand = /usr/bin/touch /run/lab/opened-%IP%\n';
    const write = (path: string, text: string) => host.mustRun('/bin/bash', ['-c', 'printf %s "$1" >"$0"', path, text]);
    await write('/etc/knockd.conf', conf);
    await write(file, unit);
    await host.type('ln -s "$PWD/packages/daemon/bundle/knockdaemon.js" /usr/local/sbin/knockdaemon');
    const [check = ''] = commandsOf(page, 'sh server').map(withoutComment);
    t.is(check, 'knockdaemon check --knockd-conf /etc/knockd.conf');
    const checked = await host.type(check);
    t.is(checked.code, 0, checked.stderr);
    const started = await host.type(`systemctl daemon-reload && systemctl start ${basename(file)}`);
    t.is(started.code, 0, started.stderr);
    await until('the door opens', async () => {
      await client.mustRun('/usr/bin/knock', ['-d', '20', server.ipv4, '7000', '8000']);
      return (await host.type(`test -e /run/lab/opened-${client.ipv4}`)).code === 0;
    });
  },
);

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
