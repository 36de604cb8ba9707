// Which capabilities this process has: capabilities(7).

import { readFileSync } from 'node:fs';

/** capabilities(7). */
export const CAP_NET_ADMIN = 12;

/**
 * The effective capabilities of this process: capabilities(7), the line CapEff of /proc/self/status.
 * @param status content of that file
 */
export function parseEffectiveCapabilities(status: string): bigint {
  return BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
}

/** Whether this process has a capability now, such as {@link CAP_NET_ADMIN}. */
export function hasCapability(capability: number): boolean {
  const effective = parseEffectiveCapabilities(readFileSync('/proc/self/status', 'utf8'));
  return ((effective >> BigInt(capability)) & 1n) === 1n;
}
