// May a single packet have what it asks for? Pure: the stanza's door, what was asked, and the time in; a grant or a denial out.

import type { TransportPort } from '@eightknock/codec';
import type { SpaRequest } from '@eightknock/codec/spa';
import type { AskAction, DoorConfig, ForwardTarget, SpaKind } from '../config/door-config.ts';
import type { SpaWish } from '../recognise/recogniser.ts';
import type { Denial, Grant } from './authorise.ts';
import { doorClient } from './door-client.ts';

/** A door of single packets. */
export type SpaDoorConfig = SpaKind & Pick<DoorConfig, 'name'> & { readonly action: AskAction };

type Ask<Kind extends SpaRequest['kind']> = Extract<SpaRequest, { readonly kind: Kind }>;

/**
 * Decides.
 * @param sourceAddress where the packet came from, canonical text
 * @param nowMs milliseconds since 1970
 */
export function decideAsked(door: SpaDoorConfig, wish: SpaWish, sourceAddress: string, nowMs: number): Grant | Denial {
  const { name, action, user, requireAddress, expiresMs } = door;
  const { request } = wish;
  if (expiresMs !== undefined && nowMs >= expiresMs) return { reason: 'door-expired' };
  if (user !== undefined && wish.user !== user) return { reason: 'user-not-allowed' };
  if (request.address === 'source' && requireAddress) return { reason: 'address-missing' };
  const address = request.address === 'source' ? sourceAddress : request.address;
  const common = { client: doorClient(name), door: name, address };

  if (request.kind === 'command') {
    const run = Object.hasOwn(action.commands, request.command) ? action.commands[request.command] : undefined;
    if (!run) return { reason: 'command-not-allowed' };
    return { ...common, ports: [], action: 'run', run, shortened: false };
  }
  const { ports } = request;
  const time = timeOf(request, door, nowMs);
  if (request.kind === 'access') {
    if (!ports.every((port) => isOn(action.ports, port))) return { reason: 'port-not-allowed' };
    return { ...common, ports, action: 'open', ...time };
  }
  const [port] = ports;
  if (!port || ports.length > 1 || !isOn(action.targetPorts, port)) return { reason: 'port-not-allowed' };
  const target =
    request.kind === 'nat-access' ? innerTarget(action, request) : ownTarget(action, request, wish.destinationAddress);
  if (!target || target.address.includes(':') !== address.includes(':')) return { reason: 'no-target' };
  return { ...common, ports: [port], action: 'forward', target, ...time };
}

/** Whom it may be forwarded to. */
function innerTarget({ targets }: AskAction, { target: { host, port } }: Ask<'nat-access'>): ForwardTarget | undefined {
  return targets.find((one) => one.address === host && one.port === port);
}

/** This host, as the packet found it; a port that may be opened. */
function ownTarget(
  { ports }: AskAction,
  { target: { port }, ports: [asked] }: Ask<'local-nat'>,
  address: string | undefined,
): ForwardTarget | undefined {
  if (address === undefined || !asked || !isOn(ports, { ...asked, port })) return undefined;
  return { address, port, masquerade: false };
}

/** For as long as it asks, or as the door says; never longer than it may. */
function timeOf(
  { timeoutSeconds = 0 }: Ask<'access' | 'nat-access' | 'local-nat'>,
  { action: { seconds, maxSeconds }, expiresMs = Number.POSITIVE_INFINITY }: SpaDoorConfig,
  nowMs: number,
): { readonly endMs: number; readonly shortened: boolean } {
  const asked = timeoutSeconds > 0 ? timeoutSeconds : seconds;
  const endMs = Math.min(nowMs + Math.min(asked, maxSeconds) * 1000, expiresMs);
  return { endMs, shortened: endMs < nowMs + asked * 1000 };
}

function isOn(list: readonly TransportPort[], { protocol, port }: TransportPort): boolean {
  return list.some((one) => one.protocol === protocol && one.port === port);
}
