// Is it the same packet once more: a retransmission, or one that was captured twice? A TCP packet has ports and a sequence
// number; a datagram has its ports alone, so it is one only when it comes at once. Bounded: the last sixteen of one source.

import type { KnockEvent } from '../packet/knock-event.ts';

/** Packets remembered. */
export const REMEMBERED_PACKETS = 16;
/** A datagram with the same ports within this time is the same one. */
export const SAME_DATAGRAM_MS = 1000;
/** A SYN is sent again for some two minutes (tcp(7), tcp_syn_retries). */
const SAME_SYN_MS = 180_000;

/** The packets of one source. */
export class Duplicates {
  /** Ports, sequence number and time of each. */
  readonly #seen: number[] = [];

  /** Takes a packet. @returns whether it was there before */
  add({ sourcePort, destinationPort, protocol, sequenceNumber, timeMs }: KnockEvent): boolean {
    const ports = (protocol === 'tcp' ? 0 : 0x100000000) + sourcePort * 0x10000 + destinationPort;
    const mostMs = protocol === 'tcp' ? SAME_SYN_MS : SAME_DATAGRAM_MS;
    for (let i = 0; i < this.#seen.length; i += 3) {
      const isSame = this.#seen[i] === ports && this.#seen[i + 1] === sequenceNumber;
      if (isSame && Math.abs(timeMs - (this.#seen[i + 2] as number)) <= mostMs) return true;
    }
    this.#seen.push(ports, sequenceNumber, timeMs);
    if (this.#seen.length > 3 * REMEMBERED_PACKETS) this.#seen.splice(0, 3);
    return false;
  }
}
