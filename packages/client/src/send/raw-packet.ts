// One knock as a whole IP packet: a SYN or a datagram, with its IPv4 or IPv6 header and all checksums. Pure: addresses and
// numbers in, bytes out. What is random in it is handed in.

import { parseAddress } from '@eightknock/codec';
import type { Transport } from '../plan.ts';

/** What a knock's packet says. */
export interface KnockPacket {
  readonly transport: Transport;
  /** The address it is to come from, this machine's own or another. */
  readonly source: string;
  /** Where it goes: an address of the same family. */
  readonly destination: string;
  /** 1–65535. */
  readonly sourcePort: number;
  /** The port to knock on, 1–65535. */
  readonly port: number;
  /** 0–4294967295; not used with UDP. */
  readonly sequenceNumber: number;
}

/** Protocol numbers (IANA). */
const TCP = 6;
const UDP = 17;
/** What Linux gives both. */
const HOPS = 64;
const WINDOW = 64_240;
const SYN = 0x02;
const TCP_BYTES = 24;
/** The largest segment a link of 1500 bytes takes, for the one option of the SYN (RFC 9293, section 3.7.1). */
const SEGMENT_SIZE = { 4: 1460, 6: 1440 } as const;
/** With one byte of data, as udp.ts sends it: there are firewalls that drop a datagram without any. */
const UDP_BYTES = 9;

/**
 * Builds the packet of a knock.
 * @returns header (RFC 791, RFC 8200) and segment (RFC 9293, RFC 768), as they go over the wire
 * @throws RangeError when an address is none, or the two are of different families
 */
export function buildKnockPacket(packet: KnockPacket): Uint8Array {
  const source = parseAddress(packet.source);
  const destination = parseAddress(packet.destination);
  if (source.length !== destination.length) throw new RangeError('source and destination must be of one family');
  const protocol = packet.transport === 'tcp' ? TCP : UDP;
  const segment = protocol === TCP ? buildSyn(packet, source.length === 4 ? 4 : 6) : buildDatagram(packet);
  const sum = checksum(pseudoHeader(source, destination, protocol, segment.length), segment);
  // A UDP checksum of zero would mean that there is none.
  segment.writeUInt16BE(protocol === UDP && sum === 0 ? 0xffff : sum, protocol === TCP ? 16 : 6);
  const header = source.length === 4 ? ipv4Header : ipv6Header;
  return Buffer.concat([header(source, destination, protocol, segment.length), segment]);
}

function buildSyn({ sourcePort, port, sequenceNumber }: KnockPacket, family: 4 | 6): Buffer {
  const segment = Buffer.alloc(TCP_BYTES);
  segment.writeUInt16BE(sourcePort, 0);
  segment.writeUInt16BE(port, 2);
  segment.writeUInt32BE(sequenceNumber, 4);
  segment[12] = (TCP_BYTES / 4) << 4;
  segment[13] = SYN;
  segment.writeUInt16BE(WINDOW, 14);
  segment.set([2, 4], 20);
  segment.writeUInt16BE(SEGMENT_SIZE[family], 22);
  return segment;
}

function buildDatagram({ sourcePort, port }: KnockPacket): Buffer {
  const datagram = Buffer.alloc(UDP_BYTES);
  datagram.writeUInt16BE(sourcePort, 0);
  datagram.writeUInt16BE(port, 2);
  datagram.writeUInt16BE(UDP_BYTES, 4);
  return datagram;
}

/** Not to be fragmented, so that its identification may be zero (RFC 6864). */
function ipv4Header(source: Uint8Array, destination: Uint8Array, protocol: number, length: number): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(header.length + length, 2);
  header[6] = 0x40;
  header.set([HOPS, protocol], 8);
  header.set(source, 12);
  header.set(destination, 16);
  header.writeUInt16BE(checksum(header), 10);
  return header;
}

function ipv6Header(source: Uint8Array, destination: Uint8Array, protocol: number, length: number): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(length, 4);
  header.set([protocol, HOPS], 6);
  header.set(source, 8);
  header.set(destination, 24);
  return header;
}

/** What the checksum covers besides the segment: RFC 9293, section 3.1; RFC 8200, section 8.1. The sums are the same. */
function pseudoHeader(source: Uint8Array, destination: Uint8Array, protocol: number, length: number): Buffer {
  const tail = Buffer.alloc(8);
  tail.writeUInt32BE(length, 0);
  tail[7] = protocol;
  return Buffer.concat([source, destination, tail]);
}

/** RFC 1071, over parts of which all but the last have an even length. */
function checksum(...parts: readonly Uint8Array[]): number {
  let sum = 0;
  for (const bytes of parts) {
    for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] as number) << 8) | (bytes[i + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
