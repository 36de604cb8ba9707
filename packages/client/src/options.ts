// The words of the command line → numbers and choices, or every mistake in them at once. Pure. Nothing is ever wrapped
// round: 70000 is an error and not port 4464.

import {
  DEFAULT_BASE_PORT,
  formatAddress,
  isHost,
  MAX_BASE_PORT,
  serverIdBytes,
  tryParseAddress,
} from '@eightknock/codec';
import { type AddressFamily, familyOf } from './claimed-address.ts';
import type { Problem } from './exit.ts';
import { LINK_LOCAL_HINT } from './messages/words.ts';
import { conflictProblem, expectedProblem } from './messages/wrong-use.ts';
import type { Transport } from './plan.ts';

const DEFAULT_TIME = 1;
/** Longer than a receiver's queues hold packets back, shorter than anybody notices. */
const DEFAULT_DELAY_MS = 2;
const DEFAULT_RAW_DELAY_MS = 0;
/** What did not open was perhaps put out of order on the way: the next sequence takes its time. */
const DEFAULT_REPEAT_DELAY_MS = 20;
const DEFAULT_WAIT_SECONDS = 10;
/** The most milliseconds between knocks. */
export const MAX_DELAY_MS = 10_000;
const MAX_WAIT_SECONDS = 3600;

/** Options as commander gives them: unread. */
export interface RawOptions {
  readonly port?: string;
  readonly ip?: string;
  readonly time?: string;
  readonly host?: string;
  readonly keyFile?: string;
  readonly serverId?: string;
  readonly basePort?: string;
  readonly transport?: string;
  readonly delay?: string;
  /** `true` when no number was given. */
  readonly wait?: string | true;
  readonly print?: boolean;
  readonly raw?: boolean;
  readonly spoofSource?: string;
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
}

/** Options as they are meant. */
export interface KnockOptions {
  /** 1–65535. */
  readonly port: number;
  /** `auto`, `source`, or an address in its canonical text. */
  readonly ip: string;
  /** 0–255. */
  readonly time: number;
  readonly host?: string;
  readonly keyFile?: string;
  readonly serverId?: string;
  /** 1–65280. */
  readonly basePort?: number;
  readonly transport: Transport;
  /** 0–10000, between the knocks of the first sequence. */
  readonly delayMs: number;
  /** 0–10000, between those of all others. */
  readonly repeatDelayMs: number;
  /** 1–3600. Absent: do not wait. */
  readonly waitSeconds?: number;
  readonly print: boolean;
  /** Send packets made by hand. */
  readonly raw: boolean;
  /** The address they come from instead of this machine's own, in its canonical text. */
  readonly spoofSource?: string;
  /** The only family to knock over: of `-4`, `-6`, or of an address given with `--ip` or `--spoof-source`. */
  readonly family?: AddressFamily;
}

/** What was read. */
export interface ReadOptions {
  /** Makes sense only where there are no problems. */
  readonly options: KnockOptions;
  /** In the order of the options in the help. */
  readonly problems: readonly Problem[];
}

/** Reads the options of a knock. */
export function readOptions(raw: RawOptions): ReadOptions {
  const problems: Problem[] = [];
  const bad = (option: string, value: unknown, expected: string, hint?: string) => {
    problems.push(expectedProblem(option, value, expected, hint));
  };
  const integer = (option: string, text: string, least: number, most: number, note: string, hint?: string): number => {
    const value = /^(?:0|[1-9]\d{0,9})$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    bad(option, text, `an integer from ${least} to ${most}${note}`, hint);
    return Number.NaN;
  };

  const port = readPort(raw.port, integer, bad);
  const ip = readIp(raw.ip ?? 'auto', bad);
  const time = integer(
    '--time',
    raw.time ?? `${DEFAULT_TIME}`,
    0,
    255,
    ' (0 = no limit, 1–254 = minutes, 255 = close)',
  );
  if (raw.host !== undefined && !isHost(raw.host)) bad('--host', raw.host, EXPECTED_HOST, hostZoneHint(raw.host));
  if (raw.keyFile === '') bad('--key-file', raw.keyFile, 'the name of a file');
  if (raw.serverId !== undefined && !isServerId(raw.serverId)) {
    bad('--server-id', raw.serverId, 'a text of 1 to 64 bytes, the server_id of the server');
  }
  const basePort =
    raw.basePort === undefined
      ? undefined
      : integer('--base-port', raw.basePort, 1, MAX_BASE_PORT, ': base port + 255 must not exceed 65535');
  const transport = raw.transport ?? 'tcp';
  if (transport !== 'tcp' && transport !== 'udp') bad('--transport', transport, '"tcp" or "udp"');
  const isRaw = raw.raw === true || raw.spoofSource !== undefined;
  const delayMs = integer(
    '--delay',
    raw.delay ?? `${isRaw ? DEFAULT_RAW_DELAY_MS : DEFAULT_DELAY_MS}`,
    0,
    MAX_DELAY_MS,
    ' (milliseconds)',
  );
  const waitSeconds = readWait(raw.wait, integer);
  const spoofSource = readSpoofSource(raw.spoofSource, bad);
  problems.push(...findConflicts(raw, ip, time, spoofSource));

  const named = ip === 'auto' || ip === 'source' ? spoofSource : ip;
  const family = raw.ipv4 ? 4 : raw.ipv6 ? 6 : named === undefined ? undefined : familyOf(named);
  return {
    options: {
      port,
      ip,
      time,
      ...(raw.host !== undefined && { host: raw.host }),
      ...(raw.keyFile !== undefined && { keyFile: raw.keyFile }),
      ...(raw.serverId !== undefined && { serverId: raw.serverId }),
      ...(basePort !== undefined && { basePort }),
      transport: transport === 'udp' ? 'udp' : 'tcp',
      delayMs,
      repeatDelayMs: raw.delay === undefined ? DEFAULT_REPEAT_DELAY_MS : delayMs,
      ...(waitSeconds !== undefined && { waitSeconds }),
      print: raw.print === true,
      raw: isRaw,
      ...(spoofSource !== undefined && { spoofSource }),
      ...(family !== undefined && { family }),
    },
    problems,
  };
}

/** What an address to open for has to be, for messages. */
export const EXPECTED_IP = '"auto", "source", or an IPv4 or IPv6 address without a zone';

/** What a host has to be, for messages. */
export const EXPECTED_HOST = 'a host name, or an IPv4 or IPv6 address without a zone';

/** A hint for a host that is an address with a zone, such as fe80::1%eth0. */
export function hostZoneHint(text: string): string | undefined {
  // Without its zone it would belong to no interface: the system refuses to send there.
  return isLinkLocal(text) ? LINK_LOCAL_HINT : zoneHint(text);
}

/** fe80::/10 (RFC 4291, section 2.5.6). */
function isLinkLocal(text: string): boolean {
  return /^fe[89ab][0-9a-f]:/i.test(text) && text.includes('%');
}

/** A hint for an address to open for, or to send from, that has a zone. */
function zoneHint(text: string): string | undefined {
  return text.includes(':') && text.includes('%') ? 'leave out the zone, the part from "%" on' : undefined;
}

type Bad = (option: string, value: unknown, expected: string, hint?: string) => void;
type ReadInteger = (option: string, text: string, least: number, most: number, note: string, hint?: string) => number;

function readPort(text: string | undefined, integer: ReadInteger, bad: Bad): number {
  if (text === undefined) {
    bad('--port', undefined, 'the port to open, an integer from 1 to 65535', '"knockclient --help" shows all options');
    return Number.NaN;
  }
  const hint = /^(?:tcp|udp)\//.test(text)
    ? 'a knock names the number alone; the server knows the protocol'
    : undefined;
  return integer('--port', text, 1, 65535, '', hint);
}

function readIp(text: string, bad: Bad): string {
  if (text === 'auto' || text === 'source') return text;
  const bytes = tryParseAddress(text);
  if (bytes?.some((byte) => byte !== 0)) return formatAddress(bytes);
  const hint = bytes ? 'for the address the knocks come from: --ip source' : zoneHint(text);
  bad('--ip', text, EXPECTED_IP, hint);
  return 'auto';
}

function readSpoofSource(text: string | undefined, bad: Bad): string | undefined {
  if (text === undefined) return undefined;
  const bytes = tryParseAddress(text);
  if (bytes && isUnicast(bytes)) return formatAddress(bytes);
  bad('--spoof-source', text, 'the IPv4 or IPv6 address of one host, without a zone', zoneHint(text));
  return undefined;
}

/** Neither all zero, nor multicast, nor of the reserved range that ends in the broadcast (RFC 1112, RFC 4291). */
function isUnicast(bytes: Uint8Array): boolean {
  const firstOfNone = bytes.length === 4 ? 224 : 255;
  return bytes.some((byte) => byte !== 0) && (bytes[0] as number) < firstOfNone;
}

function readWait(wait: string | true | undefined, integer: ReadInteger): number | undefined {
  if (wait === undefined) return undefined;
  if (wait === true) return DEFAULT_WAIT_SECONDS;
  const hint = /^[A-Za-z]/.test(wait) ? 'SERVER goes before --wait, or write --wait=SECONDS' : undefined;
  return integer('--wait', wait, 1, MAX_WAIT_SECONDS, ' (seconds)', hint);
}

function isServerId(text: string): boolean {
  try {
    return serverIdBytes(text).length > 0;
  } catch {
    return false;
  }
}

function findConflicts(raw: RawOptions, ip: string, time: number, spoofSource: string | undefined): Problem[] {
  const problems: Problem[] = [];
  if (raw.ipv4 && raw.ipv6) problems.push(conflictProblem('-4', '-6'));
  else if (ip !== 'auto' && ip !== 'source') {
    const family = familyOf(ip);
    if (raw.ipv4 && family === 6) problems.push(conflictProblem('-4', `--ip ${ip}`, 'other-family'));
    if (raw.ipv6 && family === 4) problems.push(conflictProblem('-6', `--ip ${ip}`, 'other-family'));
  }
  if (spoofSource !== undefined) problems.push(...findSpoofConflicts(raw, ip, spoofSource));
  if (raw.wait !== undefined && raw.print) problems.push(conflictProblem('--print', '--wait', 'print-sends-nothing'));
  if (raw.wait !== undefined && time === 255) problems.push(conflictProblem('--wait', '--time 255', 'nothing-opens'));
  return problems;
}

function findSpoofConflicts(raw: RawOptions, ip: string, spoofSource: string): Problem[] {
  const option = `--spoof-source ${spoofSource}`;
  const family = familyOf(spoofSource);
  const others = [
    ...(raw.ipv4 && family === 6 ? ['-4'] : []),
    ...(raw.ipv6 && family === 4 ? ['-6'] : []),
    ...(ip !== 'auto' && ip !== 'source' && familyOf(ip) !== family ? [`--ip ${ip}`] : []),
  ];
  if (others.length > 0) return others.map((other) => conflictProblem(other, option, 'other-source-family'));
  // Such a knock carries four bytes that only the address it comes from can explain: docs/protocol.md, "Block".
  const isForOther = family === 6 && ip !== 'source' && ip !== spoofSource;
  return isForOther ? [conflictProblem(`--ip ${ip}`, option, 'ipv6-source-only')] : [];
}

/** What is used where nothing else is said, for the help. */
export const DEFAULTS = {
  time: DEFAULT_TIME,
  delayMs: DEFAULT_DELAY_MS,
  rawDelayMs: DEFAULT_RAW_DELAY_MS,
  repeatDelayMs: DEFAULT_REPEAT_DELAY_MS,
  waitSeconds: DEFAULT_WAIT_SECONDS,
  basePort: DEFAULT_BASE_PORT,
} as const;
