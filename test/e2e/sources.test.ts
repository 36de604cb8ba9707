// Knocks that are read elsewhere than from live packets: the kernel's log in a file, through rotations, and a log group.

import { chmodSync, chownSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask, DaemonProcess, KNOCKDAEMON, launchDaemon, startDaemon, writeConfig } from '../lab/daemon-process.ts';
import { KernelLog, logKnocks, logKnocksByIptables } from '../lab/kernel-log.ts';
import { knock, sequence } from '../lab/knocking.ts';
import type { Host } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen, lookAt } from '../lab/probes.ts';
import { defaultDrop } from '../lab/rulesets.ts';
import { until } from '../lab/until.ts';

/** The process id of the one capture process on a host. */
async function captureProcess(server: Host): Promise<number> {
  const pids = (await server.mustRun('/usr/sbin/ip', ['netns', 'pids', server.namespace])).split('\n').filter(Boolean);
  const found = pids.map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('capture/child.js');
    } catch {
      return false;
    }
  });
  if (found.length !== 1) throw new Error(`${found.length} capture processes`);
  return found[0]!;
}

labTest('log: knocks on a host that drops everything, logged by two rules, open once each', async (t, bench) => {
  const { lab, server, client } = bench;
  await defaultDrop(server, ['tcp dport 22 accept']);
  await listen(server, 'tcp', 22, 'service');
  const log = await KernelLog.start(lab, server);
  await logKnocks(server, `prefix "${log.tag} "`);
  await logKnocksByIptables(server, `${log.tag}: `);
  const daemon = await startDaemon(lab, server, { top: `source = "log:${log.file}"` });
  t.is(await lookAt(client, server.ipv4, 22), 'silent');

  await knock(client, server.ipv4, sequence());
  await daemon.line({ event: 'opened', address: client.ipv4 });
  t.true(await isOpen(client, server.ipv4, 22));
  await knock(client, server.ipv6, sequence());
  await daemon.line({ event: 'opened', address: client.ipv6 });
  t.true(await isOpen(client, server.ipv6, 22));
  const closing = sequence({ time: 255 });
  await knock(client, server.ipv4, closing, true);
  await daemon.line({ event: 'closed', address: client.ipv4 });
  await knock(client, server.ipv4, closing, true);
  await daemon.line({ event: 'denied', reason: 'replay' });

  t.is(daemon.count('opened'), 2);
  t.is(daemon.count('closed'), 1);
  const lines = readFileSync(log.file, 'utf8').split('\n').length - 1;
  t.is(lines, 2 * 4 * 8, 'each knock is in the log twice');
  const { captures, counts } = (await ask(server, daemon, 'status')) as {
    captures: { interface: string; state: string; linkType: string }[];
    counts: Record<string, number>;
  };
  t.like(captures, [{ interface: `log:${log.file}`, state: 'capturing', linkType: 'LINES' }]);
  t.is(counts.knocks, 4 * 8);
});

labTest('log: the capture process is nobody, has no capability, and the file is not open in it', async (t, bench) => {
  const { lab, server } = bench;
  const log = await KernelLog.start(lab, server);
  const daemon = await startDaemon(lab, server, { top: `source = "log:${log.file}"` });
  t.like(await daemon.line({ event: 'capture', state: 'capturing' }), { confined: true });
  const pid = await captureProcess(server);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  t.regex(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
  t.regex(status, /^Groups:\t *$/m);
  for (const set of ['Inh', 'Prm', 'Eff', 'Amb']) t.regex(status, new RegExp(`^Cap${set}:\t0+$`, 'm'));
  t.regex(status, /^Seccomp:\t2$/m);
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  t.deepEqual(
    open.filter((target) => target.startsWith('/') && target !== '/dev/null'),
    [],
  );
});

for (const how of ['create', 'copytruncate'] as const) {
  labTest(`log: logrotate (${how}) in the midst of sequences`, async (t, { lab, server, client }) => {
    const log = await KernelLog.start(lab, server);
    await logKnocks(server, `prefix "${log.tag} "`);
    const daemon = await startDaemon(lab, server, { top: `source = "log:${log.file}"`, args: ['--debug'] });
    const heard = () => daemon.lines().filter(({ stage }) => stage === 'knock').length;
    for (let round = 1; round <= 4; round++) {
      const ports = sequence();
      await knock(client, server.ipv4, ports.slice(0, 2 * round - 1));
      // What is truncated before it was read is lost, and to nobody's surprise: docs/sources.md.
      const so = 8 * (round - 1) + 2 * round - 1;
      if (how === 'copytruncate') await until(`${so} knocks are read`, () => heard() === so);
      await log.rotate(how);
      await knock(client, server.ipv4, ports.slice(2 * round - 1));
      await until(`the knock of round ${round} opened`, () => daemon.count('opened') === round);
    }
    t.is(heard(), 4 * 8);
    t.is(daemon.count('opened'), 4);
    t.is(daemon.lines().filter(({ event }) => event === 'capture').length, 1, 'it goes on reading all the time');
  });
}

labTest('log: old lines are not read; a file that is missing is waited for, and told', async (t, bench) => {
  const { lab, server, client } = bench;
  KernelLog.allow(lab);
  const file = join(lab.folder, 'late.log');
  const config = await writeConfig(lab, { top: `source = "log:${file}"` });
  const daemon = launchDaemon(server, config);
  const waiting = await daemon.line({ event: 'capture', state: 'waiting' });
  t.is(waiting.msg, `waiting for "log:${file}": the file is missing`);
  const log = await KernelLog.start(lab, server, 'late.log');
  await logKnocks(server, `prefix "${log.tag} "`);
  await daemon.line({ event: 'capture', state: 'capturing' });
  await knock(client, server.ipv4, sequence());
  await daemon.line({ event: 'opened' });
  const old = readFileSync(file, 'utf8');
  await daemon.background.stop();

  const again = await startDaemon(lab, server, { top: `source = "log:${file}"`, args: ['--debug'] });
  await knock(client, server.ipv4, sequence());
  await again.line({ event: 'opened' });
  t.is(again.lines().filter(({ stage }) => stage === 'knock').length, 8);
  t.is(readFileSync(file, 'utf8').split('\n').length - 1, 2 * 8);
  t.true(readFileSync(file, 'utf8').startsWith(old));
});

labTest('log: killed, the capture process is replaced, and what was written meanwhile is read', async (t, bench) => {
  const { lab, server, client } = bench;
  const log = await KernelLog.start(lab, server);
  await logKnocks(server, `prefix "${log.tag} "`);
  const daemon = await startDaemon(lab, server, { top: `source = "log:${log.file}"` });
  for (let round = 1; round <= 2; round++) {
    process.kill(await captureProcess(server), 'SIGKILL');
    await knock(client, server.ipv4, sequence());
    await until('the knock opened', () => daemon.count('opened') === round);
  }
  t.is(daemon.lines().filter(({ state }) => state === 'ended').length, 2);
});

labTest('log: a format of its own, and lines that would be slow with backtracking', async (t, bench) => {
  const { lab, server, client } = bench;
  const file = join(lab.folder, 'router.log');
  writeFileSync(file, '');
  const pattern =
    '^(?:(?:a+)+)* ?(?<source>\\\\S+):(?<source_port>\\\\d+) > \\\\S+:(?<port>\\\\d+) (?<protocol>tcp|udp)$';
  const daemon = await startDaemon(lab, server, { top: `source = "log:${file}"\nlog_pattern = "${pattern}"` });
  const lines = sequence({ address: client.ipv4 }).map((port, i) => `${client.ipv4}:${40_000 + i} > gw:${port} tcp`);
  const hostile = Array.from({ length: 50 }, () => `${'a'.repeat(2000)}!`);
  writeFileSync(file, [...hostile, ...lines, ''].join('\n'), { flag: 'a' });
  await daemon.line({ event: 'opened', address: client.ipv4 });
  t.is(daemon.lines().filter(({ state }) => state === 'ended').length, 0);
});

for (const device of ['eth0', 'any']) {
  labTest(`a file of tcpdump (${device}): explain says what the daemon says`, async (t, { lab, server, client }) => {
    const file = join(lab.folder, 'knocks.pcap');
    const dump = server.start('/usr/bin/tcpdump', [
      '-i',
      device,
      '-U',
      '--immediate-mode',
      '-Z',
      'root',
      '-w',
      file,
      'portrange',
      '745-1000',
    ]);
    await until('tcpdump listens', () => dump.stderr.includes('listening on'));
    const daemon = await startDaemon(lab, server);
    const ports = sequence();
    await knock(client, server.ipv4, ports);
    const { msg } = await daemon.line({ event: 'opened' });
    await knock(client, server.ipv6, sequence());
    await daemon.line({ event: 'opened', address: client.ipv6 });
    await knock(client, server.ipv4, ports);
    const replay = await daemon.line({ event: 'denied', reason: 'replay' });
    const explain = [KNOCKDAEMON, 'explain', '--read', file, '--config', daemon.configFile];
    let said = '';
    await until('all is in the file', async () => {
      said = await server.mustRun(process.execPath, explain);
      return said.includes(' 24 knocks');
    }).catch((error: Error) => {
      throw new Error(`${error.message}\n${said}`);
    });
    const lines = said.split('\n').map((line) => line.replace(/^\S+ +/, ''));
    // How long it is open is counted from the packet here, from a moment later there.
    const withoutEnd = (line: string | undefined) => line?.replace(/, until .*/, '');
    t.is(withoutEnd(lines[0]), withoutEnd(msg));
    t.is(withoutEnd(lines[1]), withoutEnd(msg.replaceAll(client.ipv4, client.ipv6)));
    t.is(lines[2], replay.msg);
  });
}

labTest('the rules of docs/sources.md, and a daemon of another user that may read the log', async (t, bench) => {
  const { lab, server, client } = bench;
  const page = readFileSync(new URL('../../../docs/sources.md', import.meta.url), 'utf8');
  const rules = /```\n(table [\s\S]*?)```/.exec(page)?.[1] ?? '';
  const log = await KernelLog.start(lab, server);
  await server.nft(rules.replaceAll('"knock "', `"${log.tag} "`));
  const commands = /```sh\n(iptables [\s\S]*?)```/.exec(page)?.[1] ?? '';
  await server.mustRun('/bin/sh', ['-ec', commands.replaceAll('"knock "', `"${log.tag} "`)]);

  // As with SupplementaryGroups=adm: the file is of a group that the user has besides its own.
  const [user, group] = [65533, 65532];
  chownSync(log.file, 0, group);
  const config = await writeConfig(lab, { top: `source = "log:${log.file}"` });
  for (const path of [config, join(config, '..')]) chownSync(path, user, user);
  chmodSync(lab.folder, 0o711);
  const capabilities = ['inh-caps', 'ambient-caps', 'bounding-set'].map((set) => `--${set}=-all,+net_admin`);
  const as = [`--reuid=${user}`, `--regid=${user}`, `--groups=${group}`, ...capabilities, '--no-new-privs'];
  const command = [process.execPath, KNOCKDAEMON, 'run', '--config', config, '--debug'];
  const daemon = new DaemonProcess(server.start('/usr/bin/setpriv', [...as, ...command]), config);
  t.like(await daemon.line({ event: 'capture', state: 'capturing' }), { confined: true });
  await knock(client, server.ipv4, sequence());
  await daemon.line({ event: 'opened' });
  t.is(daemon.lines().filter(({ stage }) => stage === 'knock').length, 8);
  const lines = readFileSync(log.file, 'utf8').split('\n').slice(0, -1);
  t.is(lines.length, 16);
  t.true(lines.every((line) => line.includes(' SEQ=')));
});

labTest('nflog: knocks over both families open, and the capture process keeps nothing', async (t, bench) => {
  const { lab, server, client } = bench;
  await defaultDrop(server, ['tcp dport 22 accept']);
  await listen(server, 'tcp', 22, 'service');
  await logKnocks(server, 'prefix "knock" group 745 queue-threshold 1');
  const daemon = await startDaemon(lab, server, { top: 'source = "nflog:745"' });
  t.like(await daemon.line({ event: 'capture', state: 'capturing' }), { linkType: 'NFLOG', confined: true });
  const status = readFileSync(`/proc/${await captureProcess(server)}/status`, 'utf8');
  t.regex(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
  for (const set of ['Inh', 'Prm', 'Eff', 'Amb']) t.regex(status, new RegExp(`^Cap${set}:\t0+$`, 'm'));

  await knock(client, server.ipv4, sequence());
  await daemon.line({ event: 'opened', address: client.ipv4 });
  t.true(await isOpen(client, server.ipv4, 22));
  await knock(client, server.ipv6, sequence());
  await daemon.line({ event: 'opened', address: client.ipv6 });
  await knock(client, server.ipv4, sequence({ time: 255 }), true);
  await daemon.line({ event: 'closed', address: client.ipv4 });

  process.kill(await captureProcess(server), 'SIGKILL');
  await until('it reads again', () => daemon.lines().filter(({ state }) => state === 'capturing').length === 2);
  await knock(client, server.ipv4, sequence());
  await until('the knock opened', () => daemon.count('opened') === 3);
});
