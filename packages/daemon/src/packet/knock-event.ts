// One knock, as every later stage sees it. Whoever makes one has read a packet, or a log line about one; nobody after
// that sees the packet again.

import type { TransportProtocol } from '@eightknock/codec';

/** One packet to a closed port: a TCP SYN, or a UDP datagram. */
export interface KnockEvent {
  /** Canonical text, see `formatAddress` of the codec. */
  readonly sourceAddress: string;
  /** 0–65535. */
  readonly sourcePort: number;
  /** 0–65535. */
  readonly destinationPort: number;
  readonly protocol: TransportProtocol;
  /** TCP sequence number, 0–0xffffffff; 0 for UDP. With the ports it tells a retransmission from a new knock. */
  readonly sequenceNumber: number;
  /** The six flags of a TCP packet, bits as in byte 13 of its header; absent: SYN alone. Absent for UDP. */
  readonly tcpFlags?: number;
  /** Where it was sent to, canonical text; absent: the source of knocks does not tell. */
  readonly destinationAddress?: string;
  /** When it was seen: milliseconds since 1970 by the clock of the program that saw it. */
  readonly timeMs: number;
}

/** Bytes of the longest payload that is handed on. */
export const MAX_PAYLOAD_BYTES = 1500;

/** A whole UDP datagram, on a port where that is wanted; where not, it is a knock as any other. */
export interface DatagramEvent extends KnockEvent {
  readonly kind: 'datagram';
  readonly protocol: 'udp';
  /** What is in it: any bytes, 0 to {@link MAX_PAYLOAD_BYTES}. */
  readonly payload: Uint8Array;
}

/** Is it more than a knock? */
export function isDatagram(event: KnockEvent): event is DatagramEvent {
  return 'kind' in event && event.kind === 'datagram';
}

/** A knock as it stands in the packet: the addresses still bytes. It may hold only until the next packet is read. */
export interface PacketKnock extends Omit<KnockEvent, 'sourceAddress' | 'destinationAddress' | 'timeMs' | 'tcpFlags'> {
  readonly tcpFlags?: number | undefined;
  /** 4 or 16 bytes. */
  readonly source: Uint8Array;
  /** As many bytes as the source; undefined: not told. */
  readonly destination?: Uint8Array | undefined;
  /** Makes it a datagram: at most {@link MAX_PAYLOAD_BYTES}, may be a view of the packet. */
  readonly payload?: Uint8Array | undefined;
}

/** Why a packet is no knock. All of them are normal and only counted. */
export type PacketDrop =
  /** Cut off, or its lengths contradict each other. */
  | 'short'
  /** Sent by this host, or meant for another one. */
  | 'not-incoming'
  /** Not IPv4 or IPv6. */
  | 'not-ip'
  /** Any fragment, the first one included. */
  | 'fragment'
  /** IPv6 extension headers: unknown, or too many. */
  | 'extension-header'
  /** Neither TCP nor UDP. */
  | 'not-transport'
  /** TCP, but not the first packet of a connection, nor one that a door waits for. */
  | 'not-syn'
  /** A datagram of more than {@link MAX_PAYLOAD_BYTES}. */
  | 'too-long'
  /** A source that no packet can come from: unspecified, multicast, broadcast, IPv4-mapped. */
  | 'bad-source';
