// The TCP or UDP header: is it a knock, and on which port? TCP (RFC 9293, section 3.1), UDP (RFC 768).

import type { IpHeader } from './ip.ts';
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

/** Room for an address of either length. */
class AddressRoom {
  readonly #ipv4 = new Uint8Array(4);
  readonly #ipv6 = new Uint8Array(16);

  copy(frame: Uint8Array, start: number, bytes: 4 | 16): Uint8Array {
    const room = bytes === 4 ? this.#ipv4 : this.#ipv6;
    for (let i = 0; i < bytes; i++) room[i] = frame[start + i] as number;
    return room;
  }
}

/** A knock as it stands in a frame. Filled anew for each packet: what it tells holds until then. */
export class FrameKnock implements PacketKnock {
  readonly #source = new AddressRoom();
  readonly #destination = new AddressRoom();
  source: Uint8Array = new Uint8Array(4);
  sourcePort = 0;
  destinationPort = 0;
  protocol: PacketKnock['protocol'] = 'tcp';
  sequenceNumber = 0;
  tcpFlags: number | undefined = undefined;
  destination: Uint8Array | undefined = undefined;
  payload: Uint8Array | undefined = undefined;

  copyAddresses(frame: Uint8Array, ip: IpHeader, withDestination: boolean): void {
    this.source = this.#source.copy(frame, ip.sourceStart, ip.addressBytes);
    this.destination = withDestination
      ? this.#destination.copy(frame, ip.destinationStart, ip.addressBytes)
      : undefined;
  }
}

/**
 * Reads the header behind an IP header. Payloads are ignored but where they are wanted.
 * @param into the knock; of no account when there is none
 * @returns why there is none
 */
export function readTransport(
  frame: Uint8Array,
  ip: IpHeader,
  wanted: WantedPackets,
  into: FrameKnock,
): PacketDrop | undefined {
  const { protocol, payloadStart: start, payloadEnd: end } = ip;
  if (protocol !== TCP && protocol !== UDP) return 'not-transport';
  if (end < start + (protocol === TCP ? 20 : UDP_HEADER)) return 'short';
  const destinationPort = readUint16(frame, start + 2);
  const isWhole = protocol === UDP && wanted.takesDatagram(destinationPort);
  into.payload = undefined;
  if (protocol === UDP) {
    into.protocol = 'udp';
    into.sequenceNumber = 0;
    into.tcpFlags = undefined;
    const drop = isWhole ? readPayload(frame, start, end, into) : undefined;
    if (drop) return drop;
  } else {
    const tcpFlags = (frame[start + 13] as number) & FLAGS;
    const isPlain = (tcpFlags & (FIN | SYN | RST | ACK)) === SYN;
    if (!isPlain && !wanted.takesFlags(destinationPort, tcpFlags)) return 'not-syn';
    into.protocol = 'tcp';
    into.sequenceNumber = readUint16(frame, start + 4) * 0x10000 + readUint16(frame, start + 6);
    into.tcpFlags = tcpFlags;
  }
  into.sourcePort = readUint16(frame, start);
  into.destinationPort = destinationPort;
  into.copyAddresses(frame, ip, wanted.withDestination || isWhole);
  return undefined;
}

function readPayload(frame: Uint8Array, start: number, end: number, into: FrameKnock): PacketDrop | undefined {
  const length = readUint16(frame, start + 4);
  if (length < UDP_HEADER || start + length > end) return 'short';
  if (length - UDP_HEADER > MAX_PAYLOAD_BYTES) return 'too-long';
  into.payload = frame.subarray(start + UDP_HEADER, start + length);
  return undefined;
}
