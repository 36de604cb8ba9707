// An Ethernet link that all others are like: where every link is to be heard, it is opened in their place, as libpcap makes short
// places for the packets of Ethernet alone. See packet-rings.ts.

import { readdirSync, readFileSync } from 'node:fs';

const LINKS = '/sys/class/net';
/**
 * linux/if_arp.h: Ethernet, and what looks like it (bridges, bonds, VLANs, veth pairs, wireless links that are not
 * monitored).
 */
const ARPHRD_ETHER = 1;
/** linux/if.h: the administrator has it up. */
export const IFF_UP = 1;
/** The MTU of nearly every link; a packet that is longer is cut to the places' length, which no knock is. */
const USUAL_MTU = 1500;

/** What sysfs says of a link. */
export interface LinkFacts {
  readonly name: string;
  /** ARPHRD_…, linux/if_arp.h */
  readonly type: number;
  /** IFF_…, linux/if.h */
  readonly flags: number;
  /** Bytes. */
  readonly mtu: number;
}

/** @returns the links that sysfs shows; none where it cannot be read */
export function readLinks(): LinkFacts[] {
  try {
    return readdirSync(LINKS).flatMap(readLink);
  } catch {
    return [];
  }
}

function readLink(name: string): LinkFacts[] {
  const number = (fact: string) => Number(readFileSync(`${LINKS}/${name}/${fact}`, 'utf8'));
  try {
    return [{ name, type: number('type'), flags: number('flags'), mtu: number('mtu') }];
  } catch {
    // It went away meanwhile.
    return [];
  }
}

/**
 * Chooses an Ethernet link that is up: with places for the usual packet, and no longer ones than needed.
 * @returns its name; undefined when there is none
 */
export function ethernetModel(links: readonly LinkFacts[]): string | undefined {
  const [first] = links
    .filter(({ type, flags, mtu }) => type === ARPHRD_ETHER && flags & IFF_UP && mtu >= USUAL_MTU)
    .sort((a, b) => a.mtu - b.mtu);
  return first?.name;
}
