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
  /** When it was seen: milliseconds since 1970 by the clock of the one who saw it. */
  readonly timeMs: number;
}

/** A knock as it stands in the packet: the address still bytes. */
export interface PacketKnock extends Omit<KnockEvent, 'sourceAddress' | 'timeMs'> {
  /** 4 or 16 bytes; may be a view of the packet. */
  readonly source: Uint8Array;
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
  /** TCP, but not the first packet of a connection. */
  | 'not-syn'
  /** A source that no packet can come from: unspecified, multicast, broadcast, IPv4-mapped. */
  | 'bad-source';
