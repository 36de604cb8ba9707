// Where a packet belongs: to the 256 ports of the eight knocks, to a door, to those whose datagrams are wanted whole, or
// nowhere. The kernel's filter lets up what may be wanted; here it is told exactly. Pure.

import type { PacketKnock } from '../packet/knock-event.ts';
import type { WantedPackets } from '../packet/transport.ts';
import type { Wanted, WantedRange } from '../packet/wanted.ts';

const PLAIN_MASK = 0x17;
const SYN = 2;
const PORTS = 65_536;
/** What a port may be wanted for: bits. */
const UDP_DOOR = 1;
const TCP_DOOR = 2;
const DATAGRAM = 4;

/** What a packet belongs to; undefined: nothing. */
export type Place = 'eight' | 'door' | 'datagram' | undefined;

/** Looks ports up. */
export class PortTable implements WantedPackets {
  readonly #basePort: number;
  readonly #uses = new Uint8Array(PORTS);
  readonly #tcp = new Map<number, WantedRange[]>();
  readonly withDestination: boolean;
  /** Is a port both of the eight knocks and of a door? Their knocks must stay in one order then. */
  readonly overlaps: boolean;

  constructor({ basePort, doors, datagrams, targets }: Wanted) {
    this.#basePort = basePort;
    this.withDestination = targets.length > 0;
    for (const port of datagrams) this.#use(port, DATAGRAM);
    for (const range of doors) {
      for (let port = range.first; port <= range.last; port++) {
        this.#use(port, range.protocol === 'udp' ? UDP_DOOR : TCP_DOOR);
        if (range.protocol === 'tcp') this.#tcp.set(port, [...(this.#tcp.get(port) ?? []), range]);
      }
    }
    this.overlaps = doors.some(({ first, last }) => first <= basePort + 255 && last >= basePort);
  }

  takesFlags(port: number, flags: number): boolean {
    if (!this.#isUsed(port, TCP_DOOR)) return false;
    return this.#tcp.get(port)?.some(({ mask, value }) => (flags & mask) === value) ?? false;
  }

  takesDatagram(port: number): boolean {
    return this.#isUsed(port, DATAGRAM);
  }

  /** Where it belongs. A port of a door among those of the eight knocks belongs to the door: `overlaps` says so. */
  placeOf({ protocol, destinationPort: port, tcpFlags = SYN, payload }: PacketKnock): Place {
    if (payload) return 'datagram';
    if (protocol === 'udp' ? this.#isUsed(port, UDP_DOOR) : this.takesFlags(port, tcpFlags)) return 'door';
    const isPlain = protocol === 'udp' || (tcpFlags & PLAIN_MASK) === SYN;
    return isPlain && port >= this.#basePort && port <= this.#basePort + 255 ? 'eight' : undefined;
  }

  #use(port: number, use: number): void {
    this.#uses[port] = (this.#uses[port] as number) | use;
  }

  #isUsed(port: number, use: number): boolean {
    return ((this.#uses[port] as number) & use) !== 0;
  }
}
