// Where knocks come from: read once, for as many sequences as come from there.

import { formatAddress, tryParseAddress } from './address.ts';
import { readWord } from './cipher.ts';
import { requireText } from './require.ts';

/** The address that knocks come from, as {@link parseSource} makes it. */
export class Source {
  /** Canonical text, see `formatAddress`. */
  readonly address: string;
  /** 4 or 16 bytes in network order. */
  readonly bytes: Uint8Array;
  /** An IPv4 address as one number of 32 bits, signed; undefined: it is an IPv6 address. */
  readonly ipv4: number | undefined;

  constructor(bytes: Uint8Array) {
    this.address = formatAddress(bytes);
    this.bytes = bytes;
    this.ipv4 = bytes.length === 4 ? readWord(bytes, 0) : undefined;
  }
}

/**
 * Reads the address that knocks come from. It costs more than trying a sequence on a key: keep what it gives.
 * @param sourceAddress an IPv4 or IPv6 address without a zone; an IPv4-mapped one is read as the IPv4 address in it
 * @throws TypeError when it is not a string, RangeError when it is not such an address
 */
export function parseSource(sourceAddress: string): Source {
  requireText('sourceAddress', sourceAddress);
  const bytes = tryParseAddress(sourceAddress);
  if (!bytes) throw new RangeError('sourceAddress must be an IPv4 or IPv6 address');
  return new Source(bytes);
}

/** Throws unless `value` is a source. @throws TypeError that names the argument */
export function requireSource(value: unknown): asserts value is Source {
  if (!(value instanceof Source)) throw new TypeError('source must be what parseSource gives');
}
