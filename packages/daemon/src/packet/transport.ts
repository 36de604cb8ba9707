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
  /** Must it be told where they were sent to? Of datagrams that are wanted whole it always is. */
  readonly withDestination: boolean;
  /** Is a datagram to this port wanted whole? */
  takesDatagram(port: number): boolean;
}

/** Plain knocks only. */
export const NOTHING_ELSE: WantedPackets = {
  withDestination: true,
  takesFlags: () => false,
  takesDatagram: () => false,
};

/** Reads the header behind an IP header. Payloads are ignored but where they are wanted. */
export function parseTransport(frame: Uint8Array, ip: IpPacket, wanted: WantedPackets): PacketKnock | PacketDrop {
  const { source, protocol, payloadStart: start, payloadEnd: end } = ip;
  if (protocol !== TCP && protocol !== UDP) return 'not-transport';
  if (end < start + (protocol === TCP ? 20 : UDP_HEADER)) return 'short';
  const sourcePort = readUint16(frame, start);
  const destinationPort = readUint16(frame, start + 2);
  // No spread: it would cost more than all the rest.
  if (protocol === UDP) {
    const knock: PacketKnock = { source, sourcePort, destinationPort, protocol: 'udp', sequenceNumber: 0 };
    // Doors of single packets ask where one was sent to, whatever the other doors do.
    if (wanted.takesDatagram(destinationPort)) return withPayload(withDestination(knock, frame, ip), frame, start, end);
    return wanted.withDestination ? withDestination(knock, frame, ip) : knock;
  }
  const tcpFlags = (frame[start + 13] as number) & FLAGS;
  const isPlain = (tcpFlags & (FIN | SYN | RST | ACK)) === SYN;
  if (!isPlain && !wanted.takesFlags(destinationPort, tcpFlags)) return 'not-syn';
  const sequenceNumber = readUint16(frame, start + 4) * 0x10000 + readUint16(frame, start + 6);
  const knock: PacketKnock = { source, sourcePort, destinationPort, protocol: 'tcp', sequenceNumber, tcpFlags };
  return wanted.withDestination ? withDestination(knock, frame, ip) : knock;
}

function withDestination(knock: PacketKnock, frame: Uint8Array, { source, destinationStart }: IpPacket): PacketKnock {
  return { ...knock, destination: frame.subarray(destinationStart, destinationStart + source.length) };
}

function withPayload(knock: PacketKnock, frame: Uint8Array, start: number, end: number): PacketKnock | PacketDrop {
  const length = readUint16(frame, start + 4);
  if (length < UDP_HEADER || start + length > end) return 'short';
  if (length - UDP_HEADER > MAX_PAYLOAD_BYTES) return 'too-long';
  return { ...knock, payload: frame.subarray(start + UDP_HEADER, start + length) };
}
