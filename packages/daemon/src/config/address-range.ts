// "198.51.100.0/24" ↔ a range of addresses, and whether an address lies in it. Pure.

import { tryParseAddress } from '@eightknock/codec';

/** A range: all addresses whose first bits are these. */
export interface AddressRange {
  /** 4 or 16 bytes, those beyond the bits zero. */
  readonly bytes: readonly number[];
  /** 0–32 or 0–128. */
  readonly bits: number;
}

/**
 * Reads an address, or a range in CIDR notation (RFC 4632).
 * @returns undefined when it is none, or bits beyond the prefix are set
 */
export function readAddressRange(text: string): AddressRange | undefined {
  const [address = '', length, ...more] = text.split('/');
  const bytes = tryParseAddress(address);
  if (!bytes || more.length > 0) return undefined;
  const most = bytes.length * 8;
  const bits = length === undefined ? most : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  if (!(bits <= most)) return undefined;
  const range = { bytes: [...bytes], bits };
  return range.bytes.every((byte, i) => (byte & ~maskOf(bits, i)) === 0) ? range : undefined;
}

/** Does an address lie in any of them? @param address canonical text */
export function isInRanges(address: string, ranges: readonly AddressRange[]): boolean {
  const bytes = tryParseAddress(address);
  if (!bytes) return false;
  return ranges.some(
    (range) =>
      range.bytes.length === bytes.length &&
      range.bytes.every((byte, i) => ((bytes[i] as number) & maskOf(range.bits, i)) === byte),
  );
}

/** The bits of a byte that count. */
function maskOf(bits: number, byte: number): number {
  const left = Math.min(8, Math.max(0, bits - 8 * byte));
  return (0xff << (8 - left)) & 0xff;
}
