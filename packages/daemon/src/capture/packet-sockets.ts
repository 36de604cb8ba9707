// The sockets that libpcap has opened in this process, packet(7) and for log groups netlink(7): which descriptors they are,
// how many packets the kernel dropped because nobody took them out in time, which cap does not ask libpcap, and what else
// has to be set for a flood.

import type { Libc } from './libc.ts';

/** asm-generic/socket.h, linux/if_packet.h */
const SOL_SOCKET = 1;
const SO_DOMAIN = 39;
const SO_RCVBUFFORCE = 33;
const SO_MEMINFO = 55;
const AF_NETLINK = 16;
const AF_PACKET = 17;
const SOL_PACKET = 263;
/** linux/netlink.h */
const SOL_NETLINK = 270;
const NETLINK_NO_ENOBUFS = 5;
/** Bytes of packets of a log group that wait to be read, as much as the ring of a device has. */
const NETLINK_BUFFER_BYTES = 16 * 1024 * 1024;
const PACKET_STATISTICS = 6;
/** struct tpacket_stats_v3; the older one is its first eight bytes. */
const STATISTICS_BYTES = 12;
/** linux/sock_diag.h: the ninth number, SK_MEMINFO_DROPS. */
const MEMINFO_BYTES = 36;
const MEMINFO_DROPS_AT = 32;
/** A process that has opened a few pipes and one capture is far below this. */
const MOST_DESCRIPTORS = 256;

/** Drops of netlink sockets that were told already: their count is one since the socket was made. */
const told = new Map<number, number>();

/** The descriptors of all sockets of this process on which packets come. */
export function packetSockets(libc: Libc): number[] {
  return Array.from({ length: MOST_DESCRIPTORS }, (_, fd) => fd).filter((fd) => {
    const domain = libc.getsockopt(fd, SOL_SOCKET, SO_DOMAIN, 4)?.readUInt32LE();
    return domain === AF_PACKET || domain === AF_NETLINK;
  });
}

/**
 * Prepares netlink sockets for floods. The kernel makes an error of a buffer that is full, and cap aborts its process at an
 * error: so it is asked not to, and for a larger buffer. What does not fit is counted all the same.
 * @returns what could not be done
 */
export function prepareForFloods(libc: Libc, sockets: readonly number[]): string[] {
  const problems: string[] = [];
  for (const fd of sockets) {
    if (libc.getsockopt(fd, SOL_SOCKET, SO_DOMAIN, 4)?.readUInt32LE() !== AF_NETLINK) continue;
    try {
      libc.setsockopt(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, 1);
      libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, NETLINK_BUFFER_BYTES);
    } catch (error) {
      problems.push(`a flood may end the capture process (${String(error)})`);
    }
  }
  return problems;
}

/** Packets that the kernel dropped since this was last asked; for a packet socket, asking sets its count to nothing. */
export function drops(libc: Libc, fd: number): number {
  const statistics = libc.getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, STATISTICS_BYTES);
  if (statistics) return statistics.readUInt32LE(4);
  const inAll = libc.getsockopt(fd, SOL_SOCKET, SO_MEMINFO, MEMINFO_BYTES)?.readUInt32LE(MEMINFO_DROPS_AT) ?? 0;
  const since = inAll - (told.get(fd) ?? 0);
  told.set(fd, inAll);
  return Math.max(0, since);
}
