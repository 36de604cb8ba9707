// Eight ports → for every client and window, what a key makes of them and what the daemon would say to it. Pure: the
// clock is an argument, no secret is in what comes out. It looks further back and ahead than the daemon does, so that a
// clock that is off can be told from a wrong key.

import {
  decodeSequence,
  deriveWindowKey,
  formatAddress,
  formatTransportPort,
  ipv6AddressField,
  parseAddress,
  SEARCH_WINDOWS,
  WINDOW_SECONDS,
  windowAt,
} from '@eightknock/codec';
import type { DenialReason, Grant } from '../authorise/authorise.ts';
import { type Access, accessOf, decide } from '../authorise/decide.ts';
import type { ClientConfig, Config } from '../config/config.ts';
import { formatListenAddress } from '../config/listen-address.ts';
import type { ClientRequest } from '../recognise/recogniser.ts';

/** How many windows on either side are tried: as many as the daemon searches for a clock that is off. */
export const WINDOWS_AROUND = SEARCH_WINDOWS;
/** How many of them the daemon tries: docs/protocol.md, "Key". */
const WINDOWS_ACCEPTED = 1;
const MINUTE_MS = 60_000;
/** What makes a request one that is accepted once is not asked here. */
const NO_BYTES = new Uint8Array(8);

/** Why the daemon would not do it. The memory of replays is not asked. */
export type Refusal = 'clock-off' | 'address-mismatch' | 'source-not-trusted' | DenialReason;

/** One client and window whose key fits. */
export interface Finding {
  readonly client: string;
  /** Windows between the knock's and the one of the given time; negative: the knock is the older. */
  readonly windowOffset: number;
  /** The clock that sent it minus the given time, in seconds: from the least to the most it can be. */
  readonly clockSeconds: { readonly least: number; readonly most: number };
  /**
   * How sure it is that this is the client's knock. `address`: the address fits, a chance of one in 2^36. `port`: only the
   * check and the port list, one in thousands. `check`: the check alone, which one key in sixteen passes by chance.
   */
  readonly evidence: 'address' | 'port' | 'check';
  /** `same`: the given source; `source`: "the address I come from"; `unknown`: no source was given to compare with. */
  readonly addressFit: 'same' | 'source' | 'other' | 'unknown';
  /** What the address field says, if it is IPv4: it cannot be read back for IPv6. Absent for `source`. */
  readonly claimedAddress?: string;
  readonly port: number;
  /** The entries of the client's list with this port, such as `tcp/22`. */
  readonly allowedPorts: readonly string[];
  /** As it was asked for: 0 = no limit, 1–254 = minutes, 255 = close. */
  readonly time: number;
  /** The time the client would get, where it would get any: `time`, or less, in minutes and rounded up. */
  readonly grantedTime: number;
  /** Only of a port that is the number of a `[[door]]`. */
  readonly door?: KnockedDoor;
  /** Empty: the daemon would do it, unless it was done before. */
  readonly refusals: readonly Refusal[];
}

/** A door of kind `encrypted`, and what it would do; but for its name absent where it would do nothing at all. */
export interface KnockedDoor {
  readonly name: string;
  readonly action?: Grant['action'];
  /** That it opens, closes or forwards, such as `tcp/22`. */
  readonly ports?: readonly string[];
  /** Where it forwards to, such as `10.0.0.5:22`. */
  readonly target?: string;
  /** The path of what it runs. */
  readonly program?: string;
}

/** What is asked. */
export interface SequenceQuestion {
  /** Eight integers from basePort to basePort + 255. */
  readonly ports: readonly number[];
  readonly unixSeconds: number;
  /** Canonical text of the address the knocks came from. Absent: not known. */
  readonly sourceAddress?: string;
}

/**
 * Tries every client's key in the windows around a time.
 * @returns the surest first, then the nearest window, then the clients in their order
 * @throws RangeError when the ports are not eight of the range, or the address or time make no sense
 */
export function explainSequence(config: Config, question: SequenceQuestion): Finding[] {
  const now = windowAt(question.unixSeconds);
  const access = accessOf(config);
  const findings: Finding[] = [];
  for (const client of config.clients) {
    for (let offset = -WINDOWS_AROUND; offset <= WINDOWS_AROUND; offset++) {
      if (now + offset < 0) continue;
      const finding = explainOne(config, access, client, question, offset);
      if (finding) findings.push(finding);
    }
  }
  return findings.sort(
    (a, b) =>
      EVIDENCE.indexOf(a.evidence) - EVIDENCE.indexOf(b.evidence) ||
      Math.abs(a.windowOffset) - Math.abs(b.windowOffset),
  );
}

const EVIDENCE: readonly Finding['evidence'][] = ['address', 'port', 'check'];

function explainOne(
  { serverId, basePort }: Config,
  access: Access,
  client: ClientConfig,
  { ports, unixSeconds, sourceAddress }: SequenceQuestion,
  windowOffset: number,
): Finding | undefined {
  const { secret } = client;
  const window = windowAt(unixSeconds) + windowOffset;
  const block = decodeSequence({ secret, serverId }, ports, window, basePort);
  if (!block.ok) return undefined;
  const source = sourceAddress === undefined ? undefined : parseAddress(sourceAddress);
  const field = source?.length === 16 ? ipv6AddressField(deriveWindowKey(secret, serverId, window), source) : source;
  const addressFit = fitAddress(block.address, field);
  const allowedPorts = client.ports.filter(({ port }) => port === block.port).map(formatTransportPort);
  const isProven = addressFit === 'same' || addressFit === 'source';
  const claimedAddress = claimed(addressFit, block.address, source, sourceAddress);
  const nowMs = Math.floor(unixSeconds * 1000);
  const request = {
    client: client.name,
    // Where nothing is known of it, it is taken for IPv4.
    sourceAddress: sourceAddress ?? claimedAddress ?? '0.0.0.0',
    claimedAddress: claimedAddress ?? 'source',
    port: block.port,
    time: block.time,
    window,
    cipher: NO_BYTES,
  };
  const { grant, denials } = decideAll(request, access, client, nowMs);
  const door = access.numbers.get(block.port);
  const early = window * WINDOW_SECONDS - unixSeconds;
  return {
    client: client.name,
    windowOffset,
    clockSeconds: { least: early, most: early + WINDOW_SECONDS },
    evidence: isProven ? 'address' : allowedPorts.length > 0 ? 'port' : 'check',
    addressFit,
    ...(claimedAddress !== undefined && { claimedAddress }),
    port: block.port,
    allowedPorts,
    time: block.time,
    grantedTime: grant?.endMs === undefined ? block.time : Math.ceil((grant.endMs - nowMs) / MINUTE_MS),
    ...(door && { door: describeDoor(door.name, grant) }),
    refusals: [
      ...(Math.abs(windowOffset) > WINDOWS_ACCEPTED ? (['clock-off'] as const) : []),
      ...addressRefusals(addressFit, client, source?.length === 16),
      ...denials,
    ],
  };
}

function fitAddress(field: Uint8Array, expected: Uint8Array | undefined): Finding['addressFit'] {
  if (field.every((byte) => byte === 0)) return 'source';
  if (!expected) return 'unknown';
  return field.every((byte, i) => byte === expected[i]) ? 'same' : 'other';
}

function claimed(
  fit: Finding['addressFit'],
  field: Uint8Array,
  source: Uint8Array | undefined,
  sourceAddress: string | undefined,
): string | undefined {
  if (fit === 'same') return sourceAddress;
  if (fit === 'source' || source?.length === 16) return undefined;
  return formatAddress(field);
}

/** As the decoder of the codec decides, where an address of IPv6 that does not fit cannot even be named. */
function addressRefusals(fit: Finding['addressFit'], client: ClientConfig, isIpv6: boolean): Refusal[] {
  if (fit === 'source') return client.trustSource ? [] : ['source-not-trusted'];
  if (fit === 'other') return client.openForOther && !isIpv6 ? [] : ['address-mismatch'];
  return [];
}

/** Asks the daemon's own decision, again and again without what it was refused for: so every reason is found. */
function decideAll(
  request: ClientRequest,
  access: Access,
  client: ClientConfig,
  nowMs: number,
): { readonly grant?: Grant; readonly denials: readonly DenialReason[] } {
  const denials: DenialReason[] = [];
  let likely = client;
  for (;;) {
    const decided = decide(request, { ...access, clients: new Map([[client.name, likely]]) }, nowMs);
    if (!('reason' in decided)) return { grant: decided, denials };
    if (denials.includes(decided.reason)) return { denials };
    denials.push(decided.reason);
    likely = without(decided.reason, likely, request.port);
  }
}

/** The client as if that were no obstacle. */
function without(reason: DenialReason, client: ClientConfig, port: number): ClientConfig {
  const { expiresMs: _, ...unlimited } = client;
  if (reason === 'client-disabled') return { ...client, enabled: true };
  if (reason === 'client-expired') return unlimited;
  return reason === 'port-not-allowed' ? { ...client, ports: [{ protocol: 'tcp', port }] } : client;
}

function describeDoor(name: string, grant: Grant | undefined): KnockedDoor {
  if (!grant) return { name };
  const { action, ports, target, run } = grant;
  return {
    name,
    action,
    ...(ports.length > 0 && { ports: ports.map(formatTransportPort) }),
    ...(target && { target: formatListenAddress(target) }),
    ...(run && { program: run.argv[0] }),
  };
}
