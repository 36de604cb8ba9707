// Is it the same packet once more: a retransmission, one that was captured twice, or a later one of a connection whose first was
// a knock? A TCP packet has ports and a sequence number; a datagram has its ports alone, so it is one only when it comes at
// once. Bounded: the last sixteen of one source, or as many as are asked for.

import type { KnockEvent } from '../packet/knock-event.ts';

/** Packets remembered where nothing else is asked for. */
export const REMEMBERED_PACKETS = 16;
/** A datagram with the same ports within this time is the same one. */
export const SAME_DATAGRAM_MS = 1000;
/** A SYN is sent again for some two minutes (tcp(7), tcp_syn_retries). */
const SAME_SYN_MS = 180_000;
const SYN = 2;

/** The packets of one source. */
export class Duplicates {
  /** Ports, sequence number and time of each. */
  readonly #seen: number[] = [];

  readonly #most: number;

  /** @param most packets remembered, 1 or more */
  constructor(most = REMEMBERED_PACKETS) {
    this.#most = most;
  }

  /** Takes a packet. @returns whether it was there before */
  add({ sourcePort, destinationPort, protocol, sequenceNumber, tcpFlags = SYN, timeMs }: KnockEvent): boolean {
    const ports = (protocol === 'tcp' ? 0 : 0x100000000) + sourcePort * 0x10000 + destinationPort;
    const mostMs = protocol === 'tcp' ? SAME_SYN_MS : SAME_DATAGRAM_MS;
    // Its sequence number has gone on since the SYN.
    const isLater = protocol === 'tcp' && (tcpFlags & SYN) === 0;
    for (let i = 0; i < this.#seen.length; i += 3) {
      const isSame = this.#seen[i] === ports && (isLater || this.#seen[i + 1] === sequenceNumber);
      if (isSame && Math.abs(timeMs - (this.#seen[i + 2] as number)) <= mostMs) return true;
    }
    this.#seen.push(ports, sequenceNumber, timeMs);
    if (this.#seen.length > 3 * this.#most) this.#seen.splice(0, 3);
    return false;
  }
}
