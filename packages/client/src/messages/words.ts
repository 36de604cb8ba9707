// Words that several messages have: numbers, ports, the name of the program.

import { formatTransportPort, type TransportPort } from '@eightknock/codec';

/** As it is typed. */
export const PROGRAM = 'knockclient';

/** Such an address means something on one link only, and says not on which. */
export const LINK_LOCAL_HINT =
  'link-local addresses (fe80::…) cannot be used, with a zone or without: give another address of the host, or its name';

/** `0.14 s`, `12 s`. */
export function formatSeconds(seconds: number): string {
  return `${seconds < 10 ? Math.round(seconds * 100) / 100 : Math.round(seconds)} s`;
}

/** `tcp/22, udp/53`. */
export function listPorts(ports: readonly TransportPort[]): string {
  return ports.length === 0 ? '-' : ports.map(formatTransportPort).join(', ');
}

/** One word for one, another for more. */
export function count(number: number, one: string, more: string): string {
  return number === 1 ? one : more;
}
