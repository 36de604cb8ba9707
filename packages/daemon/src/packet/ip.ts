// The IP header: who sent it, and where does TCP or UDP begin? IPv4 (RFC 791), IPv6 with extension headers (RFC 8200).

import type { PacketDrop } from './knock-event.ts';
import { readUint16 } from './link.ts';

/** What an IP header says. */
export interface IpPacket {
  /** 4 or 16 bytes, a view of the frame. */
  readonly source: Uint8Array;
  /** The destination is as many bytes of the frame from there on. */
  readonly destinationStart: number;
  /** IANA protocol number of the payload. */
  readonly protocol: number;
  /** The payload is frame[payloadStart … payloadEnd − 1], as far as it was captured. */
  readonly payloadStart: number;
  readonly payloadEnd: number;
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
 * @param frame the captured bytes
 * @param start offset of the header
 */
export function parseIp(frame: Uint8Array, start: number): IpPacket | PacketDrop {
  if (frame.length <= start) return 'short';
  switch ((frame[start] as number) >> 4) {
    case 4:
      return parseIpv4(frame, start);
    case 6:
      return parseIpv6(frame, start);
    default:
      return 'not-ip';
  }
}

function parseIpv4(frame: Uint8Array, start: number): IpPacket | PacketDrop {
  if (frame.length < start + 20) return 'short';
  const headerLength = ((frame[start] as number) & 15) * 4;
  const totalLength = readUint16(frame, start + 2);
  if (headerLength < 20 || totalLength < headerLength) return 'short';
  // More fragments, or an offset. "Don't fragment" is fine.
  if ((readUint16(frame, start + 6) & 0x3fff) !== 0) return 'fragment';
  const source = frame.subarray(start + 12, start + 16);
  if (isBadSource(source)) return 'bad-source';
  return {
    source,
    destinationStart: start + 16,
    protocol: frame[start + 9] as number,
    payloadStart: start + headerLength,
    payloadEnd: Math.min(frame.length, start + totalLength),
  };
}

function parseIpv6(frame: Uint8Array, start: number): IpPacket | PacketDrop {
  if (frame.length < start + 40) return 'short';
  const payloadEnd = Math.min(frame.length, start + 40 + readUint16(frame, start + 4));
  const source = frame.subarray(start + 8, start + 24);
  if (isBadSource(source)) return 'bad-source';
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
  return { source, destinationStart: start + 24, protocol, payloadStart: at, payloadEnd };
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
 * @param source 4 or 16 bytes
 */
export function isBadSource(source: Uint8Array): boolean {
  const first = source[0] as number;
  // 0.0.0.0/8 "this network", 224.0.0.0/4 multicast, 240.0.0.0/4 reserved and broadcast (RFC 6890)
  if (source.length === 4) return first === 0 || first >= 224;
  if (first === 0xff) return true;
  for (let i = 0; i < 10; i++) if (source[i] !== 0) return false;
  const mapped = source[10] === 0xff && source[11] === 0xff;
  return mapped || source.every((byte) => byte === 0);
}
