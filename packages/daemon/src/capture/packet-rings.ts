// The kernel's rings that a capture process reads: one for everybody and, where load can be shed, one for known sources alone, so
// that strangers cannot take their room.

import type { LinkType } from '../packet/link.ts';
import { wishForSmallPlaces } from './confine.ts';
import type { KnockOutlet, SheddingEdge } from './knock-outlet.ts';
import type { Libc } from './libc.ts';
import { packetSockets } from './packet-sockets.ts';
import { readPackets } from './read-packets.ts';
import { openShedSocket } from './shed-socket.ts';
import { isLogGroup } from './source-name.ts';
import type { Wanted } from './wanted.ts';

/**
 * Bytes of the rings. On Ethernet a place is as long as a packet of the link: some 5,100 and 1,200 places. Elsewhere cap asks for places
 * of 64 KiB, whatever the packets are, which libpcap rounds up: 127 and 31, which take twice these bytes; on `any`, which has all
 * links to hear, 190.
 */
const RING_BYTES = 8 * 1024 * 1024;
const ANY_RING_BYTES = 12 * 1024 * 1024;
const KNOWN_RING_BYTES = 2 * 1024 * 1024;
/** With so many places this is what a processor carries, and leaves most of it to others. */
const MOST_PER_SECOND_ON_ETHERNET = 150_000;

/** What was opened. */
export interface Rings {
  readonly linkType: LinkType;
  readonly shedding: Shedding;
}

/** How load can be shed; without a descriptor and `attach` it cannot. */
export interface Shedding extends SheddingEdge {
  /** The socket whose program may be changed, see shed-socket.ts. */
  readonly fd?: number;
  /** What could not be done. */
  readonly problems: readonly string[];
}

/**
 * Opens a device or a log group, and reads.
 * @returns where the source cannot be opened, it does not return
 */
export function openRings(libc: Libc, source: string, wanted: Wanted, outlet: KnockOutlet): Rings {
  if (isLogGroup(source)) {
    const { linkType } = readPackets(source, wanted, outlet, { ringBytes: RING_BYTES });
    return { linkType, shedding: { problems: [] } };
  }
  const problems = wishForSmallPlaces(libc);
  const ringBytes = source === 'any' ? ANY_RING_BYTES : RING_BYTES;
  const { linkType } = readPackets(source, wanted, outlet, { ringBytes });
  const [captured] = packetSockets(libc);
  try {
    if (captured === undefined) throw new Error('there is no packet socket');
    const socket = openShedSocket(libc, captured);
    let isDivided = false;
    // Until it joins the group, the second ring gets what the first one gets.
    const isHeard = () => isDivided;
    const before = packetSockets(libc);
    const known = readPackets(source, wanted, outlet, { ringBytes: KNOWN_RING_BYTES, isHeard });
    const [joining] = packetSockets(libc).filter((fd) => !before.includes(fd));
    try {
      socket.joinKnown(joining ?? -1);
    } catch (error) {
      // What is for it comes to the first one then.
      known.close();
      problems.push(`known sources have no room of their own (${messageOf(error)})`);
    }
    const attach = (program: Buffer) => {
      isDivided = true;
      socket.attach(program);
    };
    const most = linkType === 'ETHERNET' && { mostPerSecond: MOST_PER_SECOND_ON_ETHERNET };
    return { linkType, shedding: { fd: socket.fd, attach, problems, ...most } };
  } catch (error) {
    problems.push(`load cannot be shed (${messageOf(error)})`);
    return { linkType, shedding: { problems } };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
