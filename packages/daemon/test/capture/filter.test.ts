// The kernel's filter, judged by libpcap itself (tcpdump reads the packets from a file): which does it let up?

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { knockFilter, MAX_RANGES } from '#src/capture/filter.js';
import type { Wanted } from '#src/packet/wanted.js';
import { onlyEightKnocks } from '../only-eight-knocks.ts';
import { extension, ipv4, ipv6, tcp, udp } from '../packet/packets.js';

/** Writes a pcap file of one raw IP packet (https://www.tcpdump.org/manpages/pcap-savefile.5.html). */
function pcapFile(packet: Buffer): Buffer {
  const header = Buffer.alloc(40);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65535, 16);
  header.writeUInt32LE(101, 20);
  header.writeUInt32LE(packet.length, 32);
  header.writeUInt32LE(packet.length, 36);
  return Buffer.concat([header, packet]);
}

const to = (destinationPort: number) => ({ destinationPort });
const rows: readonly (readonly [title: string, packet: Buffer, passes: boolean])[] = [
  ['a SYN to the first port', ipv4(tcp(to(745))), true],
  ['a SYN to the last port', ipv4(tcp(to(1000))), true],
  ['a SYN below the range', ipv4(tcp(to(744))), false],
  ['a SYN above the range', ipv4(tcp(to(1001))), false],
  ['a SYN from a port of the range', ipv4(tcp({ sourcePort: 750, destinationPort: 22 })), false],
  ['a SYN with the bits of ECN', ipv4(tcp({ flags: 0xc2 })), true],
  ['an ACK', ipv4(tcp({ flags: 0x10 })), false],
  ['a SYN+ACK', ipv4(tcp({ flags: 0x12 })), false],
  ['a RST', ipv4(tcp({ flags: 4 })), false],
  ['UDP', ipv4(udp(), { protocol: 17 }), true],
  ['UDP below the range', ipv4(udp(to(744)), { protocol: 17 }), false],
  ['ICMP', ipv4(Buffer.alloc(20), { protocol: 1 }), false],
  ['IPv6: a SYN to the first port', ipv6(tcp(to(745))), true],
  ['IPv6: a SYN to the last port', ipv6(tcp(to(1000))), true],
  ['IPv6: a SYN below the range', ipv6(tcp(to(744))), false],
  ['IPv6: a SYN above the range', ipv6(tcp(to(1001))), false],
  ['IPv6: an ACK', ipv6(tcp({ flags: 0x10 })), false],
  ['IPv6: UDP', ipv6(udp(), { next: 17 }), true],
  ['IPv6: UDP above the range', ipv6(udp(to(1001)), { next: 17 }), false],
  ['IPv6: hop-by-hop options, looked at later', ipv6(extension(6, tcp()), { next: 0 }), true],
  ['IPv6: destination options, looked at later', ipv6(extension(6, tcp()), { next: 60 }), true],
  ['IPv6: a fragment', ipv6(extension(6, tcp()), { next: 44 }), false],
  ['IPv6: ICMPv6', ipv6(Buffer.alloc(20), { next: 58 }), false],
];
const WITH_DOORS: Wanted = {
  ...onlyEightKnocks(745),
  doors: [
    { protocol: 'tcp', first: 7000, last: 7002, mask: 0x12, value: 2 },
    { protocol: 'tcp', first: 7010, last: 7010, mask: 0x03, value: 1 },
    { protocol: 'udp', first: 8000, last: 8000, mask: 0, value: 0 },
  ],
  datagrams: [62_201],
};
const doorRows: readonly (readonly [title: string, packet: Buffer, passes: boolean])[] = [
  ['a SYN to the last port of a door', ipv4(tcp(to(7002))), true],
  ['a SYN beside the ports of doors', ipv4(tcp(to(7003))), false],
  ['a SYN+ACK to a door', ipv4(tcp({ ...to(7000), flags: 0x12 })), false],
  ['a FIN to a door that waits for it', ipv4(tcp({ ...to(7010), flags: 0x11 })), true],
  ['a SYN to a door that waits for FIN', ipv4(tcp(to(7010))), false],
  ['UDP to a door', ipv4(udp(to(8000)), { protocol: 17 }), true],
  ['UDP to a port of TCP', ipv4(udp(to(7000)), { protocol: 17 }), false],
  ['a datagram that is wanted', ipv4(udp(to(62_201)), { protocol: 17 }), true],
  ['TCP to the port of datagrams', ipv4(tcp(to(62_201))), false],
  ['IPv6: a SYN to a door', ipv6(tcp(to(7001))), true],
  ['IPv6: a FIN to a door that waits for it', ipv6(tcp({ ...to(7010), flags: 1 })), true],
  ['IPv6: a FIN to another door', ipv6(tcp({ ...to(7000), flags: 1 })), false],
  ['IPv6: a datagram that is wanted', ipv6(udp(to(62_201)), { next: 17 }), true],
  ['with doors, a SYN to the first port', ipv4(tcp(to(745))), true],
];

for (const [wanted, all] of [
  [onlyEightKnocks(745), rows],
  [WITH_DOORS, doorRows],
] as const) {
  for (const [title, packet, passes] of all) {
    test(`${title} ${passes ? 'passes' : 'is filtered out'}`, async (t) => {
      const folder = await mkdtemp(join(tmpdir(), 'eightknock-filter-'));
      t.teardown(() => rm(folder, { recursive: true }));
      // Where a process without privileges may read it: tcpdump drops its own.
      const file = join(folder, 'packet.pcap');
      await writeFile(file, pcapFile(packet));
      const args = ['-Z', 'root', '-n', '-r', file, knockFilter(wanted)];
      const asRoot = process.getuid?.() === 0 ? args : args.slice(2);
      const { stdout } = await promisify(execFile)('/usr/bin/tcpdump', asRoot);
      t.is(stdout !== '', passes, stdout);
    });
  }
}

test('with very many doors it is coarser, lets all of them up, and fits into the kernel', async (t) => {
  const flags = [
    [0x12, 2],
    [1, 1],
    [0x20, 0x20],
  ] as const;
  const doors = Array.from({ length: 3000 }, (_, i) => {
    const [mask, value] = flags[i % 3] ?? [0, 0];
    return { protocol: 'tcp', first: 2000 + 21 * i, last: 2000 + 21 * i, mask, value } as const;
  });
  const datagrams = Array.from({ length: 200 }, (_, i) => 300 * i + 1500);
  const filter = knockFilter({ ...onlyEightKnocks(745), doors, datagrams });
  t.is(filter.match(/dst portrange/g)?.length, MAX_RANGES + 2);
  const ranges = [
    ...filter.matchAll(/\(ip and (tcp|udp) and dst portrange (\d+)-(\d+)(?: and tcp\[13\] & (\d+) ==)?/g),
  ];
  for (const { first, mask } of doors) {
    const isUp = ranges.some(([, protocol, from, upTo, its]) => {
      const hasFlags = its === undefined || Number(its) === mask;
      return protocol === 'tcp' && Number(from) <= first && first <= Number(upTo) && hasFlags;
    });
    t.true(isUp, String(first));
  }
  const { stdout } = await promisify(execFile)('/usr/bin/tcpdump', ['-ddd', '-y', 'EN10MB', filter]);
  t.true(Number(stdout.split('\n')[0]) <= 4096, stdout.split('\n')[0]);
});
