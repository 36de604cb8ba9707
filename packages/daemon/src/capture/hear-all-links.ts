// Makes a captured socket of one link hear all links: it is bound to none (packet(7)), those to come included. libpcap has opened it for
// one of them, whose going away does not end it any more.

import type { Libc } from './libc.ts';
import { SOL_PACKET } from './packet-sockets.ts';

/** struct sockaddr_ll: family and protocol, then the index of the link, and more that bind(2) does not look at. */
const ADDRESS_BYTES = 20;
const INDEX_AT = 4;
/** linux/if_packet.h; struct packet_mreq is an index, a type and an address that it does not need. */
const PACKET_DROP_MEMBERSHIP = 2;
const PACKET_MR_PROMISC = 1;
const MEMBERSHIP_BYTES = 16;

/** @throws Error when the kernel refuses */
export function hearAllLinks(libc: Libc, fd: number): void {
  const address = libc.getsockname(fd, ADDRESS_BYTES);
  // cap has asked for the packets of other hosts too (promiscuous mode); nobody wants them here.
  const membership = Buffer.alloc(MEMBERSHIP_BYTES);
  address.copy(membership, 0, INDEX_AT, INDEX_AT + 4);
  membership.writeUInt16LE(PACKET_MR_PROMISC, 4);
  libc.setsockopt(fd, SOL_PACKET, PACKET_DROP_MEMBERSHIP, membership);
  libc.bind(fd, address.fill(0, INDEX_AT));
}
