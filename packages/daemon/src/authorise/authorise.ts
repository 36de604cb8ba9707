// May this client have what it asks for? Pure: request, client and time in; a grant or a denial out.
// docs/protocol.md, "Acceptance", rule 3.

import { TIME_CLOSE, TIME_UNLIMITED, type TransportPort } from '@eightknock/codec';
import type { ClientConfig } from '../config/config.ts';
import type { ForwardTarget, RunAction } from '../config/door-config.ts';
import type { ClientRequest } from '../recognise/recogniser.ts';

/** What is to be done. */
export interface Grant {
  /** Whose it is: a client's, or that of a door, see door-client.ts. */
  readonly client: string;
  /** The `[[door]]` that does it; absent: the client opens a port of its own list. */
  readonly door?: string;
  /** The address to open or close for, canonical text. */
  readonly address: string;
  /** The ports: a number that is on the list for TCP and for UDP is both. Empty only when nothing is opened or closed. */
  readonly ports: readonly TransportPort[];
  readonly action: 'open' | 'close' | 'forward' | 'run';
  /** When it closes by itself, milliseconds since 1970; absent: no limit, or `action` is another one. */
  readonly endMs?: number;
  /** The client asked for longer than it may. */
  readonly shortened: boolean;
  /** Where connections to the port go on to, of the family of `address`; only where `action` is `forward`. */
  readonly target?: ForwardTarget;
  /** What is run; only where `action` is `run`. */
  readonly run?: RunAction;
}

/** Why one does not get what is asked for. */
export type DenialReason =
  | 'client-unknown'
  | 'client-disabled'
  | 'client-expired'
  | 'port-not-allowed'
  /** The configuration no longer has it. */
  | 'door-unknown'
  | 'door-expired'
  /** Of single packets: another user name, no address, a command that is not on the list. */
  | 'user-not-allowed'
  | 'address-missing'
  | 'command-not-allowed'
  /** It forwards, and to no address of the family of those who ask. */
  | 'no-target'
  /** It was asked to close, and opens nothing. */
  | 'nothing-to-close'
  /** The door runs nothing for addresses of this family. */
  | 'nothing-to-run';

/** A request that was refused. */
export interface Denial {
  readonly reason: DenialReason;
}

const MINUTE_MS = 60_000;

/**
 * Decides.
 * @param request from a recogniser, which has checked that the address fits the client's `openForOther` and `trustSource`
 * @param client the client of the request; undefined when the configuration no longer has it
 * @param nowMs milliseconds since 1970
 */
export function authorise(request: ClientRequest, client: ClientConfig | undefined, nowMs: number): Grant | Denial {
  if (!client) return { reason: 'client-unknown' };
  if (!client.enabled) return { reason: 'client-disabled' };
  if (client.expiresMs !== undefined && nowMs >= client.expiresMs) return { reason: 'client-expired' };
  const ports = client.ports.filter(({ port }) => port === request.port);
  if (ports.length === 0) return { reason: 'port-not-allowed' };

  const address = request.claimedAddress === 'source' ? request.sourceAddress : request.claimedAddress;
  const common = { client: client.name, address, ports };
  if (request.time === TIME_CLOSE) return { ...common, action: 'close', shortened: false };

  // Whatever is asked for, the client's own limits end it: max_time, and the moment from which on it is refused.
  const wishedMs = request.time === TIME_UNLIMITED ? Number.POSITIVE_INFINITY : nowMs + request.time * MINUTE_MS;
  const allowedMs = client.maxTime === undefined ? Number.POSITIVE_INFINITY : nowMs + client.maxTime * MINUTE_MS;
  const endMs = Math.min(wishedMs, allowedMs, client.expiresMs ?? Number.POSITIVE_INFINITY);
  const shortened = endMs < wishedMs;
  if (endMs === Number.POSITIVE_INFINITY) return { ...common, action: 'open', shortened };
  return { ...common, action: 'open', endMs, shortened };
}
