// Keys that doors of port sequences share: the ports, the time they may take, which packets count. zod schemas.

import * as z from 'zod';
import type { TcpFlags } from '../door-config.ts';
import { address, transportPort } from '../values.ts';

/** Knocks in one sequence. */
export const MAX_KNOCKS = 32;
/** Seconds a sequence may take. */
export const MAX_TIMEOUT = 300;
const DEFAULT_TIMEOUT = 25;

const EXPECTED_KNOCKS = `an array of 1 to ${MAX_KNOCKS} ports such as "tcp/7000"`;
const EXPECTED_TIMEOUT = `a number from 1 to ${MAX_TIMEOUT} (seconds)`;
const EXPECTED_FLAGS =
  'an array of at least one of "syn" "ack" "fin" "rst" "psh" "urg", or with "!" before it, none twice';

/** Byte 13 of the TCP header, RFC 9293. */
const BITS: Readonly<Record<string, number>> = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 };
const SYN_WITHOUT_ACK: TcpFlags = { mask: 0x12, value: 0x02 };

/** Ports in their order. */
export const knocks = z
  .array(transportPort, { error: EXPECTED_KNOCKS })
  .min(1, { error: EXPECTED_KNOCKS })
  .max(MAX_KNOCKS, { error: EXPECTED_KNOCKS });

const flags = z
  .array(z.string({ error: EXPECTED_FLAGS }), { error: EXPECTED_FLAGS })
  .min(1, { error: EXPECTED_FLAGS })
  .refine((names) => readFlags(names) !== undefined, { error: EXPECTED_FLAGS })
  .transform((names) => readFlags(names) as TcpFlags);

/** Keys of every door of knocks. */
export const KNOCKED_SHAPE = {
  timeout: z
    .number({ error: EXPECTED_TIMEOUT })
    .min(1, { error: EXPECTED_TIMEOUT })
    .max(MAX_TIMEOUT, { error: EXPECTED_TIMEOUT })
    .default(DEFAULT_TIMEOUT),
  tcp_flags: flags.default(SYN_WITHOUT_ACK),
  target: address.optional(),
} as const;

/** Keys of every door of one sequence. */
export const MATCHED_SHAPE = {
  ...KNOCKED_SHAPE,
  order: z.enum(['strict', 'tolerant'], { error: '"strict" or "tolerant"' }).default('strict'),
  source: z.enum(['same', 'any'], { error: '"same" or "any"' }).default('same'),
} as const;

/** What {@link KNOCKED_SHAPE} says. */
export function toKnocked(data: {
  readonly timeout: number;
  readonly tcp_flags: TcpFlags;
  readonly target?: string | undefined;
}) {
  const { timeout, tcp_flags: tcpFlags, target } = data;
  return { timeoutMs: Math.round(timeout * 1000), tcpFlags, ...(target !== undefined && { target }) };
}

function readFlags(names: readonly string[]): TcpFlags | undefined {
  let [mask, value] = [0, 0];
  for (const name of names) {
    const isNegated = name.startsWith('!');
    const key = isNegated ? name.slice(1) : name;
    const bit = Object.hasOwn(BITS, key) ? (BITS[key] as number) : 0;
    if (bit === 0 || (mask & bit) !== 0) return undefined;
    mask |= bit;
    if (!isNegated) value |= bit;
  }
  return { mask, value };
}
