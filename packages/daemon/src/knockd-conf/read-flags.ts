// `syn,!ack` → which TCP packets are a knock. The value of TCPFlags.

import { showValue } from '@eightknock/codec';
import type { TcpFlags } from '../config/door-config.ts';
import type { SequenceFault } from './read-sequence.ts';

/** Byte 13 of the TCP header, RFC 9293, section 3.1. */
const BITS: Readonly<Record<string, number>> = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 };
/** Any TCP packet: what knockd takes where TCPFlags says nothing. */
export const ANY_FLAGS: TcpFlags = { mask: 0, value: 0 };

const EXPECTED = 'flags of fin, syn, rst, psh, ack, urg, separated by commas, each alone or with "!" before it';

/** What a text is. */
export interface ReadFlags {
  /** Makes sense only where there are no faults. */
  readonly flags: TcpFlags;
  readonly faults: readonly SequenceFault[];
}

/** Reads flags; every fault at once. @param before to which they are added */
export function readFlags(text: string, before: TcpFlags = ANY_FLAGS): ReadFlags {
  const faults: SequenceFault[] = [];
  let [set, clear] = [before.value, before.mask & ~before.value];
  for (const part of text.split(',').slice(0, 64)) {
    const word = part.trim();
    const isNegated = word.startsWith('!');
    const name = word.slice(isNegated ? 1 : 0).toLowerCase();
    const bit = Object.hasOwn(BITS, name) ? (BITS[name] as number) : undefined;
    if (bit === undefined) faults.push({ value: showValue(word), expected: EXPECTED });
    else if (isNegated) clear |= bit;
    else set |= bit;
  }
  for (const [name, bit] of Object.entries(BITS)) {
    if ((set & clear & bit) === 0) continue;
    const hint = 'no packet has a flag and does not have it';
    faults.push({ value: showValue(`${name},!${name}`), expected: 'each flag once', hint });
  }
  return { flags: { mask: set | clear, value: set }, faults };
}

/** The names of flags, as `tcp_flags` of knockdaemon.toml takes them. The inverse of {@link readFlags}. */
export function namesOfFlags({ mask, value }: TcpFlags): string[] {
  return Object.entries(BITS)
    .filter(([, bit]) => (mask & bit) !== 0)
    .map(([name, bit]) => ((value & bit) === 0 ? `!${name}` : name));
}
