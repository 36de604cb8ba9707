// Ways around the guard that do not work. Packets arrive by hand through a tunnel; a chain behind ours counts what gets
// past it, and the same packets are seen to get there without us.

import type { ExecutionContext } from 'ava';
import { FirewallProcess, GUARD_SSH, type LabPlan, openDoor } from '../lab/firewall-process.ts';
import { emptyOptions, fragmentHeader, ipPacket, tcpSegment, udpDatagram } from '../lab/ip-packet.ts';
import { type Host, ipBatch } from '../lab/lab.ts';
import { type Bench, labTest } from '../lab/lab-test.ts';
import { listen } from '../lab/listen.ts';
import { isOpen, lookAt } from '../lab/probes.ts';
import { addTunnel, arrive } from '../lab/tunnel.ts';
import { until } from '../lab/until.ts';

const STRANGER = { 4: '198.51.100.7', 6: '2001:db8::7' } as const;
const HERE = { 4: '198.51.100.1', 6: '2001:db8::1' } as const;
const GUARD_BOTH: LabPlan = {
  ...GUARD_SSH,
  guarded: [
    { protocol: 'tcp', port: 22 },
    { protocol: 'udp', port: 22 },
  ],
};

/** Counts what has the port 22 and got past our chain; `tracked` makes fragments whole, as our own chain does. */
const PROBE = `table inet probe {
  chain past {
    type filter hook prerouting priority -140; policy accept;
    ct state new,invalid,untracked,established,related meta l4proto { tcp, udp } th dport 22 counter
  }
}
`;

async function countPast(server: Host): Promise<number> {
  const text = await server.mustRun('/usr/sbin/nft', ['list', 'table', 'inet', 'probe']);
  return Number(/packets (\d+)/.exec(text)?.[1]);
}

/** Sends the packets without guard and with it. @returns how many got past, each time */
async function withoutAndWith(
  server: Host,
  packets: readonly Buffer[],
  plan = GUARD_BOTH,
  open = [openDoor('10.77.0.2')],
) {
  await server.nft(PROBE);
  const firewall = await FirewallProcess.start(server);
  await arrive(server, packets);
  const without = await countPast(server);
  await firewall.call('install', plan, open);
  await arrive(server, packets);
  return { without, with: (await countPast(server)) - without };
}

async function addAddresses(server: Host): Promise<void> {
  await addTunnel(server);
  const commands = [`addr add ${HERE[4]}/24 dev tun0`, `addr add ${HERE[6]}/64 dev tun0 nodad`];
  await ipBatch(server.namespace, commands);
}

let ports = 20_000;
const nextPorts = (): [number, number] => [++ports, 22];

function syn(source: string, destination: string, flags = 2): Buffer {
  return ipPacket({ source, destination, protocol: 6 }, tcpSegment(source, destination, nextPorts(), flags));
}

function udpFragments4(): Buffer[] {
  const [source, destination] = [STRANGER[4], HERE[4]];
  const datagram = udpDatagram(source, destination, nextPorts(), 'x'.repeat(24));
  const piece = (start: number, end: number) => {
    const fragment = (start / 8) | (end < datagram.length ? 0x2000 : 0);
    return ipPacket({ source, destination, protocol: 17, fragment }, datagram.subarray(start, end));
  };
  return [piece(0, 8), piece(8, 24), piece(24, datagram.length)];
}

function tinyTcpFragments4(): Buffer[] {
  const [source, destination] = [STRANGER[4], HERE[4]];
  const segment = tcpSegment(source, destination, nextPorts());
  const piece = (start: number, end: number, more: number) =>
    ipPacket({ source, destination, protocol: 6, fragment: (start / 8) | more }, segment.subarray(start, end));
  return [piece(8, 20, 0), piece(0, 8, 0x2000)];
}

function fragments6(): Buffer[] {
  const [source, destination] = [STRANGER[6], HERE[6]];
  const segment = tcpSegment(source, destination, nextPorts());
  const piece = (start: number, end: number, more: boolean) => {
    const payload = Buffer.concat([fragmentHeader(6, start, more), segment.subarray(start, end)]);
    return ipPacket({ source, destination, protocol: 44 }, payload);
  };
  return [piece(0, 8, true), piece(8, 20, false)];
}

/** One fragment that is the whole: RFC 6946. */
function atomicFragment6(): Buffer {
  const [source, destination] = [STRANGER[6], HERE[6]];
  const payload = Buffer.concat([fragmentHeader(6, 0, false), tcpSegment(source, destination, nextPorts())]);
  return ipPacket({ source, destination, protocol: 44 }, payload);
}

function extended6(headers: readonly number[]): Buffer {
  const [source, destination] = [STRANGER[6], HERE[6]];
  const options = headers.map((_, i) => emptyOptions(headers[i + 1] ?? 6));
  const payload = Buffer.concat([...options, tcpSegment(source, destination, nextPorts())]);
  return ipPacket({ source, destination, protocol: headers[0] ?? 6 }, payload);
}

const FLAGS = [0, 1, 2, 3, 4, 16, 17, 18, 0x29, 0x3f, 0xc2];
/** The title; the packets; how many packets they are when they are whole. */
const attacks: readonly [string, () => Buffer[], number][] = [
  ['a SYN, IPv4', () => [syn(STRANGER[4], HERE[4])], 1],
  ['a SYN, IPv6', () => [syn(STRANGER[6], HERE[6])], 1],
  ['all kinds of flags', () => FLAGS.map((flags) => syn(STRANGER[4], HERE[4], flags)), FLAGS.length],
  ['a UDP datagram in pieces', udpFragments4, 1],
  ['a SYN in pieces, its ports in the last', tinyTcpFragments4, 1],
  ['an IPv6 SYN in pieces', fragments6, 1],
  ['an IPv6 SYN in one piece that says it is a fragment', () => [atomicFragment6()], 1],
  ['destination options before TCP', () => [extended6([60])], 1],
  ['hop-by-hop and many destination options before TCP', () => [extended6([0, 60, 60, 60, 60, 60])], 1],
  [
    'IPv4 in an IPv6 source address, of somebody whose IPv4 address is let in',
    () => [syn('::ffff:10.77.0.2', HERE[6])],
    1,
  ],
  ['the source address of this host', () => [syn(HERE[4], HERE[4])], 1],
  ['the source address ::1', () => [syn('::1', HERE[6])], 1],
];
for (const [title, packets, whole] of attacks) {
  labTest(`not past the guard: ${title}`, async (t, { server }) => {
    await addAddresses(server);
    const past = await withoutAndWith(server, packets());
    // Some of it the kernel drops even before us: then the guard is not needed, and there is nothing to see here.
    if (title.startsWith('the source address')) t.true(past.without <= whole);
    else t.is(past.without, whole, 'without the guard');
    t.is(past.with, 0, 'with it');
  });
}

labTest('not past the guard: 127.0.0.1 from outside, where that is routed', async (t, { server }) => {
  await addAddresses(server);
  const all = ['net.ipv4.conf.all', 'net.ipv4.conf.tun0'];
  const settings = all.flatMap((conf) => [`${conf}.route_localnet=1`, `${conf}.rp_filter=0`]);
  await server.mustRun('/usr/sbin/sysctl', ['-q', '-w', ...settings]);
  const packets = [syn(STRANGER[4], '127.0.0.1'), syn('127.0.0.1', HERE[4])];
  t.deepEqual(await withoutAndWith(server, packets), { without: 2, with: 0 });
});

labTest('not past the guard: packets that are not tracked', async (t, { server }) => {
  await addAddresses(server);
  await server.nft(`table inet raw {
  chain untrack {
    type filter hook prerouting priority -300; policy accept;
    notrack
  }
}
`);
  const packets = [syn(STRANGER[4], HERE[4]), syn(STRANGER[6], HERE[6], 16)];
  t.deepEqual(await withoutAndWith(server, packets), { without: 2, with: 0 });
});

labTest('not past the guard: addresses that came after it', async (t, { server }) => {
  await addTunnel(server);
  await server.nft(PROBE);
  const firewall = await FirewallProcess.start(server);
  await firewall.call('install', GUARD_BOTH, []);
  const packets = [syn(STRANGER[4], HERE[4]), syn(STRANGER[6], HERE[6])];
  await arrive(server, packets);
  t.is(await countPast(server), 2, 'not an address of this host: what is routed is left alone');
  const commands = [`addr add ${HERE[4]}/24 dev tun0`, `addr add ${HERE[6]}/64 dev tun0 nodad`];
  await ipBatch(server.namespace, commands);
  await arrive(server, packets);
  t.is(await countPast(server), 2);
});

labTest('not past the guard: the link-local address', async (t, { server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  const address = await until('a link-local address', async () => {
    const text = await server.mustRun('/usr/sbin/ip', [
      '-6',
      'addr',
      'show',
      'dev',
      'eth0',
      'scope',
      'link',
      '-tentative',
    ]);
    return /inet6 (fe80:[0-9a-f:]+)/.exec(text)?.[1];
  });
  t.true(await isOpen(client, `${address}%eth0`, 22));
  const firewall = await FirewallProcess.start(server);
  await firewall.call('install', GUARD_SSH, []);
  t.is(await lookAt(client, `${address}%eth0`, 22), 'silent');
  const clientText = await client.mustRun('/usr/sbin/ip', ['-6', 'addr', 'show', 'dev', 'eth0', 'scope', 'link']);
  const from = /inet6 (fe80:[0-9a-f:]+)/.exec(clientText)?.[1] ?? '';
  await firewall.call('apply', [openDoor(from)]);
  t.true(await isOpen(client, `${address}%eth0`, 22));
});

const UDP_ECHO_LOG = `
const { createSocket } = await import('node:dgram');
for (const [type, address] of [['udp4', '0.0.0.0'], ['udp6', '::']]) {
  const socket = createSocket({ type, ipv6Only: type === 'udp6' });
  socket.on('message', (text) => console.log('got ' + text));
  socket.bind(5353, address, () => console.log('listening ' + type));
}
`;
const UDP_SEND = `
import socket, sys
for number, to in enumerate(sys.argv[2:]):
    family = socket.AF_INET6 if ':' in to else socket.AF_INET
    sender = socket.socket(family, socket.SOCK_DGRAM)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    address = socket.getaddrinfo(to, 5353, family, socket.SOCK_DGRAM)[0][4]
    sender.sendto(f'{sys.argv[1]} {to}.'.encode(), address)
`;
labTest('not past the guard: broadcasts and multicasts to a UDP server', async (t, { server, client }) => {
  const listener = server.start(process.execPath, ['--input-type=module', '-e', UDP_ECHO_LOG]);
  await until('the servers', () => listener.stdout.match(/listening/g)?.length === 2);
  await client.mustRun('/usr/sbin/ip', ['route', 'add', '224.0.0.0/4', 'dev', 'eth0']);
  await client.mustRun('/usr/sbin/ip', ['route', 'add', '255.255.255.255', 'dev', 'eth0']);
  const to = [server.ipv4, '10.77.0.255', '255.255.255.255', '224.0.0.1', server.ipv6, 'ff02::1%eth0'];
  const send = async (word: string) => client.mustRun('/usr/bin/python3', ['-c', UDP_SEND, word, ...to]);
  const got = (word: string) => to.filter((address) => listener.stdout.includes(`got ${word} ${address}.`));

  await until('all get there without the guard', async () => {
    await send('without');
    return got('without').length === to.length;
  });
  const firewall = await FirewallProcess.start(server);
  for (const closed of ['drop', 'reset']) {
    await firewall.call('install', { ...GUARD_SSH, closed, guarded: [{ protocol: 'udp', port: 5353 }] }, []);
    await send(closed);
    await firewall.call('remove');
    await send(`after-${closed}`);
    await until('those without the guard', () => got(`after-${closed}`).length === to.length);
    t.deepEqual(got(closed), []);
  }
});

labTest(
  'closed = "reset" answers what was sent to one host, not what was sent to all',
  async (t, { server, client }) => {
    await server.nft(`table inet answers {
  chain out {
    type filter hook output priority 0; policy accept;
    tcp flags rst counter
    meta l4proto 1 counter
  }
}
`);
    const firewall = await FirewallProcess.start(server);
    const plan = { ...GUARD_BOTH, closed: 'reset' };
    await firewall.call('install', plan, []);
    await addAddresses(server);
    const [source, all] = [STRANGER[4], '198.51.100.255'];
    const udp = (destination: string) =>
      ipPacket({ source, destination, protocol: 17 }, udpDatagram(source, destination, nextPorts(), 'x'));
    const answers = async () => {
      const text = await server.mustRun('/usr/sbin/nft', ['list', 'table', 'inet', 'answers']);
      return [...text.matchAll(/packets (\d+)/g)].map(([, packets]) => Number(packets));
    };
    await arrive(server, [syn(source, all), udp(all), udp('224.0.0.1')]);
    t.deepEqual(await answers(), [0, 0]);
    await arrive(server, [syn(source, HERE[4]), udp(HERE[4])]);
    t.deepEqual(await answers(), [1, 1]);
    t.is(await lookAt(client, server.ipv4, 22), 'refused');
  },
);

/** A server whose answer makes the FTP helper expect a connection to port 22 of this host. */
const FTP_SERVER = `
const [address] = process.argv.slice(1);
const { createServer } = await import('node:net');
createServer((socket) => {
  socket.on('error', () => {});
  socket.write('220 ready\\r\\n');
  socket.on('data', () => socket.write('227 Entering Passive Mode (' + address.replaceAll('.', ',') + ',0,22)\\r\\n'));
}).listen(2121, '::', () => console.log('listening'));
`;
labTest('not past the guard: what a connection tracking helper expects', async (t, { server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  const ftp = server.start(process.execPath, ['--input-type=module', '-e', FTP_SERVER, server.ipv4]);
  await until('the FTP server', () => ftp.stdout.includes('listening'));
  await server.nft(`table inet helper {
  ct helper ftp {
    type "ftp" protocol tcp;
  }
  chain assign {
    type filter hook prerouting priority -160; policy accept;
    tcp dport 2121 ct helper set "ftp"
  }
  chain count {
    type filter hook prerouting priority -155; policy accept;
    ct state related tcp dport 22 counter
  }
}
`);
  const firewall = await FirewallProcess.start(server);
  await firewall.call('install', GUARD_SSH, []);
  const script = `
exec 3<>/dev/tcp/${server.ipv4}/2121
read -t 5 line <&3
printf 'PASV\\r\\n' >&3
read -t 5 line <&3
echo "$line"
timeout 0.5 bash -c 'exec 4<>/dev/tcp/${server.ipv4}/22' && echo in || echo out
`;
  const { stdout } = await client.run('/bin/bash', ['-c', script]);
  t.regex(stdout, /^227 Entering/m);
  const counted = await server.mustRun('/usr/sbin/nft', ['list', 'chain', 'inet', 'helper', 'count']);
  t.notRegex(counted, /packets 0 /, 'the helper did expect it');
  t.regex(stdout, /^out$/m);
});

/** Connects from a port of its own choice. */
const FROM_PORT = `
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('', 40000))
s.settimeout(0.5)
try:
    s.connect((sys.argv[1], 22))
    print(s.recv(100).decode(), flush=True)
    while s.recv(100): pass
    print('in')
except OSError:
    print('out')
`;
labTest('a door that has closed is closed to the same source port too', async (t, { server, client }) => {
  await listen(server, 'tcp', 22, 'service');
  const firewall = await FirewallProcess.start(server);
  await firewall.call('install', GUARD_SSH, [openDoor(client.ipv4)]);
  const connect = () => client.mustRun('/usr/bin/python3', ['-c', FROM_PORT, server.ipv4]);
  t.is(await connect(), 'service\nin\n');
  // It stays in TIME_WAIT there: the door is open, and the same port may begin again.
  await firewall.call('apply', [{ ...openDoor(client.ipv4), open: false }]);
  t.is(await connect(), 'out\n');
});

labTest(
  'the mark of somebody else gives way to ours on open doors, and stays elsewhere',
  async (t, { server, client, third }) => {
    await listen(server, 'tcp', 22, 'service');
    await server.nft(`table inet theirs {
  chain marking {
    type filter hook prerouting priority -300; policy accept;
    meta mark set 0x1
  }
  chain decide {
    type filter hook input priority 0; policy accept;
    tcp dport 22 tcp flags syn meta mark 0x1 reject with tcp reset
    tcp dport 22 tcp flags syn meta mark != 0x745 drop
  }
}
`);
    const firewall = await FirewallProcess.start(server);
    await firewall.call('install', { ...GUARD_SSH, mode: 'mark', guarded: [] }, [openDoor(client.ipv4)]);
    t.true(await isOpen(client, server.ipv4, 22));
    t.is(await lookAt(third, server.ipv4, 22), 'refused');
  },
);

/** SYNs without end from another host, each from another port. */
const FLOOD = `
import socket, struct, sys, time
end = time.time() + float(sys.argv[2])
sockets = []
while time.time() < end:
    s = socket.socket()
    s.setblocking(False)
    try: s.connect((sys.argv[1], 22))
    except OSError: pass
    sockets.append(s)
    if len(sockets) > 200: sockets.pop(0).close()
`;
async function holdsWhilePutInPlace(t: ExecutionContext, { server, client }: Bench, touch?: string): Promise<void> {
  await server.nft(`table inet probe {
  chain before {
    type filter hook prerouting priority -160; policy accept;
    tcp dport 22 counter
  }
  chain past {
    type filter hook prerouting priority -140; policy accept;
    tcp dport 22 counter
  }
}
`);
  const firewall = await FirewallProcess.start(server);
  await firewall.call('install', GUARD_SSH, []);
  const flood = client.start('/usr/bin/python3', ['-c', FLOOD, server.ipv4, '3']);
  let installs = 0;
  while (flood.child.exitCode === null) {
    if (touch) await server.nft(touch);
    await firewall.call('install', GUARD_SSH, []);
    installs++;
  }
  const text = await server.mustRun('/usr/sbin/nft', ['list', 'table', 'inet', 'probe']);
  const [before = 0, past = -1] = [...text.matchAll(/packets (\d+)/g)].map(([, packets]) => Number(packets));
  t.true(before > 1000 && installs > 10, `${before} packets, ${installs} times`);
  t.is(past, 0, `of ${before} packets, ${installs} times`);
}
labTest('no packet slips through while the table is put in place again', (t, bench) => holdsWhilePutInPlace(t, bench));
labTest('nor while it is made anew, because of a chain that does not belong there', (t, bench) =>
  holdsWhilePutInPlace(t, bench, 'add chain inet knockdaemon theirs\n'),
);
