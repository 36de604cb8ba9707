// The packet sockets that libpcap has opened in this process, packet(7): which descriptors they are, and how many packets
// the kernel dropped because nobody took them out of the ring in time. libpcap would tell, but cap does not ask it.

import type { Libc } from './libc.ts';

/** asm-generic/socket.h, linux/if_packet.h */
const SOL_SOCKET = 1;
const SO_DOMAIN = 39;
const AF_PACKET = 17;
const SOL_PACKET = 263;
const PACKET_STATISTICS = 6;
/** struct tpacket_stats_v3; the older one is its first eight bytes. */
const STATISTICS_BYTES = 12;
/** A process that has opened a few pipes and one capture is far below this. */
const MOST_DESCRIPTORS = 256;

/** The descriptors of all packet sockets of this process. */
export function packetSockets(libc: Libc): number[] {
  return Array.from({ length: MOST_DESCRIPTORS }, (_, fd) => fd).filter((fd) => {
    return libc.getsockopt(fd, SOL_SOCKET, SO_DOMAIN, 4)?.readUInt32LE() === AF_PACKET;
  });
}

/** Packets that the kernel dropped since this was last asked; asking sets its count to nothing. */
export function kernelDrops(libc: Libc, fd: number): number {
  return libc.getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, STATISTICS_BYTES)?.readUInt32LE(4) ?? 0;
}
