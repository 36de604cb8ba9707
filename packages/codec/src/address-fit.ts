// Does the address in a block prove whose knock it is? Rule 2 of docs/protocol.md, "Acceptance".

import { readWord } from './cipher.ts';
import type { Source } from './source.ts';
import { ipv6AddressField } from './window-key.ts';

/** The address field: the source's own, all zero ("the address I come from"), or anything else. */
export type AddressFit = 'same' | 'zero' | 'other';

/**
 * Compares the address field of a block with where it came from.
 * @param field its four bytes as one number of 32 bits, signed
 * @param windowKey gives the 32 bytes of the key, of which an IPv6 address in a block is made; called for such a source only
 */
export function fitAddress(field: number, source: Source, windowKey: () => Uint8Array): AddressFit {
  if (field === 0) return 'zero';
  const expected = source.ipv4 ?? readWord(ipv6AddressField(windowKey(), source.bytes), 0);
  return field === expected ? 'same' : 'other';
}

/** Does it prove the key? */
export function isProven(fit: AddressFit, trustSource: boolean): boolean {
  return fit === 'same' || (fit === 'zero' && trustSource);
}
