// The kernel's filter, judged by libpcap itself (tcpdump reads the packets from a file): which does it let up?

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { knockFilter } from '#src/capture/filter.js';
import { onlyEightKnocks } from '#src/capture/wanted.js';
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
for (const [title, packet, passes] of rows) {
  test(`${title} ${passes ? 'passes' : 'is filtered out'}`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'eightknock-filter-'));
    t.teardown(() => rm(folder, { recursive: true }));
    // Where a process without privileges may read it: tcpdump drops its own.
    const file = join(folder, 'packet.pcap');
    await writeFile(file, pcapFile(packet));
    const args = ['-Z', 'root', '-n', '-r', file, knockFilter(onlyEightKnocks(745))];
    const asRoot = process.getuid?.() === 0 ? args : args.slice(2);
    const { stdout } = await promisify(execFile)('/usr/bin/tcpdump', asRoot);
    t.is(stdout !== '', passes, stdout);
  });
}
