// The capture process: it holds no privilege, it is replaced when it dies, and a missing interface is waited for.

import { readFileSync } from 'node:fs';
import { type DaemonProcess, launchDaemon, startDaemon, writeConfig } from '../lab/daemon-process.ts';
import { memoryMb } from '../lab/daemon-under-load.ts';
import { startFlood } from '../lab/flood.ts';
import { knock, sequence } from '../lab/knocking.ts';
import { ipBatch } from '../lab/lab.ts';
import { labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { lookAt } from '../lab/probes.ts';
import { processesOf, processOf } from '../lab/processes.ts';
import { mustRun } from '../lab/run.ts';
import { addTunnel, arrive, synPacket } from '../lab/tunnel.ts';
import { until } from '../lab/until.ts';

function capturing(daemon: DaemonProcess): number {
  return daemon.lines().filter((line) => line.event === 'capture' && line.state === 'capturing').length;
}

labTest('the capture process is nobody and has no capability and no key', async (t, { lab, server }) => {
  await startDaemon(lab, server);
  const [pid, ...more] = await processesOf(server);
  t.deepEqual(more, []);
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  t.regex(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
  t.regex(status, /^Gid:\t65534\t65534\t65534\t65534$/m);
  t.regex(status, /^Groups:\t *$/m);
  t.regex(status, /^CapEff:\t0000000000000000$/m);
  t.regex(status, /^CapPrm:\t0000000000000000$/m);
  const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
  t.deepEqual(environment.map((entry) => entry.split('=')[0]).sort(), [
    'NODE_NO_WARNINGS',
    'PATH',
    'UV_THREADPOOL_SIZE',
  ]);
  t.notRegex(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), /toml|secret/);
});

for (const device of ['any', 'eth0']) {
  labTest(`killed, it is started again, and knocks open as before: interface "${device}"`, async (t, bench) => {
    const { lab, server, client } = bench;
    const daemon = await startDaemon(lab, server, { top: `interface = "${device}"` });
    for (let round = 1; round <= 3; round++) {
      for (const pid of await processesOf(server)) process.kill(pid, 'SIGKILL');
      await until('it captures again', () => capturing(daemon) === round + 1);
      await knock(client, server.ipv4, sequence());
      await until('the knock opened', () => daemon.count('opened') === round);
    }
    t.is(daemon.lines().filter((line) => line.state === 'ended').length, 3);
  });
}

/** How often a process has slept until something woke it. */
function wakings(pid: number): number {
  return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** Twice what REST_MS of packet-turns.ts allows, as each rest is a sleep of its own, and a little for timers. */
const MAX_WAKINGS_PER_SECOND = 5000;
/** 49 bytes for each of 131,072 sources, compiled code, and garbage; if each source took the room of eight knocks it would be 14 MB more. */
const MAX_CHILD_GROWTH_MB = 15;

labTest('a flood of made-up sources neither wakes it for each packet nor makes it grow', async (t, bench) => {
  const { lab, server, third } = bench;
  await startDaemon(lab, server, { top: 'interface = "eth0"' });
  const pid = await processOf(server);
  const [memoryBefore, wakingsBefore] = [memoryMb(pid), wakings(pid)];
  const flood = await startFlood(third, server, 'spread', 5, 50_000);
  t.is(await flood.ended, 0);
  const growth = memoryMb(pid) - memoryBefore;
  const perSecond = (wakings(pid) - wakingsBefore) / 5;
  t.log(`${flood.stdout.trim()} packets: woken ${perSecond} times a second, grown by ${growth.toFixed(1)} MB`);
  t.true(perSecond < MAX_WAKINGS_PER_SECOND);
  t.true(growth < MAX_CHILD_GROWTH_MB);
});

labTest('when the daemon is killed its capture process ends', async (t, { lab, server }) => {
  const daemon = await startDaemon(lab, server);
  t.is((await processesOf(server)).length, 1);
  await daemon.background.stop('SIGKILL');
  await until('it has ended', async () => (await processesOf(server)).length === 0);
});

labTest('a stopped daemon leaves no process, and the guard', async (t, { lab, server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  const daemon = await startDaemon(lab, server);
  t.is(await daemon.background.stop('SIGTERM'), 0);
  t.deepEqual(await processesOf(server), []);
  t.like(daemon.lines().at(-1), { event: 'stopped', signal: 'SIGTERM' });
  t.regex(
    await server.mustRun('/usr/sbin/nft', ['list', 'table', 'inet', 'knockdaemon']),
    /@guarded fib daddr type .* drop/,
  );
  t.is(await lookAt(client, server.ipv4, 22), 'silent');
});

labTest('several named interfaces; a missing one is waited for, and heard when it comes', async (t, bench) => {
  const { lab, server, client } = bench;
  const file = await writeConfig(lab, { top: 'interface = ["eth0", "late0"]' });
  const daemon = launchDaemon(server, file);
  await daemon.line({ event: 'capture', interface: 'eth0', state: 'capturing' });
  await daemon.line({ event: 'capture', interface: 'late0', state: 'waiting' });
  await knock(client, server.ipv4, sequence());
  await daemon.line({ event: 'opened', address: client.ipv4 });

  await ipBatch(server.namespace, [
    `link add late0 type veth peer name late1 netns ${client.namespace}`,
    'addr add 10.99.0.1/24 dev late0',
    'link set late0 up',
  ]);
  await ipBatch(client.namespace, ['addr add 10.99.0.2/24 dev late1', 'link set late1 up']);
  await daemon.line({ event: 'capture', interface: 'late0', state: 'capturing' });
  await knock(client, '10.99.0.1', sequence());
  await daemon.line({ event: 'opened', address: '10.99.0.2' });
  t.is(daemon.lines().filter((line) => line.interface === 'late0' && line.state === 'waiting').length, 1, 'said once');
});

labTest('an interface that goes away and comes back is captured again', async (t, { lab, server, client }) => {
  const daemon = await startDaemon(lab, server, { top: 'interface = "eth0"' });
  await ipBatch(server.namespace, ['link set eth0 down']);
  await daemon.line({ event: 'capture', interface: 'eth0', state: 'waiting' });
  await ipBatch(server.namespace, ['link set eth0 up']);
  await until('it captures again', () => capturing(daemon) === 2);
  await knock(client, server.ipv4, sequence());
  await daemon.line({ event: 'opened', address: client.ipv4 });
  t.is(daemon.count('stopped'), 0);
});

labTest('"any" hears every kind of link in one process, and asks no link for packets of others', async (t, bench) => {
  const { lab, server, client } = bench;
  await addTunnel(server);
  const daemon = await startDaemon(lab, server);
  const links = JSON.parse(await mustRun('ip', ['-j', '-d', '-n', server.namespace, 'link', 'show']));
  t.true(links.length >= 3);
  for (const { ifname, promiscuity } of links) t.is(promiscuity, 0, ifname);
  await knock(client, server.ipv4, sequence());
  await daemon.line({ event: 'opened', address: client.ipv4 });
  const packets = sequence({ time: 2 }).map((destinationPort, i) =>
    synPacket(4, { sourcePort: 40_000 + i, destinationPort }),
  );
  await arrive(server, packets);
  await daemon.line({ event: 'opened', address: '198.51.100.7' });
  t.is(capturing(daemon), 1);
});

for (const device of ['any', 'eth0']) {
  labTest(`what is not sent to this host is no knock, on "${device}"`, async (t, bench) => {
    const { lab, server, client, third } = bench;
    const daemon = await startDaemon(lab, server, { top: `interface = "${device}"` });
    const links = JSON.parse(await mustRun('ip', ['-j', '-d', '-n', server.namespace, 'link', 'show', 'eth0']));
    t.is(links[0].promiscuity, 0);
    await knock(server, third.ipv4, sequence());
    // To another host, on a link where all hear it: the bridge does not know where this address is.
    const neighbour = [third.ipv4, 'dev', 'eth0'];
    await client.mustRun('/usr/sbin/ip', ['neigh', 'replace', ...neighbour, 'lladdr', '02:00:00:00:00:99']);
    await knock(client, third.ipv4, sequence());
    await client.mustRun('/usr/sbin/ip', ['neigh', 'del', ...neighbour]);
    await knock(client, server.ipv4, sequence({ time: 2 }));
    await daemon.line({ event: 'opened', address: client.ipv4 });
    t.is(daemon.count('opened'), 1);
    t.is(daemon.lines().find(({ event }) => event === 'opened')?.requestedTime, 2);
  });
}

labTest('"any" at a boot: it hears Ethernet at its best when the first such link comes up', async (t, bench) => {
  const { lab, server, client } = bench;
  await ipBatch(server.namespace, ['link set eth0 down']);
  const daemon = await startDaemon(lab, server);
  await daemon.line({ event: 'capture', linkType: 'LINKTYPE_LINUX_SLL' });
  await ipBatch(server.namespace, ['link set eth0 up']);
  await daemon.line({ event: 'capture', linkType: 'ETHERNET' });
  await knock(client, server.ipv4, sequence());
  await daemon.line({ event: 'opened', address: client.ipv4 });
  t.is(daemon.lines().filter(({ state }) => state === 'ended').length, 1);
});

const forms: readonly (readonly [title: string, version: 4 | 6, options: object, opens: boolean])[] = [
  ['IPv4', 4, {}, true],
  ['IPv6', 6, {}, true],
  ['IPv6 with extension headers', 6, { extensions: true }, true],
  ['fragments', 4, { fragment: 0x2000 }, false],
];
const places: readonly (readonly [device: string, linkType: string, hasEthernet: boolean])[] = [
  ['tun0', 'RAW', true],
  ['any', 'ETHERNET', true],
  ['any', 'LINKTYPE_LINUX_SLL', false],
];
for (const [device, linkType, hasEthernet] of places) {
  for (const [title, version, options, opens] of forms) {
    labTest(`packets without a link layer, on "${device}", ${linkType}: ${title}`, async (t, { lab, server }) => {
      await addTunnel(server);
      if (!hasEthernet) await ipBatch(server.namespace, ['link set eth0 down']);
      const daemon = await startDaemon(lab, server, { top: `interface = "${device}"` });
      t.like(daemon.lines()[1], { linkType, confined: true });
      const packets = (ports: readonly number[], first: number, more: object) =>
        ports.map((destinationPort, i) => synPacket(version, { sourcePort: first + i, destinationPort, ...more }));
      await arrive(server, packets(sequence(), 40_000, options));
      // What was dropped leaves no trace: an ordinary sequence behind it shows that it was looked at.
      if (!opens) await arrive(server, packets(sequence({ time: 2 }), 50_000, {}));
      const line = await daemon.line({ event: 'opened' });
      t.is(line.requestedTime, opens ? 1 : 2);
      t.is(line.address, version === 4 ? '198.51.100.7' : '2001:db8::7');
    });
  }
}
