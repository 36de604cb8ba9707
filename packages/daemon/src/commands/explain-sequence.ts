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
  TIME_CLOSE,
  TIME_UNLIMITED,
  WINDOW_SECONDS,
  windowAt,
} from '@eightknock/codec';
import type { ClientConfig, Config } from '../config/config.ts';

/** How many windows on either side are tried: as many as the daemon searches for a clock that is off. */
export const WINDOWS_AROUND = SEARCH_WINDOWS;
/** How many of them the daemon tries: docs/protocol.md, "Key". */
const WINDOWS_ACCEPTED = 1;

/** Why the daemon would not open. The memory of replays is not asked. */
export type Refusal =
  | 'clock-off'
  | 'address-mismatch'
  | 'source-not-trusted'
  | 'client-disabled'
  | 'client-expired'
  | 'port-not-allowed';

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
  /** The time the client would get: `time`, or its max_time. */
  readonly grantedTime: number;
  /** Empty: the daemon would do it, unless it was done before. */
  readonly refusals: readonly Refusal[];
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
  const findings: Finding[] = [];
  for (const client of config.clients) {
    for (let offset = -WINDOWS_AROUND; offset <= WINDOWS_AROUND; offset++) {
      if (now + offset < 0) continue;
      const finding = explainOne(config, client, question, offset);
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
    grantedTime: shorten(block.time, client.maxTime),
    refusals: [
      ...(Math.abs(windowOffset) > WINDOWS_ACCEPTED ? (['clock-off'] as const) : []),
      ...addressRefusals(addressFit, client, source?.length === 16),
      ...(client.enabled ? [] : (['client-disabled'] as const)),
      ...((client.expiresMs ?? Number.POSITIVE_INFINITY) <= unixSeconds * 1000 ? (['client-expired'] as const) : []),
      ...(allowedPorts.length > 0 ? [] : (['port-not-allowed'] as const)),
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

function shorten(time: number, maxTime: number | undefined): number {
  if (maxTime === undefined || time === TIME_CLOSE) return time;
  return time === TIME_UNLIMITED ? maxTime : Math.min(time, maxTime);
}
