// The link layer's header: where does the IP packet begin? Ethernet (with VLAN tags), Linux cooked v1 and v2, raw IP, NFLOG.

import type { PacketDrop } from './knock-event.ts';
import { findNflogPayload } from './nflog.ts';

/** The link types we read: by the names that `cap` gives them, and those it does not know by ours. */
export type LinkType = 'ETHERNET' | 'LINKTYPE_LINUX_SLL' | 'RAW' | 'LINUX_SLL2' | 'NFLOG';

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
/** IEEE 802.1Q, 802.1ad */
const ETHERTYPE_VLAN = 0x8100;
const ETHERTYPE_SERVICE_VLAN = 0x88a8;
/** Linux cooked, packet type: "to us". The others are broadcast, multicast, to another host, and sent by us. */
const SLL_TO_US = 0;

/** What `cap` says of a link type, if packets of it can be read. */
export function linkTypeOfCap(text: string): LinkType | undefined {
  if (text === 'ETHERNET' || text === 'LINKTYPE_LINUX_SLL' || text === 'RAW') return text;
  return text === 'Unknown linktype 239' ? 'NFLOG' : undefined;
}

/** The link type of a capture file, by its number (https://www.tcpdump.org/linktypes.html); 12 is what OpenBSD's RAW was. */
export function linkTypeOfNumber(number: number): LinkType | undefined {
  const types: Readonly<Record<number, LinkType>> = {
    1: 'ETHERNET',
    12: 'RAW',
    101: 'RAW',
    113: 'LINKTYPE_LINUX_SLL',
    239: 'NFLOG',
    276: 'LINUX_SLL2',
  };
  return types[number];
}

/**
 * Finds the IP packet in a frame (https://www.tcpdump.org/linktypes.html).
 * @param frame begins with the captured bytes
 * @param end of the captured bytes
 * @returns the offset of the IP header, or why there is none
 */
export function findIpHeader(frame: Uint8Array, end: number, linkType: LinkType): number | PacketDrop {
  switch (linkType) {
    case 'RAW':
      return 0;
    case 'LINKTYPE_LINUX_SLL':
      if (end < 16) return 'short';
      if (readUint16(frame, 0) !== SLL_TO_US) return 'not-incoming';
      return skipVlanTags(frame, end, 14);
    case 'LINUX_SLL2':
      if (end < 20) return 'short';
      if (frame[10] !== SLL_TO_US) return 'not-incoming';
      return isIpEtherType(readUint16(frame, 0)) ? 20 : 'not-ip';
    case 'NFLOG':
      return findNflogPayload(frame, end);
    case 'ETHERNET':
      return skipVlanTags(frame, end, 12);
  }
}

/** From an EtherType field to the IP header behind it, over at most two VLAN tags. */
function skipVlanTags(frame: Uint8Array, end: number, etherTypeAt: number): number | PacketDrop {
  let at = etherTypeAt;
  for (let tags = 0; tags <= 2; tags++) {
    if (end < at + 2) return 'short';
    const etherType = readUint16(frame, at);
    if (isIpEtherType(etherType)) return at + 2;
    if (etherType !== ETHERTYPE_VLAN && etherType !== ETHERTYPE_SERVICE_VLAN) return 'not-ip';
    at += 4;
  }
  return 'not-ip';
}

function isIpEtherType(etherType: number): boolean {
  return etherType === ETHERTYPE_IPV4 || etherType === ETHERTYPE_IPV6;
}

/** Big-endian; the caller has checked the length. */
export function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
