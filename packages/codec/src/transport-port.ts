// A port with its protocol, as people write it: tcp/22, udp/51820.

import { requireInteger, requireText } from './require.ts';

/** The protocols that a door can be opened for. */
export type TransportProtocol = 'tcp' | 'udp';

/** A port of one protocol. */
export interface TransportPort {
  readonly protocol: TransportProtocol;
  /** 1–65535. */
  readonly port: number;
}

/**
 * Reads `tcp/22`.
 * @returns undefined when it is not `tcp/` or `udp/` and a number from 1 to 65535 without leading zeros
 */
export function tryParseTransportPort(text: string): TransportPort | undefined {
  const match = /^(tcp|udp)\/([1-9]\d{0,4})$/.exec(text);
  const port = Number(match?.[2]);
  if (!match || port > 65535) return undefined;
  return { protocol: match[1] as TransportProtocol, port };
}

/**
 * Reads `tcp/22`; see {@link tryParseTransportPort}.
 * @throws TypeError when it is not a string, RangeError when it is not such a text
 */
export function parseTransportPort(text: string): TransportPort {
  requireText('port', text);
  const port = tryParseTransportPort(text);
  if (!port) throw new RangeError(`port must be tcp/N or udp/N with N from 1 to 65535, not "${text}"`);
  return port;
}

/**
 * Writes `tcp/22`. The inverse of {@link parseTransportPort}.
 * @throws TypeError or RangeError that names the field
 */
export function formatTransportPort({ protocol, port }: TransportPort): string {
  requireText('protocol', protocol);
  if (protocol !== 'tcp' && protocol !== 'udp') throw new RangeError('protocol must be tcp or udp');
  requireInteger('port', port, 1, 65535);
  return `${protocol}/${port}`;
}
