// The kernel's rings that a capture process reads: one for everybody and, where load can be shed, one for known sources alone, so
// that strangers cannot take their room. Where every link is to be heard, those of Ethernet have a ring apart from the others.

import { messageOf } from '../message-of.ts';
import type { LinkType } from '../packet/link.ts';
import type { Wanted } from '../packet/wanted.ts';
import { wishForSmallPlaces } from './confine.ts';
import { ethernetModel, readLinks } from './ethernet-model.ts';
import { hearAllLinks, hearOwnPackets } from './heard-links.ts';
import { ANY } from './interface-state.ts';
import type { KnockOutlet } from './knock-outlet.ts';
import type { Libc } from './libc.ts';
import { type CountedRing, countPackets, packetSockets } from './packet-sockets.ts';
import { type ReadOptions, readPackets } from './read-packets.ts';
import { type Places, shedFilter } from './shed-filter.ts';
import { openShedSocket, type ShedSocket } from './shed-socket.ts';
import type { SheddingEdge } from './shedder.ts';
import { isLogGroup } from './source-name.ts';

/**
 * Bytes of the rings. On Ethernet a place is as long as a packet of the link: some 5,100 and 1,200 places. Elsewhere cap
 * asks for places of 64 KiB, whatever the packets are, which libpcap rounds up: 127 and 31, which take twice these bytes.
 */
const RING_BYTES = 8 * 1024 * 1024;
const KNOWN_RING_BYTES = 2 * 1024 * 1024;
/** Packets of strangers a second at most while load is shed, with that many places: what a third of a processor carries. */
const MAX_PER_SECOND_ON_ETHERNET = 400_000;

/** What was opened. */
export interface Rings {
  readonly linkType: LinkType;
  readonly shedding: SheddingEdge;
  /** The socket whose program may be changed, see shed-socket.ts; absent: load cannot be shed. */
  readonly shedSocket?: number;
  /** What could not be done. */
  readonly problems: readonly string[];
}

/** One ring that is read. */
interface Ring extends CountedRing {
  readonly linkType: LinkType;
  readonly close: () => void;
}

/**
 * Opens a device, all of them (`any`) or a log group, and reads.
 * @throws CannotOpen
 */
export function openRings(libc: Libc, source: string, wanted: Wanted, outlet: KnockOutlet): Rings {
  const opening = new Opening(libc, wanted, outlet);
  if (isLogGroup(source)) {
    const ring = opening.open(source, RING_BYTES);
    return { linkType: ring.linkType, shedding: { counts: () => countPackets(libc, [ring]) }, problems: [] };
  }
  opening.problems.push(...wishForSmallPlaces(libc));
  return (source === ANY && opening.everyLink()) || opening.oneDevice(source);
}

class Opening {
  readonly problems: string[] = [];
  readonly #libc: Libc;
  readonly #wanted: Wanted;
  readonly #outlet: KnockOutlet;
  /** Until they are in a group, other rings get what the first one gets. */
  #isDivided = false;

  constructor(libc: Libc, wanted: Wanted, outlet: KnockOutlet) {
    this.#libc = libc;
    this.#wanted = wanted;
    this.#outlet = outlet;
  }

  open(device: string, ringBytes: number, options: Partial<ReadOptions> = {}): Ring {
    const before = packetSockets(this.#libc);
    const reading = readPackets(device, this.#wanted, this.#outlet, { ringBytes, ...options });
    const [fd = -1] = packetSockets(this.#libc).filter((socket) => !before.includes(socket));
    if (device !== ANY && !isLogGroup(device)) this.#leavePromiscuousMode(fd);
    return { ...reading, fd, ...(reading.linkType === 'ETHERNET' && { mostPerSecond: MAX_PER_SECOND_ON_ETHERNET }) };
  }

  /** A ring for strangers, and one for known sources if the kernel can divide them. */
  oneDevice(device: string): Rings {
    const ring = this.open(device, RING_BYTES);
    try {
      const socket = openShedSocket(this.#libc, ring.fd);
      return this.#divided(socket, [ring], {}, () => this.#openAnother(device, KNOWN_RING_BYTES));
    } catch (error) {
      this.problems.push(`load cannot be shed (${messageOf(error)})`);
      const { linkType } = ring;
      return { linkType, shedding: { counts: () => countPackets(this.#libc, [ring]) }, problems: this.problems };
    }
  }

  /**
   * Hears all links of Ethernet through a capture of one of them that is bound to no link then, and all others through `any`.
   * @returns undefined when there is no link of Ethernet, or the kernel cannot do it: `any` alone does
   */
  everyLink(): Rings | undefined {
    const model = ethernetModel(readLinks());
    if (model === undefined) return undefined;
    const rings: Ring[] = [];
    let group: ShedSocket | undefined;
    const openEthernet = (ringBytes: number) => {
      const ring = this.#openAnother(model, ringBytes);
      orClose(ring, () => hearAllLinks(this.#libc, ring.fd));
      return ring;
    };
    try {
      const ethernet = openEthernet(RING_BYTES);
      rings.push(ethernet);
      if (ethernet.linkType !== 'ETHERNET') throw new Error(`"${model}" is no link of Ethernet`);
      group = openShedSocket(this.#libc, ethernet.fd);
      const others = this.#openAnother(ANY, RING_BYTES);
      rings.push(others);
      const places = { others: group.join(others.fd) };
      return this.#divided(group, rings, places, () => openEthernet(KNOWN_RING_BYTES));
    } catch (error) {
      group?.close();
      for (const { close } of rings) close();
      this.problems.push(`the ring has few places (${messageOf(error)})`);
      return undefined;
    }
  }

  #leavePromiscuousMode(fd: number): void {
    try {
      hearOwnPackets(this.#libc, fd);
    } catch (error) {
      this.problems.push(`packets of other hosts come too (${messageOf(error)})`);
    }
  }

  #openAnother(device: string, ringBytes: number): Ring {
    return this.open(device, ringBytes, { isHeard: () => this.#isDivided });
  }

  /** Gives known sources a ring of their own, and puts in the first program. */
  #divided(socket: ShedSocket, rings: readonly Ring[], places: Places, openKnown: () => Ring): Rings {
    const all = [...rings];
    let known: number | undefined;
    try {
      const ring = openKnown();
      known = orClose(ring, () => socket.join(ring.fd));
      all.push(ring);
    } catch (error) {
      this.problems.push(`known sources have no room of their own (${messageOf(error)})`);
    }
    const attach: SheddingEdge['attach'] = (shedding) =>
      socket.attach(shedFilter(shedding, { ...places, ...(known !== undefined && { known }) }));
    attach({ blocked: [], known: [] });
    this.#isDivided = true;
    const { linkType } = all[0] as Ring;
    const shedding = { counts: () => countPackets(this.#libc, all), attach };
    return { linkType, shedding, shedSocket: socket.fd, problems: this.problems };
  }
}

/** A ring that is of no use is not left open. */
function orClose<T>(ring: Ring, action: () => T): T {
  try {
    return action();
  } catch (error) {
    ring.close();
    throw error;
  }
}
