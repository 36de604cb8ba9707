// What a single packet asks for ↔ its three or four texts: type, message, NAT access, timeout. One spelling for each
// request: leading zeros, IPv6 addresses and protocols other than TCP and UDP are refused, as fwknopd refuses the last two.

import { formatAddress, parseAddress, tryParseAddress } from '../address.ts';
import { isHost } from '../enrolment-link.ts';
import { requireInteger, requireText } from '../require.ts';
import { type TransportPort, tryParseTransportPort } from '../transport-port.ts';
import type { SpaFieldName } from './rejection.ts';

/** Seconds of the longest timeout. */
export const MAX_TIMEOUT_SECONDS = 65536;

/** Where connections shall be forwarded to. */
export interface SpaNatTarget {
  /** An IPv4 address or a host name. */
  readonly host: string;
  /** 1–65535. */
  readonly port: number;
}

interface Addressed {
  /** The IPv4 address to open for, or `source`: the one that the packet comes from. */
  readonly address: string;
}

interface Access extends Addressed {
  /** One or more. */
  readonly ports: readonly TransportPort[];
  /** 0–65536: for how long to open. Absent: as the server likes. */
  readonly timeoutSeconds?: number;
}

/** What a client asks for. */
export type SpaRequest =
  /** Run a command. Printable ASCII, not empty. */
  | (Addressed & { readonly kind: 'command'; readonly command: string })
  /** Open these ports. */
  | (Access & { readonly kind: 'access' })
  /** Forward `ports` of the server to `target`. */
  | (Access & { readonly kind: 'nat-access'; readonly target: SpaNatTarget })
  /** Forward `ports` of the server to `target`, which is the server itself: `ports` are what the client will connect to. */
  | (Access & { readonly kind: 'local-nat'; readonly target: SpaNatTarget });

/** A request as texts; base64 is not applied yet. */
export interface RequestTexts {
  /** One digit. */
  readonly type: string;
  readonly message: string;
  readonly natAccess?: string;
  readonly timeout?: string;
}

/** Type without timeout, and with one. */
const TYPES = { access: ['1', '3'], 'nat-access': ['2', '4'], 'local-nat': ['5', '6'] } as const;
const COMMAND = '0';
const SOURCE = '0.0.0.0';

/** What a type's fields are; undefined for a type that does not exist. */
export function shapeOfType(
  type: string,
): { readonly kind: SpaRequest['kind']; readonly hasTimeout: boolean } | undefined {
  if (type === COMMAND) return { kind: 'command', hasTimeout: false };
  for (const kind of ['access', 'nat-access', 'local-nat'] as const) {
    const [without, withTimeout] = TYPES[kind];
    if (type === without || type === withTimeout) return { kind, hasTimeout: type === withTimeout };
  }
  return undefined;
}

/** Has a request of this kind a field for NAT? */
export function hasNatAccess(kind: SpaRequest['kind']): boolean {
  return kind === 'nat-access' || kind === 'local-nat';
}

/** Only printable ASCII, and at least one character. */
export function isPrintable(text: string): boolean {
  return /^[ -~]+$/.test(text);
}

/**
 * Writes a request.
 * @throws TypeError or RangeError that names the field
 */
export function writeRequest(request: SpaRequest): RequestTexts {
  const address = writeAddress(request.address);
  if (request.kind === 'command') {
    requireText('command', request.command);
    if (!isPrintable(request.command)) throw new RangeError('command must be printable ASCII, and not empty');
    return { type: COMMAND, message: `${address},${request.command}` };
  }
  const types = Object.hasOwn(TYPES, request.kind) ? TYPES[request.kind] : undefined;
  if (!types) throw new RangeError('kind must be command, access, nat-access or local-nat');
  const message = [address, ...writePorts(request.ports)].join(',');
  const nat = request.kind === 'access' ? {} : { natAccess: writeTarget(request.target) };
  const { timeoutSeconds } = request;
  if (timeoutSeconds === undefined) return { type: types[0], message, ...nat };
  requireInteger('timeoutSeconds', timeoutSeconds, 0, MAX_TIMEOUT_SECONDS);
  return { type: types[1], message, ...nat, timeout: `${timeoutSeconds}` };
}

/**
 * Reads a request. The inverse of {@link writeRequest}.
 * @returns the name of the field that is wrong when {@link writeRequest} would not have written these texts
 */
export function readRequest({ type, message, natAccess, timeout }: RequestTexts): SpaRequest | SpaFieldName {
  const shape = shapeOfType(type);
  if (!shape) return 'type';
  const comma = message.indexOf(',');
  const address = readAddress(message.slice(0, Math.max(comma, 0)));
  if (address === undefined) return 'message';
  const rest = message.slice(comma + 1);
  if (shape.kind === 'command') return isPrintable(rest) ? { kind: 'command', address, command: rest } : 'message';
  const ports = readPorts(rest);
  if (!ports) return 'message';
  const target = natAccess === undefined ? undefined : readTarget(natAccess);
  if (hasNatAccess(shape.kind) !== (target !== undefined)) return 'nat-access';
  if (shape.hasTimeout !== (timeout !== undefined)) return 'timeout';
  if (timeout !== undefined && !isTimeout(timeout)) return 'timeout';
  const access = { address, ports, ...(timeout === undefined ? {} : { timeoutSeconds: Number(timeout) }) };
  if (shape.kind === 'access') return { kind: 'access', ...access };
  return { kind: shape.kind, ...access, target: target as SpaNatTarget };
}

function writeAddress(address: string): string {
  if (address === 'source') return SOURCE;
  const bytes = parseAddress(address);
  if (bytes.length !== 4) throw new RangeError('address must be an IPv4 address: fwknop knows no IPv6');
  const text = formatAddress(bytes);
  if (text === SOURCE) throw new RangeError('address must not be 0.0.0.0: say "source"');
  return text;
}

function readAddress(text: string): string | undefined {
  if (text === SOURCE) return 'source';
  return isIpv4(text) ? text : undefined;
}

function isIpv4(text: string): boolean {
  return !text.includes(':') && tryParseAddress(text) !== undefined;
}

function writePorts(ports: readonly TransportPort[]): string[] {
  if (!Array.isArray(ports)) throw new TypeError('ports must be an array');
  const texts = (ports as readonly TransportPort[]).map(({ protocol, port }) => `${protocol}/${port}`);
  if (texts.length === 0 || !texts.every(tryParseTransportPort))
    throw new RangeError('ports must be tcp or udp with 1–65535, one or more');
  return texts;
}

function readPorts(text: string): TransportPort[] | undefined {
  const ports = text.split(',').map(tryParseTransportPort);
  return ports.every((port) => port !== undefined) ? ports : undefined;
}

/** An address or a name, as fwknop knows them: without underscores, and never IPv6. */
function isTargetHost(host: string): boolean {
  return isHost(host) && !/[:_]/.test(host);
}

function writeTarget({ host, port }: SpaNatTarget): string {
  requireText('target host', host);
  if (!isTargetHost(host)) throw new RangeError('target host must be a host name or an IPv4 address');
  requireInteger('target port', port, 1, 65535);
  return `${host},${port}`;
}

function readTarget(text: string): SpaNatTarget | undefined {
  const [host = '', port = '', ...more] = text.split(',');
  if (!isTargetHost(host) || !/^[1-9]\d{0,4}$/.test(port) || Number(port) > 65535 || more.length > 0) return undefined;
  return { host, port: Number(port) };
}

function isTimeout(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= MAX_TIMEOUT_SECONDS;
}
