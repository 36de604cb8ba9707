// The TCP or UDP header: is it a knock, and on which port? TCP (RFC 9293, section 3.1), UDP (RFC 768).

import type { IpPacket } from './ip.ts';
import { MAX_PAYLOAD_BYTES, type PacketDrop, type PacketKnock } from './knock-event.ts';
import { readUint16 } from './link.ts';

const TCP = 6;
const UDP = 17;
const UDP_HEADER = 8;
const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;
/** Without the bits of congestion control (RFC 3168), which may come with a SYN. */
const FLAGS = 0x3f;

/** What is a knock besides UDP and plain SYNs, and of which datagrams the payload is wanted. */
export interface WantedPackets {
  /** Is a TCP packet with these flags a knock on this port, though it is no plain SYN? */
  takesFlags(port: number, flags: number): boolean;
  /** Is a datagram to this port wanted whole? */
  takesDatagram(port: number): boolean;
}

/** Plain knocks only. */
export const NOTHING_ELSE: WantedPackets = { takesFlags: () => false, takesDatagram: () => false };

/** Reads the header behind an IP header. Payloads are ignored but where they are wanted. */
export function parseTransport(frame: Uint8Array, ip: IpPacket, wanted: WantedPackets): PacketKnock | PacketDrop {
  const { source, destination, protocol, payloadStart: start, payloadEnd: end } = ip;
  if (protocol !== TCP && protocol !== UDP) return 'not-transport';
  if (end < start + (protocol === TCP ? 20 : UDP_HEADER)) return 'short';
  const sourcePort = readUint16(frame, start);
  const destinationPort = readUint16(frame, start + 2);
  const common = { source, destination, sourcePort, destinationPort };
  if (protocol === UDP) {
    const knock = { ...common, protocol: 'udp', sequenceNumber: 0 } as const;
    return wanted.takesDatagram(destinationPort) ? withPayload(knock, frame, start, end) : knock;
  }
  const tcpFlags = (frame[start + 13] as number) & FLAGS;
  const isPlain = (tcpFlags & (FIN | SYN | RST | ACK)) === SYN;
  if (!isPlain && !wanted.takesFlags(destinationPort, tcpFlags)) return 'not-syn';
  const sequenceNumber = readUint16(frame, start + 4) * 0x10000 + readUint16(frame, start + 6);
  return { ...common, protocol: 'tcp', sequenceNumber, tcpFlags };
}

function withPayload(knock: PacketKnock, frame: Uint8Array, start: number, end: number): PacketKnock | PacketDrop {
  const length = readUint16(frame, start + 4);
  if (length < UDP_HEADER || start + length > end) return 'short';
  if (length - UDP_HEADER > MAX_PAYLOAD_BYTES) return 'too-long';
  return { ...knock, payload: frame.subarray(start + UDP_HEADER, start + length) };
}
