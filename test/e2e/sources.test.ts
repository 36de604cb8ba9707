// Knocks that are read elsewhere than from live packets: the kernel's log in a file, through rotations, a log group, and the
// journal of a real journald. One file, as a switch of the whole kernel is set: see lab/kernel-log.ts.

import { chmodSync, chownSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ask,
  DaemonProcess,
  KNOCKCLIENT,
  KNOCKDAEMON,
  launchDaemon,
  startDaemon,
  writeConfig,
} from '../lab/daemon-process.ts';
import { KernelLog, logKnocks, logKnocksByIptables } from '../lab/kernel-log.ts';
import { knock, sequence } from '../lab/knocking.ts';
import type { Host, Lab } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen, lookAt } from '../lab/probes.ts';
import { processesOf, processOf } from '../lab/processes.ts';
import { defaultDrop } from '../lab/rulesets.ts';
import { Background } from '../lab/run.ts';
import { until } from '../lab/until.ts';

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
  const pid = await processOf(server);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  t.regex(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
  t.regex(status, /^Groups:\t *$/m);
  for (const set of ['Inh', 'Prm', 'Eff', 'Amb']) t.regex(status, new RegExp(`^Cap${set}:\t0+$`, 'm'));
  t.regex(status, /^Seccomp:\t2$/m);
  // Nor is the daemon's way to the firewall: a log is read without any socket of the kernel's.
  const netlink = (await server.mustRun('/bin/cat', ['/proc/net/netlink', '/proc/net/packet'])).match(/\d+(?= *$)/gm);
  const sockets = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  t.false(sockets.some((target) => netlink?.includes(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '')));
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
    process.kill(await processOf(server), 'SIGKILL');
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

labTest('the rules of docs/sources.md for the ports of a door', async (t, bench) => {
  const { lab, server, client } = bench;
  const page = readFileSync(new URL('../../../docs/sources.md', import.meta.url), 'utf8');
  const lines = /```\n( +fib [\s\S]*?)```/.exec(page)?.[1] ?? '';
  const log = await KernelLog.start(lab, server);
  const chain = `chain prerouting { type filter hook prerouting priority raw;\n${lines}}`;
  await server.nft(`table inet knocklog {\n${chain}\n}\n`.replaceAll('"knock "', `"${log.tag} "`));
  const doors = [
    ['tcp', 'knocks = ["tcp/7000", "tcp/8000", "tcp/9000"]'],
    ['udp', 'knocks = ["udp/8284", "udp/4721"]'],
  ].map(
    ([name, knocks]) =>
      `[[door]]\nname = "${name}"\nkind = "sequence"\n${knocks}\nopen = { ports = ["tcp/22"], time = 1 }\n`,
  );
  const daemon = await startDaemon(lab, server, { top: `source = "log:${log.file}"`, tables: doors.join('') });
  await client.mustRun(process.execPath, [KNOCKCLIENT, 'knock', server.ipv4, '7000', '8000', '9000']);
  await daemon.line({ event: 'opened', door: 'tcp' });
  await client.mustRun(process.execPath, [KNOCKCLIENT, 'knock', '-u', server.ipv6, '8284', '4721']);
  await daemon.line({ event: 'opened', door: 'udp' });
  t.pass();
});

labTest('nflog: knocks over both families open, and the capture process keeps nothing', async (t, bench) => {
  const { lab, server, client } = bench;
  await defaultDrop(server, ['tcp dport 22 accept']);
  await listen(server, 'tcp', 22, 'service');
  await logKnocks(server, 'prefix "knock" group 745 queue-threshold 1');
  const daemon = await startDaemon(lab, server, { top: 'source = "nflog:745"' });
  t.like(await daemon.line({ event: 'capture', state: 'capturing' }), { linkType: 'NFLOG', confined: true });
  const status = readFileSync(`/proc/${await processOf(server)}/status`, 'utf8');
  t.regex(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
  for (const set of ['Inh', 'Prm', 'Eff', 'Amb']) t.regex(status, new RegExp(`^Cap${set}:\t0+$`, 'm'));

  await knock(client, server.ipv4, sequence());
  await daemon.line({ event: 'opened', address: client.ipv4 });
  t.true(await isOpen(client, server.ipv4, 22));
  await knock(client, server.ipv6, sequence());
  await daemon.line({ event: 'opened', address: client.ipv6 });
  await knock(client, server.ipv4, sequence({ time: 255 }), true);
  await daemon.line({ event: 'closed', address: client.ipv4 });

  process.kill(await processOf(server), 'SIGKILL');
  await until('it reads again', () => daemon.lines().filter(({ state }) => state === 'capturing').length === 2);
  await knock(client, server.ipv4, sequence());
  await until('the knock opened', () => daemon.count('opened') === 3);
});

labTest('nflog: a flood that the capture process cannot follow is counted, and does not end it', async (t, bench) => {
  const { lab, server, client } = bench;
  await logKnocks(server, 'group 745 queue-threshold 1');
  const daemon = await startDaemon(lab, server, { top: 'source = "nflog:745"' });
  const pid = await processOf(server);
  const program = `
    const socket = require('node:dgram').createSocket('udp4');
    let sent = 0;
    socket.bind(() => {
      const more = () => {
        for (let i = 0; i < 64; i++) socket.send('', 745 + (sent++ & 255), '${server.ipv4}');
        if (sent < 120_000) setImmediate(more);
        else socket.close();
      };
      more();
    });`;
  process.kill(pid, 'SIGSTOP');
  await client.mustRun(process.execPath, ['-e', program]);
  process.kill(pid, 'SIGCONT');
  const counts = async () => ((await ask(server, daemon, 'status')) as { counts: Record<string, number> }).counts;
  const dropped = await until('it is counted', async () => (await counts())['dropped-kernel']);
  t.log(`${dropped} of 120000 had no room`);
  t.true(dropped > 10_000);
  await until('the others were taken', async () => {
    const { knocks = 0, 'dropped-flooded-source': flooded = 0 } = await counts();
    return knocks + flooded + dropped > 119_000;
  });
  await knock(client, server.ipv6, sequence());
  await daemon.line({ event: 'opened' });
  t.is(await processOf(server), pid);
});

const SCRIPT = fileURLToPath(new URL('../../../test/lab/journal.sh', import.meta.url));

const JOURNALCTL = '/usr/bin/journalctl';

async function startWithJournal(lab: Lab, server: Host): Promise<DaemonProcess> {
  const config = await writeConfig(lab, { top: 'source = "journal"' });
  const command = [process.execPath, KNOCKDAEMON, 'run', '--config', config];
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const background = new Background('/usr/bin/unshare', [
    ...namespaces,
    '/bin/bash',
    SCRIPT,
    server.namespace,
    ...command,
  ]);
  lab.defer(async () => void (await background.stop('SIGKILL')));
  const daemon = new DaemonProcess(background, config);
  await daemon.line({ event: 'capture', state: 'capturing' });
  return daemon;
}

labTest(
  'journal: a knock opens; journalctl is nobody, is started again, and ends with the daemon',
  async (t, bench) => {
    const { lab, server, client } = bench;
    KernelLog.allow(lab);
    await logKnocks(server, `prefix "${lab.prefix.slice(-20)} "`);
    const daemon = await startWithJournal(lab, server);
    t.like(await daemon.line({ event: 'capture', state: 'capturing' }), {
      interface: 'journal',
      linkType: 'LINES',
      confined: true,
    });
    // journalctl says nothing when it has begun: what comes before that is not heard.
    const opens = async (count: number) => {
      await until('a knock opened', async () => {
        await knock(client, server.ipv4, sequence());
        return daemon.count('opened') >= count;
      });
    };
    await opens(1);
    const [pid, ...more] = await processesOf(server, JOURNALCTL);
    t.deepEqual(more, []);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    t.regex(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
    t.regex(status, /^CapEff:\t0+$/m);

    process.kill(pid!, 'SIGKILL');
    const ended = await daemon.line({ event: 'capture', state: 'ended' });
    t.is(ended.message, 'journalctl ended: killed by SIGKILL');
    await until('it listens again', () => daemon.lines().filter(({ state }) => state === 'capturing').length === 2);
    await opens(daemon.count('opened') + 1);

    // unshare(1) lets no SIGTERM through.
    const [running] = await processesOf(server, 'bin/knockdaemon.js');
    process.kill(running!, 'SIGTERM');
    t.is(await daemon.background.ended, 0);
    await until('journalctl has ended', async () => (await processesOf(server, JOURNALCTL)).length === 0);
  },
);
