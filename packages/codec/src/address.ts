// IP addresses: text ↔ bytes. One canonical text for each address, so that texts can be compared and used as keys.

import ipaddr from 'ipaddr.js';
import { requireText } from './require.ts';

/** Four decimal numbers without leading zeros; their size is checked elsewhere. */
const DOTTED = /^(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})$/;

/**
 * Reads an IP address.
 * @param text an IPv4 address of four decimal numbers without leading zeros (RFC 6943, section 3.1.1), or an IPv6
 *   address (RFC 4291, section 2.2) without a zone. An IPv4-mapped IPv6 address (::ffff:192.0.2.1), and no other, is read as the
 *   IPv4 address in it.
 * @returns 4 or 16 bytes in network order; undefined when the text is not such an address
 */
export function tryParseAddress(text: string): Uint8Array | undefined {
  if (text.includes('.') && !text.includes(':')) {
    if (!DOTTED.test(text) || !ipaddr.IPv4.isValid(text)) return undefined;
    return Uint8Array.from(ipaddr.IPv4.parse(text).toByteArray());
  }
  const words = text.includes('.') ? withoutDots(text) : text;
  if (words === undefined || words.includes('%') || !ipaddr.IPv6.isValid(words)) return undefined;
  const address = ipaddr.IPv6.parse(words);
  return Uint8Array.from(address.isIPv4MappedAddress() ? address.toIPv4Address().toByteArray() : address.toByteArray());
}

/**
 * Writes the last four bytes of an IPv6 address as two words where they are written as in IPv4. ipaddr.js would read octal and
 * hexadecimal numbers there, and ::192.0.2.1 as an IPv4-mapped address: it is an IPv4-compatible one (RFC 4291, section 2.5.5).
 * @returns undefined when what follows the last colon is no IPv4 address
 */
function withoutDots(text: string): string | undefined {
  const at = text.lastIndexOf(':') + 1;
  const bytes = tryParseAddress(text.slice(at));
  if (bytes?.length !== 4) return undefined;
  const [a, b, c, d] = bytes as unknown as [number, number, number, number];
  return `${text.slice(0, at)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

/**
 * Reads an IP address; see {@link tryParseAddress}.
 * @returns 4 or 16 bytes in network order
 * @throws TypeError when `text` is not a string, RangeError when it is not an address or has a zone
 */
export function parseAddress(text: string): Uint8Array {
  requireText('address', text);
  const bytes = tryParseAddress(text);
  if (bytes) return bytes;
  if (text.includes('%')) throw new RangeError(`address must not have a zone: "${text}"`);
  throw new RangeError(`address must be an IPv4 or IPv6 address, not "${text}"`);
}

/**
 * Writes an IP address in its canonical text (IPv6: RFC 5952). The inverse of {@link parseAddress}.
 * @param bytes 4 or 16 bytes in network order; 16 bytes that are an IPv4-mapped address are written as IPv4
 * @throws TypeError when `bytes` is not a Uint8Array, RangeError when it is neither 4 nor 16 bytes long
 */
export function formatAddress(bytes: Uint8Array): string {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('address must be a Uint8Array');
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
  if (bytes.length !== 16) throw new RangeError(`address must be 4 or 16 bytes long, not ${bytes.length}`);
  const address = new ipaddr.IPv6(Array.from(bytes));
  return address.isIPv4MappedAddress() ? address.toIPv4Address().toString() : address.toRFC5952String();
}
