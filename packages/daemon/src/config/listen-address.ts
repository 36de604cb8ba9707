// "127.0.0.1:9745" or "[::1]:9745" ↔ an address with a port. Pure.

import { formatAddress, tryParseAddress } from '@eightknock/codec';
import type { ListenAddress } from './config.ts';

/** @returns undefined when the text is not an address and a port from 1 to 65535 */
export function readListenAddress(text: string): ListenAddress | undefined {
  const [, ipv6, ipv4, digits = ''] = /^(?:\[([^\]]+)\]|([^:]+)):([0-9]{1,5})$/.exec(text) ?? [];
  const bytes = tryParseAddress(ipv6 ?? ipv4 ?? '');
  const port = Number(digits);
  if (!bytes || bytes.length !== (ipv6 === undefined ? 4 : 16) || port < 1 || port > 65535) return undefined;
  return { address: formatAddress(bytes), port };
}

/** The inverse of {@link readListenAddress}. */
export function formatListenAddress({ address, port }: ListenAddress): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}
