// Options of `spa`, typed or saved → what is asked for, or every mistake in them at once. Pure. Seconds here, as fwknop has
// them, where the eight knocks have minutes.

import { isHost, type TransportPort, tryParseAddress } from '@eightknock/codec';
import { MAX_TIMEOUT_SECONDS, SPA_HASHES, type SpaHash, type SpaNatTarget } from '@eightknock/codec/spa';
import { type AddressFamily, familyOf } from '../claimed-address.ts';
import { readPorts } from '../doors/read-ports.ts';
import type { Problem } from '../exit.ts';
import { conflictProblem, expectedProblem, udpPortProblem } from '../messages/wrong-use.ts';
import { readOptions } from '../options.ts';

/** fwknop's own. */
export const DEFAULT_SPA_PORT = 62_201;

/** What a saved server can say, too: texts as they are typed. */
export interface RawSpaRequest {
  readonly port?: string;
  readonly ip?: string;
  readonly time?: string;
  readonly nat?: string;
  readonly natLocal?: string;
  readonly user?: string;
  readonly spaPort?: string;
  readonly randomPort?: boolean;
  readonly hmac?: string;
  readonly digest?: string;
}

/** Options as commander gives them: unread. */
export interface RawSpaOptions extends RawSpaRequest {
  readonly command?: string;
  readonly keyFile?: string;
  readonly keyBase64File?: string;
  readonly hmacKeyFile?: string;
  readonly hmacKeyBase64File?: string;
  /** `true` when no number was given. */
  readonly wait?: string | true;
  readonly print?: boolean;
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** What is to be done. */
export type SpaWish =
  | { readonly kind: 'command'; readonly command: string }
  | { readonly kind: 'access'; readonly ports: readonly TransportPort[] }
  /** Connections to `ports` are led to `target`; without one, to the server itself, on the port `localPort`. */
  | { readonly kind: 'nat-access'; readonly ports: readonly TransportPort[]; readonly target: SpaNatTarget }
  | { readonly kind: 'local-nat'; readonly ports: readonly TransportPort[]; readonly localPort: number };

/** Options as they are meant. */
export interface SpaOptions {
  readonly wish: SpaWish;
  /** `auto`, `source`, or an IPv4 address in its canonical text. */
  readonly ip: string;
  /** 1–65536. Absent: as the server likes. */
  readonly timeoutSeconds?: number;
  readonly user?: string;
  /** Where the packet goes, 1–65535; absent: a port at random. */
  readonly spaPort?: number;
  readonly hmac: SpaHash;
  readonly digest: SpaHash;
  /** The only family to send over. */
  readonly family?: AddressFamily;
  /** The TCP port to be tried, and for how long, 1–3600. */
  readonly wait?: { readonly port: number; readonly seconds: number };
}

/** What was read. */
export interface ReadSpaOptions {
  /** Makes sense only where there are no problems. */
  readonly options: SpaOptions;
  readonly problems: readonly Problem[];
}

/** What ports have to be, for messages. */
export const EXPECTED_PORTS = 'ports such as tcp/22 or tcp/22,udp/53, each from 1 to 65535';
/** What an inner host has to be, for messages. */
export const EXPECTED_NAT = 'HOST:PORT with a host name or an IPv4 address, and a port from 1 to 65535';

/** Reads the options. */
export function readSpaOptions(raw: RawSpaOptions): ReadSpaOptions {
  const problems: Problem[] = [];
  const integer = (option: string, text: string | undefined, most: number): number | undefined => {
    if (text === undefined) return undefined;
    const value = /^[1-9]\d{0,5}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value <= most)) problems.push(expectedProblem(option, text, `an integer from 1 to ${most}`));
    return value;
  };
  const hash = (option: string, text = 'sha256'): SpaHash => {
    const found = SPA_HASHES.find((one) => one === text);
    if (!found) problems.push(expectedProblem(option, text, `one of ${SPA_HASHES.join(' ')}`));
    return found ?? 'sha256';
  };

  const wish = readWish(raw, problems);
  const timeoutSeconds = integer('--time', raw.time, MAX_TIMEOUT_SECONDS);
  const spaPort = integer('--spa-port', raw.spaPort, 65_535) ?? DEFAULT_SPA_PORT;
  if (raw.randomPort && raw.spaPort !== undefined) problems.push(conflictProblem('--spa-port', '--random-port'));
  const [hmac, digest] = [hash('--hmac', raw.hmac), hash('--digest', raw.digest)];
  // What it shares with a knock is read as there; the port is another matter.
  const { ip = 'auto', wait, print, ipv4, ipv6 } = raw;
  const shared = { ip, ...(wait && { wait }), ...(print && { print }), ...(ipv4 && { ipv4 }), ...(ipv6 && { ipv6 }) };
  const common = readOptions({ ...shared, ip: isIpv4(ip) ? 'auto' : ip, port: '1' });
  problems.push(...common.problems);
  if (tryParseAddress(ip) && !isIpv4(ip)) problems.push(expectedProblem('--ip', ip, EXPECTED_SPA_IP));
  const { waitSeconds } = common.options;
  const tried = triedPort(wish, problems, waitSeconds !== undefined);
  return {
    options: {
      wish,
      ip: isIpv4(ip) ? ip : common.options.ip,
      ...(timeoutSeconds !== undefined && { timeoutSeconds }),
      ...(raw.user !== undefined && { user: raw.user }),
      ...(!raw.randomPort && { spaPort }),
      hmac,
      digest,
      ...(ipv4 ? { family: 4 as const } : ipv6 ? { family: 6 as const } : {}),
      ...(waitSeconds !== undefined && tried !== undefined && { wait: { port: tried, seconds: waitSeconds } }),
    },
    problems,
  };
}

/**
 * Puts what was saved in the place of options that were not typed.
 * @returns options as if all had been typed
 */
export function withSaved(typed: RawSpaOptions, saved: RawSpaRequest): RawSpaOptions {
  const { port, time, nat, natLocal, spaPort, randomPort, ...rest } = saved;
  const isCommand = typed.command !== undefined;
  const hasNat = isCommand || typed.nat !== undefined || typed.natLocal !== undefined;
  const hasPort = typed.spaPort !== undefined || typed.randomPort === true;
  return {
    ...rest,
    ...(!isCommand && port !== undefined && { port }),
    ...(!isCommand && time !== undefined && { time }),
    ...(!hasNat && nat !== undefined && { nat }),
    ...(!hasNat && natLocal !== undefined && { natLocal }),
    ...(!hasPort && spaPort !== undefined && { spaPort }),
    ...(!hasPort && randomPort && { randomPort }),
    ...typed,
  };
}

/** What an address has to be, for messages. */
export const EXPECTED_SPA_IP = '"auto", "source", or an IPv4 address: fwknop knows no others';

/** Is it the address of an IPv4 host? */
export function isIpv4(text: string): boolean {
  const bytes = tryParseAddress(text);
  return bytes !== undefined && familyOf(text) === 4 && bytes.some((byte) => byte !== 0);
}

/** Reads `HOST:PORT`. @returns undefined when it is none */
export function readNat(text: string): SpaNatTarget | undefined {
  const [, host = '', port = ''] = /^([^:]+):([1-9]\d{0,4})$/.exec(text) ?? [];
  return isHost(host) && !host.includes('_') && Number(port) <= 65_535 ? { host, port: Number(port) } : undefined;
}

function readWish(raw: RawSpaOptions, problems: Problem[]): SpaWish {
  const { port, nat, natLocal, command } = raw;
  if (command !== undefined) {
    const others = { '--port': port, '--time': raw.time, '--nat': nat, '--nat-local': natLocal, '--wait': raw.wait };
    for (const [option, value] of Object.entries(others)) {
      if (value !== undefined) problems.push(conflictProblem('--command', option));
    }
    return { kind: 'command', command };
  }
  const ports = port === undefined ? undefined : readPorts(port);
  if (!ports) {
    problems.push(expectedProblem('--port', port, EXPECTED_PORTS, port === undefined ? undefined : hintForPort(port)));
  }
  if (nat !== undefined && natLocal !== undefined) problems.push(conflictProblem('--nat', '--nat-local'));
  if (nat !== undefined) {
    const target = readNat(nat);
    if (!target) problems.push(expectedProblem('--nat', nat, EXPECTED_NAT));
    return { kind: 'nat-access', ports: ports ?? [], target: target ?? { host: '', port: 1 } };
  }
  if (natLocal === undefined) return { kind: 'access', ports: ports ?? [] };
  const outer = Number(/^[1-9]\d{0,4}$/.exec(natLocal)?.[0]);
  if (!(outer <= 65_535)) problems.push(expectedProblem('--nat-local', natLocal, 'an integer from 1 to 65535'));
  const [only] = ports ?? [];
  if (ports && ports.length > 1) problems.push(expectedProblem('--port', port, 'one port only with --nat-local'));
  const protocol = only?.protocol ?? 'tcp';
  return { kind: 'local-nat', ports: [{ protocol, port: outer }], localPort: only?.port ?? 1 };
}

function hintForPort(text: string): string | undefined {
  return /^\d{1,5}$/.test(text) ? `single packets name the protocol: tcp/${text}` : undefined;
}

function triedPort(wish: SpaWish, problems: Problem[], waits: boolean): number | undefined {
  if (wish.kind === 'command') return undefined;
  const tcp = wish.ports.find(({ protocol }) => protocol === 'tcp');
  const [first] = wish.ports;
  if (waits && !tcp && first) problems.push(udpPortProblem(first.port));
  return tcp?.port;
}
