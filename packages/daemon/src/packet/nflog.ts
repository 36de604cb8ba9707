// What the kernel's log group (nft "log group N", iptables NFLOG) puts in front of an IP packet: a header of four bytes, then
// attributes of type, length, value (https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html). Takes any bytes, never throws.

import type { PacketDrop } from './knock-event.ts';

const HEADER_BYTES = 4;
const ATTRIBUTE_BYTES = 4;
/** linux/netfilter/nfnetlink_log.h */
const NFULA_PACKET_HDR = 1;
const NFULA_PAYLOAD = 9;
/** The kernel writes a dozen at most. */
const MAX_ATTRIBUTES = 64;
/** linux/netfilter.h: forwarded, sent by this host, on its way out. */
const HOOKS_OF_OTHERS: readonly number[] = [2, 3, 4];

/**
 * Finds the IP packet. Lengths and types are in the byte order of the machine that captured; we read little-endian, which
 * both processors that the daemon runs on are.
 * @param end of the captured bytes
 * @returns the offset of the IP header, or why there is none
 */
export function findNflogPayload(frame: Uint8Array, end: number): number | PacketDrop {
  let at = HEADER_BYTES;
  for (let i = 0; i < MAX_ATTRIBUTES; i++) {
    if (end < at + ATTRIBUTE_BYTES) return 'short';
    const length = (frame[at] as number) | ((frame[at + 1] as number) << 8);
    const type = ((frame[at + 2] as number) | ((frame[at + 3] as number) << 8)) & 0x7fff;
    if (length < ATTRIBUTE_BYTES) return 'short';
    if (type === NFULA_PAYLOAD) return at + ATTRIBUTE_BYTES;
    // struct nfulnl_msg_packet_hdr: protocol, hook
    if (type === NFULA_PACKET_HDR && HOOKS_OF_OTHERS.includes(frame[at + ATTRIBUTE_BYTES + 2] as number)) {
      return 'not-incoming';
    }
    at += (length + 3) & ~3;
  }
  return 'short';
}
