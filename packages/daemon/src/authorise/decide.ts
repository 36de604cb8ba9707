// Any request → a grant or a denial: of a client by its list, of a `[[door]]` by what its action says, of a client who
// names the number of an encrypted door by both. Pure.

import type { ClientConfig, Config } from '../config/config.ts';
import type { DoorConfig, RunAction } from '../config/door-config.ts';
import type { Request } from '../recognise/recogniser.ts';
import { authorise, type Denial, type Grant } from './authorise.ts';
import { decideAsked, type SpaDoorConfig } from './decide-asked.ts';
import { doorClient } from './door-client.ts';

/** Who may do what: the configuration, by name. */
export interface Access {
  readonly clients: ReadonlyMap<string, ClientConfig>;
  readonly doors: ReadonlyMap<string, DoorConfig>;
  /** Doors of kind `encrypted`, by their number. */
  readonly numbers: ReadonlyMap<number, DoorConfig>;
}

const MINUTE_MS = 60_000;

/** What the configuration says of it. */
export function accessOf({ clients, doors }: Pick<Config, 'clients' | 'doors'>): Access {
  return {
    clients: new Map(clients.map((client) => [client.name, client])),
    doors: new Map(doors.map((door) => [door.name, door])),
    numbers: new Map(doors.flatMap((door) => (door.kind === 'encrypted' ? [[door.port, door] as const] : []))),
  };
}

/** Decides. @param nowMs milliseconds since 1970 */
export function decide(request: Request, { clients, doors, numbers }: Access, nowMs: number): Grant | Denial {
  if ('door' in request) {
    const door = doors.get(request.door);
    if (!door) return { reason: 'door-unknown' };
    const { sourceAddress: address, port, wish } = request;
    if (wish && isSpaDoor(door)) return decideAsked(door, wish, address, nowMs);
    return grantOf(door, { client: doorClient(door.name), address, ...(port !== undefined && { port }) }, nowMs);
  }
  const own = authorise(request, clients.get(request.client), nowMs);
  const door = numbers.get(request.port);
  if ('reason' in own || !door) return own;
  return own.action === 'close' ? closing(door, own) : limited(grantOf(door, own, nowMs), own);
}

function grantOf(
  { name, action }: DoorConfig,
  { client, address, port }: Pick<Grant, 'client' | 'address'> & { readonly port?: number },
  nowMs: number,
): Grant | Denial {
  const common = { client, door: name, address, shortened: false };
  if (action.kind === 'run') {
    const run = programsFor(action, address);
    return run ? { ...common, ports: [], action: 'run', run } : { reason: 'nothing-to-run' };
  }
  // What single packets ask for is decided apart; no other kind of door has such an action.
  if (action.kind === 'ask') return { reason: 'port-not-allowed' };
  const ports = port === undefined ? action.ports : action.ports.filter((one) => one.port === port);
  if (ports.length === 0) return { reason: 'port-not-allowed' };
  if (action.kind === 'close') return { ...common, ports, action: 'close' };
  const end = action.minutes === 0 ? {} : { endMs: nowMs + action.minutes * MINUTE_MS };
  if (action.kind === 'open') return { ...common, ports, action: 'open', ...end };
  const target = action.targets.find((one) => isIpv6(one.address) === isIpv6(address));
  return target ? { ...common, ports, action: 'forward', target, ...end } : { reason: 'no-target' };
}

/** What is run for an address. @returns undefined: nothing */
function programsFor({ families, ...same }: RunAction, address: string): RunAction | undefined {
  if (!families) return same;
  const { argv: _, stop: __, ...rest } = same;
  const programs = address.includes(':') ? families.ipv6 : families.ipv4;
  return programs && { ...rest, ...programs };
}

/** A client's "close" to a door that opens ports closes them; a door that closes does what it does anyway. */
function closing({ name: door, action }: DoorConfig, { client, address, shortened }: Grant): Grant | Denial {
  if (action.kind === 'run') return { reason: 'nothing-to-close' };
  return { client, door, address, shortened, ports: action.ports, action: 'close' };
}

/** Of the time that the door gives and the one that the client asks for and may have, the shorter one. */
function limited(grant: Grant | Denial, own: Grant): Grant | Denial {
  if ('reason' in grant || (grant.action !== 'open' && grant.action !== 'forward')) return grant;
  const { endMs = Number.POSITIVE_INFINITY, ...rest } = grant;
  const { endMs: ownEndMs = Number.POSITIVE_INFINITY } = own;
  const end = Math.min(endMs, ownEndMs);
  const shortened = own.shortened || endMs < ownEndMs;
  return end === Number.POSITIVE_INFINITY ? { ...rest, shortened } : { ...rest, shortened, endMs: end };
}

function isSpaDoor(door: DoorConfig): door is DoorConfig & SpaDoorConfig {
  return door.kind === 'spa' && door.action.kind === 'ask';
}

function isIpv6(address: string): boolean {
  return address.includes(':');
}
