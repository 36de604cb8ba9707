// What a captured socket hears, besides its filter (packet(7)).

import type { Libc } from './libc.ts';
import { SOL_PACKET } from './packet-sockets.ts';

/** struct sockaddr_ll: family and protocol, then the index of the link, and more that bind(2) does not look at. */
const ADDRESS_BYTES = 20;
const INDEX_AT = 4;
/** linux/if_packet.h; struct packet_mreq is an index, a type and an address that it does not need. */
const PACKET_DROP_MEMBERSHIP = 2;
const PACKET_MR_PROMISC = 1;
const MEMBERSHIP_BYTES = 16;

/**
 * cap asks a link for the packets of other hosts too (promiscuous mode); nobody wants them here.
 * @throws Error when the kernel refuses
 */
export function hearOwnPackets(libc: Libc, fd: number): void {
  const membership = Buffer.alloc(MEMBERSHIP_BYTES);
  libc.getsockname(fd, ADDRESS_BYTES).copy(membership, 0, INDEX_AT, INDEX_AT + 4);
  membership.writeUInt16LE(PACKET_MR_PROMISC, 4);
  libc.setsockopt(fd, SOL_PACKET, PACKET_DROP_MEMBERSHIP, membership);
}

/**
 * Makes a socket of one link hear all links, those to come included. libpcap has opened it for one of them, whose going
 * away does not end it any more.
 * @throws Error when the kernel refuses
 */
export function hearAllLinks(libc: Libc, fd: number): void {
  libc.bind(fd, libc.getsockname(fd, ADDRESS_BYTES).fill(0, INDEX_AT));
}
