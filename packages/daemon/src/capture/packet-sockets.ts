// The packet sockets that libpcap has opened in this process, packet(7): which descriptors they are, and how many packets
// came, and how many of them the kernel dropped because nobody took them out of the ring in time. libpcap would tell, but cap does not ask it.

import type { Libc } from './libc.ts';

/** asm-generic/socket.h, linux/if_packet.h */
export const SOL_SOCKET = 1;
export const AF_PACKET = 17;
export const SOL_PACKET = 263;
export const PACKET_FANOUT = 18;
export const PACKET_FANOUT_DATA = 22;
const SO_DOMAIN = 39;
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

/** What the kernel counted at a socket. */
export interface PacketCounts {
  /** Packets that the filter let up, those that were dropped then among them. */
  readonly received: number;
  /** For which the ring had no room. */
  readonly dropped: number;
}

/** What was counted since this was last asked; asking sets the kernel's counts to nothing. */
export function packetCounts(libc: Libc, fd: number): PacketCounts {
  const bytes = libc.getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, STATISTICS_BYTES);
  return { received: bytes?.readUInt32LE(0) ?? 0, dropped: bytes?.readUInt32LE(4) ?? 0 };
}
