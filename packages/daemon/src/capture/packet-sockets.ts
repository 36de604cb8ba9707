// The sockets that libpcap has opened in this process, packet(7) and for log groups netlink(7): which descriptors they are,
// how many packets came, how many of them the kernel dropped because nobody took them out in time (cap does not ask libpcap
// for that), and what else has to be set for a flood.

import type { Libc } from './libc.ts';

/** asm-generic/socket.h, linux/if_packet.h */
export const SOL_SOCKET = 1;
export const AF_PACKET = 17;
export const SOL_PACKET = 263;
export const PACKET_FANOUT = 18;
export const PACKET_FANOUT_DATA = 22;
const SO_DOMAIN = 39;
const SO_RCVBUFFORCE = 33;
const SO_MEMINFO = 55;
const AF_NETLINK = 16;
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
const MAX_DESCRIPTORS = 256;

/** Drops of netlink sockets that were told already: their count is one since the socket was made. */
const told = new Map<number, number>();

/** The descriptors of all sockets of this process on which packets come. */
export function packetSockets(libc: Libc): number[] {
  return Array.from({ length: MAX_DESCRIPTORS }, (_, fd) => fd).filter((fd) => {
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
      libc.setsockopt(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, number(1));
      libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, number(NETLINK_BUFFER_BYTES));
    } catch (error) {
      problems.push(`a flood may end the capture process (${String(error)})`);
    }
  }
  return problems;
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** What the kernel counted at a socket. */
export interface PacketCounts {
  /** Packets that the filter let up, those that were dropped then among them; of a log group 0: it does not tell. */
  readonly received: number;
  /** For which there was no room. */
  readonly dropped: number;
}

/** A ring whose packets are counted. */
export interface CountedRing {
  readonly fd: number;
  /** How many packets a second it can take without losses, strangers' among them; absent: few. */
  readonly mostPerSecond?: number;
}

/** What the kernel counted at several rings. */
export interface RingCounts extends PacketCounts {
  /** Of the ring that dropped most. */
  readonly mostPerSecond?: number;
}

/** The sum over all rings, see {@link packetCounts}. */
export function countPackets(libc: Libc, rings: readonly CountedRing[]): RingCounts {
  let [received, dropped, mostDropped] = [0, 0, -1];
  let mostPerSecond: number | undefined;
  for (const ring of rings) {
    const counts = packetCounts(libc, ring.fd);
    received += counts.received;
    dropped += counts.dropped;
    if (counts.dropped <= mostDropped) continue;
    mostDropped = counts.dropped;
    mostPerSecond = ring.mostPerSecond;
  }
  return { received, dropped, ...(mostPerSecond !== undefined && { mostPerSecond }) };
}

/** What was counted since this was last asked; for a packet socket, asking sets the kernel's counts to nothing. */
function packetCounts(libc: Libc, fd: number): PacketCounts {
  const bytes = libc.getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, STATISTICS_BYTES);
  if (bytes) return { received: bytes.readUInt32LE(0), dropped: bytes.readUInt32LE(4) };
  const inAll = libc.getsockopt(fd, SOL_SOCKET, SO_MEMINFO, MEMINFO_BYTES)?.readUInt32LE(MEMINFO_DROPS_AT) ?? 0;
  const since = inAll - (told.get(fd) ?? 0);
  told.set(fd, inAll);
  return { received: 0, dropped: Math.max(0, since) };
}
