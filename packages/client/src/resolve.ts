// The name of a host → its addresses, as the system gives them, best first. An address is its own answer.

import { lookup } from 'node:dns/promises';
import { formatAddress, tryParseAddress } from '@eightknock/codec';

/** Finds the addresses of a host. See {@link resolveHost}. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/**
 * Resolves a host.
 * @param host a name or an address
 * @returns IPv4 and IPv6 addresses in their canonical text, in the order of RFC 6724; at least one
 * @throws the system's error, with a `code` such as ENOTFOUND
 */
export const resolveHost: Resolve = async (host) => {
  const literal = tryParseAddress(host);
  if (literal) return [formatAddress(literal)];
  const found = await lookup(host, { all: true, verbatim: true });
  return found.flatMap(({ address }) => {
    // An address with a zone is of no use to us.
    const bytes = tryParseAddress(address);
    return bytes ? [formatAddress(bytes)] : [];
  });
};
