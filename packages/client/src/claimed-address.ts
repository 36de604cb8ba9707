// Which address should the knock name? Pure. Behind a NAT the server sees another address than this machine has.

import { parseAddress } from '@eightknock/codec';
import ipaddr from 'ipaddr.js';

/** The family of an address. */
export type AddressFamily = 4 | 6;

/** Ranges whose addresses mean something in one network only, under the names that ipaddr.js gives them. */
const SHARED_RANGES = new Set(['private', 'linkLocal', 'carrierGradeNat', 'uniqueLocal', 'deprecatedSiteLocal']);
/** IETF protocol assignments (RFC 6890): what a telephone has that reaches IPv4 over IPv6 only (RFC 7335). */
const ASSIGNMENTS = ipaddr.IPv4.parseCIDR('192.0.0.0/24');
/** Translated into IPv4 on the way (RFC 6052). */
const TRANSLATED_RANGE = 'rfc6052';

/** The family of an address in its canonical text. */
export function familyOf(address: string): AddressFamily {
  return address.includes(':') ? 6 : 4;
}

/** Whether other networks have the same address: private, link-local, CGNAT (RFC 6598), unique local (RFC 4193). */
export function isShared(address: string): boolean {
  const parsed = ipaddr.fromByteArray(Array.from(parseAddress(address)));
  if (SHARED_RANGES.has(parsed.range())) return true;
  return parsed instanceof ipaddr.IPv4 && parsed.match(ASSIGNMENTS);
}

/**
 * Whether the server can be expected to see this machine under its own address.
 * @param ownAddress this machine's, on the route to the server
 * @param serverAddress an address of the same family
 */
export function isSeenAs(ownAddress: string, serverAddress: string): boolean {
  if (isShared(serverAddress)) return true;
  const range = ipaddr.fromByteArray(Array.from(parseAddress(serverAddress))).range();
  if (range === 'loopback') return true;
  return range !== TRANSLATED_RANGE && !isShared(ownAddress);
}
