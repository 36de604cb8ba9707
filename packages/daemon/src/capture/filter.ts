// The kernel's filter (pcap-filter(7)): lets up only what may be a knock, so that other traffic costs nothing.

import { byKindAndPort, isOneKind, type Wanted, type WantedRange } from '../packet/wanted.ts';

/** TCP packets with SYN and none of ACK, RST, FIN. */
const PLAIN = { mask: 0x17, value: 2 } as const;
/** The kernel takes 4,096 instructions; a range takes up to 30. What is let up for want of room is left out later. */
export const MAX_RANGES = 40;

/**
 * The filter for the 256 knock ports, those of the doors, and the datagrams that are wanted. IPv6 packets with extension
 * headers pass whole; they are looked at later.
 */
export function knockFilter({ basePort, doors, datagrams }: Wanted): string {
  const eight = { first: basePort, last: basePort + 255 };
  const whole = datagrams.map((port) => ({ protocol: 'udp', first: port, last: port, mask: 0, value: 0 }) as const);
  const ranges: WantedRange[] = [
    { protocol: 'tcp', ...eight, ...PLAIN },
    { protocol: 'udp', ...eight, mask: 0, value: 0 },
    ...coarsen([...doors, ...whole], MAX_RANGES),
  ];
  const extended = [0, 43, 51, 60].map((header) => `ip6[6] == ${header}`).join(' or ');
  return [...ranges.flatMap(expressionsOf), `(ip6 and (${extended}))`].join(' or ');
}

function expressionsOf({ protocol, first, last, mask, value }: WantedRange): string[] {
  const flags = (byte: string) => (protocol === 'tcp' && mask !== 0 ? ` and ${byte} & ${mask} == ${value}` : '');
  const number = protocol === 'tcp' ? 6 : 17;
  const toPorts = `ip6[42:2] >= ${first} and ip6[42:2] <= ${last}`;
  return [
    `(ip and ${protocol} and dst portrange ${first}-${last}${flags('tcp[13]')})`,
    `(ip6 and ip6[6] == ${number} and ${toPorts}${flags('ip6[53]')})`,
  ];
}

/** Fewer ranges: those of one kind that lie nearest to each other become one. */
function coarsen(ranges: readonly WantedRange[], most: number): WantedRange[] {
  const left = [...ranges].sort(byKindAndPort);
  while (left.length > most) {
    let nearest = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i + 1 < left.length; i++) {
      const [a, b] = [left[i] as WantedRange, left[i + 1] as WantedRange];
      if (isOneKind(a, b) && b.first - a.last < least) [nearest, least] = [i, b.first - a.last];
    }
    // Without two of a kind all flags of TCP are let up.
    if (nearest < 0)
      return coarsen(
        left.map((range) => ({ ...range, mask: 0, value: 0 })),
        most,
      );
    const [a, b] = left.splice(nearest, 2) as [WantedRange, WantedRange];
    left.splice(nearest, 0, { ...a, last: Math.max(a.last, b.last) });
  }
  return left;
}
