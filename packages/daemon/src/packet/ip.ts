// The IP header: who sent it, and where does TCP or UDP begin? IPv4 (RFC 791), IPv6 with extension headers (RFC 8200).

import type { PacketDrop } from './knock-event.ts';
import { readUint16 } from './link.ts';

/** What an IP header says: offsets into the frame. Filled anew for each packet. */
export class IpHeader {
  sourceStart = 0;
  destinationStart = 0;
  /** Of each address. */
  addressBytes: 4 | 16 = 4;
  /** IANA protocol number of the payload. */
  protocol = 0;
  /** The payload is frame[payloadStart … payloadEnd − 1], as far as it was captured. */
  payloadStart = 0;
  payloadEnd = 0;
}

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;
/** RFC 8200 recommends each at most once (destination options twice); more is no honest packet. */
const MAX_EXTENSION_HEADERS = 6;

/**
 * Reads the IP header.
 * @param start offset of the header
 * @param end of the captured bytes
 * @param into what it says; of no account when there is none
 * @returns why there is none
 */
export function readIpHeader(frame: Uint8Array, start: number, end: number, into: IpHeader): PacketDrop | undefined {
  if (end <= start) return 'short';
  switch ((frame[start] as number) >> 4) {
    case 4:
      return readIpv4(frame, start, end, into);
    case 6:
      return readIpv6(frame, start, end, into);
    default:
      return 'not-ip';
  }
}

function readIpv4(frame: Uint8Array, start: number, end: number, into: IpHeader): PacketDrop | undefined {
  if (end < start + 20) return 'short';
  const headerLength = ((frame[start] as number) & 15) * 4;
  const totalLength = readUint16(frame, start + 2);
  if (headerLength < 20 || totalLength < headerLength) return 'short';
  // More fragments, or an offset. "Don't fragment" is fine.
  if ((readUint16(frame, start + 6) & 0x3fff) !== 0) return 'fragment';
  if (isBadSource(frame, start + 12, 4)) return 'bad-source';
  into.addressBytes = 4;
  into.sourceStart = start + 12;
  into.destinationStart = start + 16;
  into.protocol = frame[start + 9] as number;
  into.payloadStart = start + headerLength;
  into.payloadEnd = Math.min(end, start + totalLength);
  return undefined;
}

function readIpv6(frame: Uint8Array, start: number, end: number, into: IpHeader): PacketDrop | undefined {
  if (end < start + 40) return 'short';
  const payloadEnd = Math.min(end, start + 40 + readUint16(frame, start + 4));
  if (isBadSource(frame, start + 8, 16)) return 'bad-source';
  let protocol = frame[start + 6] as number;
  let at = start + 40;
  for (let headers = 0; isExtensionHeader(protocol); headers++) {
    if (protocol === FRAGMENT) return 'fragment';
    if (headers === MAX_EXTENSION_HEADERS) return 'extension-header';
    if (payloadEnd < at + 8) return 'short';
    const length = frame[at + 1] as number;
    // RFC 4302, section 2.2: the authentication header counts in units of four bytes, less two
    const bytes = protocol === AUTHENTICATION ? (length + 2) * 4 : (length + 1) * 8;
    protocol = frame[at] as number;
    at += bytes;
  }
  into.addressBytes = 16;
  into.sourceStart = start + 8;
  into.destinationStart = start + 24;
  into.protocol = protocol;
  into.payloadStart = at;
  into.payloadEnd = payloadEnd;
  return undefined;
}

function isExtensionHeader(protocol: number): boolean {
  return (
    protocol === HOP_BY_HOP ||
    protocol === ROUTING ||
    protocol === FRAGMENT ||
    protocol === AUTHENTICATION ||
    protocol === DESTINATION_OPTIONS
  );
}

/**
 * Can no packet come from there? Multicast, unspecified, reserved, or an IPv4-mapped address, which would pass for an IPv4
 * source later.
 * @param at where the address begins
 * @param length 4 or 16 bytes
 */
export function isBadSource(bytes: Uint8Array, at = 0, length = bytes.length): boolean {
  const first = bytes[at] as number;
  // 0.0.0.0/8 "this network", 224.0.0.0/4 multicast, 240.0.0.0/4 reserved and broadcast (RFC 6890)
  if (length === 4) return first === 0 || first >= 224;
  if (first === 0xff) return true;
  for (let i = at; i < at + 10; i++) if (bytes[i] !== 0) return false;
  if (bytes[at + 10] === 0xff && bytes[at + 11] === 0xff) return true;
  for (let i = at + 10; i < at + 16; i++) if (bytes[i] !== 0) return false;
  return true;
}
