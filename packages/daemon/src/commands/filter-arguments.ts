// The arguments that choose grants or lines of the audit trail: text as it was typed → fields of a request. Every problem
// is kept.

import { formatAddress, type TransportPort, tryParseAddress, tryParseTransportPort } from '@eightknock/codec';
import { isGrantee } from '../authorise/door-client.ts';
import { MAX_ROWS } from '../control/bounds.ts';
import { EXPECTED_FIELD } from '../control/request.ts';
import type { ArgumentProblems } from './argument-problems.ts';

const EXPECTED_PORT = 'a number from 1 to 65535, or one with its protocol, such as tcp/22';

/** @returns the canonical text of an address */
export function readAddress(name: string, text: string, problems: ArgumentProblems): string | undefined {
  const bytes = tryParseAddress(text);
  if (bytes) return formatAddress(bytes);
  const hint = text.includes('%') ? 'leave out the zone, the part from "%" on' : undefined;
  return problems.add(name, text, EXPECTED_FIELD.address, hint);
}

/** @returns the number of a port, with its protocol where that was given: `22` is that of TCP and of UDP */
export function readPort(name: string, text: string, problems: ArgumentProblems): Partial<TransportPort> {
  const port = tryParseTransportPort(text);
  if (port) return port;
  const isNumber = tryParseTransportPort(`tcp/${text}`) !== undefined;
  if (!isNumber) problems.add(name, text, EXPECTED_PORT);
  return { port: Number(text) };
}

/** @returns the name of a client; there need not be one of that name any more */
export function readClient(text: string, problems: ArgumentProblems): string | undefined {
  return isGrantee(text) ? text : problems.add('--client', text, EXPECTED_FIELD.client);
}

/** @returns how many rows */
export function readLimit(text: string, problems: ArgumentProblems): number | undefined {
  const limit = /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= MAX_ROWS ? limit : problems.add('--limit', text, EXPECTED_FIELD.limit);
}

/** Options that `grants` and `audit` share, as they were typed. */
export interface ListOptions {
  readonly client?: string;
  readonly address?: string;
  readonly limit?: string;
}

/** Options of `grants`, as they were typed. */
export interface GrantsListOptions extends ListOptions {
  readonly port?: string;
}

/** Fields that `grants` and `audit` share. */
export interface ListFields {
  readonly client?: string;
  readonly address?: string;
  readonly limit: number;
}

/** Reads them all. Only good when there is no problem. */
export function readList(options: ListOptions, defaultLimit: number, problems: ArgumentProblems): ListFields {
  const client = options.client === undefined ? undefined : readClient(options.client, problems);
  const address = options.address === undefined ? undefined : readAddress('--address', options.address, problems);
  const limit = options.limit === undefined ? defaultLimit : (readLimit(options.limit, problems) ?? defaultLimit);
  return { limit, ...(client !== undefined && { client }), ...(address !== undefined && { address }) };
}
