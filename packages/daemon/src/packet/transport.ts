// The TCP or UDP header: is it a knock, and on which port? TCP (RFC 9293, section 3.1), UDP (RFC 768).

import type { IpPacket } from './ip.ts';
import type { PacketDrop, PacketKnock } from './knock-event.ts';
import { readUint16 } from './link.ts';

const TCP = 6;
const UDP = 17;
const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;

/** Reads the header behind an IP header. Payloads are ignored. */
export function parseTransport(frame: Uint8Array, ip: IpPacket): PacketKnock | PacketDrop {
  const { source, protocol, payloadStart: start, payloadEnd: end } = ip;
  if (protocol !== TCP && protocol !== UDP) return 'not-transport';
  if (end < start + (protocol === TCP ? 20 : 8)) return 'short';
  const sourcePort = readUint16(frame, start);
  const destinationPort = readUint16(frame, start + 2);
  if (protocol === UDP) return { source, sourcePort, destinationPort, protocol: 'udp', sequenceNumber: 0 };
  // The bits of congestion control (RFC 3168) may come with a SYN.
  if (((frame[start + 13] as number) & (FIN | SYN | RST | ACK)) !== SYN) return 'not-syn';
  const sequenceNumber = readUint16(frame, start + 4) * 0x10000 + readUint16(frame, start + 6);
  return { source, sourcePort, destinationPort, protocol: 'tcp', sequenceNumber };
}
