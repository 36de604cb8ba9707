// `7000 8000:udp 9000` and the options beside them → knocks, or every mistake at once. Pure. The words of Debian's knock(1),
// but read as a whole: 70000 is not port 4464, and 7000:icmp is not TCP.

import { isHost, type TransportPort, type TransportProtocol } from '@eightknock/codec';
import type { AddressFamily } from './claimed-address.ts';
import type { Problem } from './exit.ts';
import { conflictProblem, expectedProblem } from './messages/wrong-use.ts';
import { EXPECTED_HOST, hostZoneHint, MAX_DELAY_MS } from './options.ts';

/** More knocks than this are not sent; a door has 32 at most. */
const MAX_KNOCKS = 256;

/** Options as commander gives them: unread. */
export interface RawPortOptions {
  readonly udp?: boolean;
  readonly delay?: string;
  readonly ipv4?: boolean;
  readonly ipv6?: boolean;
  readonly verbose?: boolean;
}

/** What is asked for. */
export interface PortSequence {
  /** In their order; never empty. */
  readonly knocks: readonly TransportPort[];
  /** Milliseconds between two knocks, 0–10000. */
  readonly delayMs: number;
  /** The only family to knock over. */
  readonly family?: AddressFamily;
}

/** What was read. */
export interface ReadPortSequence {
  /** Makes sense only where there are no problems. */
  readonly sequence: PortSequence;
  readonly problems: readonly Problem[];
}

/** @param words `PORT` or `PORT:tcp` or `PORT:udp` */
export function readPortSequence(host: string, words: readonly string[], raw: RawPortOptions): ReadPortSequence {
  const problems: Problem[] = [];
  if (raw.ipv4 && raw.ipv6) problems.push(conflictProblem('-4', '-6'));
  const delayMs = readDelay(raw.delay ?? '0');
  if (delayMs === undefined) {
    problems.push(expectedProblem('--delay', raw.delay, `an integer from 0 to ${MAX_DELAY_MS} (milliseconds)`));
  }
  if (!isHost(host)) problems.push(expectedProblem('HOST', host, EXPECTED_HOST, hostZoneHint(host)));
  if (words.length > MAX_KNOCKS) {
    problems.push(expectedProblem('PORT', `${words.length} ports`, `at most ${MAX_KNOCKS} of them`));
  }
  const knocks: TransportPort[] = [];
  for (const word of words.slice(0, MAX_KNOCKS)) {
    const knock = readKnock(word, raw.udp ? 'udp' : 'tcp');
    if (knock) knocks.push(knock);
    else problems.push(expectedProblem('PORT', word, EXPECTED_PORT, hintForPort(word)));
  }
  const family = raw.ipv4 ? 4 : raw.ipv6 ? 6 : undefined;
  return { sequence: { knocks, delayMs: delayMs ?? 0, ...(family && { family }) }, problems };
}

const EXPECTED_PORT = 'a port from 1 to 65535, alone or followed by ":tcp" or ":udp"';

function readKnock(word: string, usual: TransportProtocol): TransportPort | undefined {
  const [, port, protocol = usual] = /^([1-9]\d{0,4})(?::(tcp|udp))?$/i.exec(word) ?? [];
  if (port === undefined || Number(port) > 65_535) return undefined;
  return { protocol: protocol.toLowerCase() as TransportProtocol, port: Number(port) };
}

function hintForPort(word: string): string | undefined {
  const [, protocol, port] = /^(tcp|udp)[/:](\d{1,5})$/i.exec(word) ?? [];
  if (protocol !== undefined) return `write ${port}:${protocol.toLowerCase()}`;
  return /^\d[\d,]*,[\d,:a-z]*$/i.test(word) ? 'ports are separated by spaces here' : undefined;
}

function readDelay(text: string): number | undefined {
  const delay = /^(?:0|[1-9]\d{0,4})$/.test(text) ? Number(text) : Number.NaN;
  return delay <= MAX_DELAY_MS ? delay : undefined;
}
