// Addresses, ports, clients and numbers of rows as they are typed → what the daemon is asked.

import { formatAddress, isClientName, tryParseAddress } from '@eightknock/codec';
import { EXPECTED } from '../config/schema.ts';
import { MAX_ROWS } from '../control/protocol.ts';
import type { GrantFilter } from '../store/store.ts';
import type { ArgumentProblems } from './argument-problems.ts';

/** As they are typed; an absent one matches all. */
export interface FilterOptions {
  readonly address?: string | undefined;
  readonly port?: string | undefined;
  readonly client?: string | undefined;
}

/** Reads a filter; what is wrong goes to `problems`. */
export function readFilter({ address, port, client }: FilterOptions, problems: ArgumentProblems): GrantFilter {
  const bytes = address === undefined ? undefined : tryParseAddress(address);
  if (address !== undefined && !bytes) problems.add('ADDRESS', address, 'an IPv4 or IPv6 address');
  const number = port !== undefined && /^\d{1,5}$/.test(port) ? Number(port) : 0;
  const isPort = number >= 1 && number <= 65_535;
  if (port !== undefined && !isPort) problems.add('PORT', port, 'a port from 1 to 65535');
  if (client !== undefined && !isClientName(client)) problems.add('--client', client, EXPECTED.name);
  return {
    ...(bytes && { address: formatAddress(bytes) }),
    ...(isPort && { port: number }),
    ...(client !== undefined && { client }),
  };
}

/** Reads `--limit`. @returns a number in its range, 1 when what was typed is none */
export function readLimit(limit: string, problems: ArgumentProblems): number {
  const rows = /^\d{1,4}$/.test(limit) ? Number(limit) : 0;
  if (rows >= 1 && rows <= MAX_ROWS) return rows;
  problems.add('--limit', limit, `a number from 1 to ${MAX_ROWS}`);
  return 1;
}
