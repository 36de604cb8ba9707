// Does the address in a block prove whose knock it is? Rule 2 of docs/protocol.md, "Acceptance".

import { tryParseAddress } from './address.ts';
import { requireText } from './require.ts';
import { ipv6AddressField } from './window-key.ts';

/** The address field: the source's own, all zero ("the address I come from"), or anything else. */
export type AddressFit = 'same' | 'zero' | 'other';

/**
 * The bytes of a source address.
 * @returns 4 or 16 bytes
 * @throws TypeError or RangeError when it is none
 */
export function sourceBytes(sourceAddress: string): Uint8Array {
  requireText('sourceAddress', sourceAddress);
  const source = tryParseAddress(sourceAddress);
  if (!source) throw new RangeError('sourceAddress must be an IPv4 or IPv6 address');
  return source;
}

/**
 * Compares the address field of a block with where it came from.
 * @param field 4 bytes
 * @param source 4 or 16 bytes
 * @param windowKey 32 bytes: what hides an IPv6 address
 */
export function fitAddress(field: Uint8Array, source: Uint8Array, windowKey: Uint8Array): AddressFit {
  if (((field[0] as number) | (field[1] as number) | (field[2] as number) | (field[3] as number)) === 0) return 'zero';
  const expected = source.length === 4 ? source : ipv6AddressField(windowKey, source);
  for (let i = 0; i < 4; i++) if (field[i] !== expected[i]) return 'other';
  return 'same';
}

/** Does it prove the key? */
export function isProven(fit: AddressFit, trustSource: boolean): boolean {
  return fit === 'same' || (fit === 'zero' && trustSource);
}
