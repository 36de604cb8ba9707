// The last packets of one source, to know one that comes again: a SYN that was sent once more as nothing answered, or a packet
// that was captured twice. Bounded; the packet seen longest ago goes.

import type { KnockEvent } from '../packet/knock-event.ts';

/**
 * A packet is known again for so long after its last copy: Linux sends an unanswered SYN again after 1, 3, 7, 15, 31 and 63
 * seconds (tcp(7), tcp_syn_retries), so that no two copies are further apart than 32.
 */
export const REPEATED_WITHIN_MS = 40_000;

const SYN = 2;
const NUMBERS_PER_PACKET = 3;

/** See above. */
export class RecentPackets {
  readonly #most: number;
  /** Ports, TCP sequence number, time, for each packet, the oldest first. */
  readonly #packets: number[] = [];

  /** @param most packets that are remembered, 1 or more */
  constructor(most: number) {
    this.#most = most * NUMBERS_PER_PACKET;
  }

  /**
   * Takes a packet.
   * @returns whether it was there before. Of TCP: the same SYN, or any later packet of the connection. Of UDP: any datagram
   *   between the same two ports, as nothing tells a copy from one that was sent on purpose.
   */
  isRepeated({ sourcePort, destinationPort, protocol, sequenceNumber, tcpFlags = SYN, timeMs }: KnockEvent): boolean {
    const packets = this.#packets;
    const ports = (protocol === 'tcp' ? 0 : 0x100000000) + sourcePort * 0x10000 + destinationPort;
    const anyNumber = (tcpFlags & SYN) === 0;
    for (let i = 0; i < packets.length; i += NUMBERS_PER_PACKET) {
      if (packets[i] !== ports || !(anyNumber || packets[i + 1] === sequenceNumber)) continue;
      const isRecent = Math.abs(timeMs - (packets[i + 2] as number)) <= REPEATED_WITHIN_MS;
      packets[i + 2] = timeMs;
      return isRecent;
    }
    packets.push(ports, sequenceNumber, timeMs);
    if (packets.length > this.#most) packets.splice(0, NUMBERS_PER_PACKET);
    return false;
  }
}
