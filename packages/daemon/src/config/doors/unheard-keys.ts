// What a door asks for that no line of a log tells: what is in a datagram, flags that a SYN has not, where it was sent to.
// Such a door could never be knocked on. Pure.

import { showValue } from '@eightknock/codec';
import type { KnockSource } from '../config.ts';
import type { DoorConfig } from '../door-config.ts';
import type { Problem } from '../problem.ts';

/** The flags of every knock of a log, byte 13 of the header: packet/log-line.ts takes no other lines. */
const SYN = 2;
const HINT = 'packets have it: source = "pcap" (the default), or "nflog:745" with a rule: docs/sources.md';

/** A key, and what is expected of it. */
export interface UnheardKey extends Required<Pick<Problem, 'expected' | 'hint'>> {
  readonly key: 'kind' | 'tcp_flags' | 'target';
}

/** @returns none for a source of packets */
export function unheardKeys(door: DoorConfig, source: KnockSource): UnheardKey[] {
  if (source.kind !== 'log' && source.kind !== 'journal') return [];
  const written = showValue(source.kind === 'log' ? `log:${source.file}` : source.kind);
  const unheard = (key: UnheardKey['key'], what: string, why: string): UnheardKey => {
    return { key, expected: `${what} for door "${door.name}" together with source = ${written}: ${why}`, hint: HINT };
  };
  if (door.kind === 'tumbler' || door.kind === 'spa') {
    return [unheard('kind', 'no such kind', 'a log does not tell what is in a datagram')];
  }
  if (door.kind === 'encrypted') return [];
  const found: UnheardKey[] = [];
  if (takesTcp(door) && (SYN & door.tcpFlags.mask) !== door.tcpFlags.value) {
    found.push(unheard('tcp_flags', 'flags that a SYN has', 'of TCP a log tells SYN alone'));
  }
  if (door.target !== undefined) found.push(unheard('target', 'none', 'where a packet went is not read from a log'));
  return found;
}

/** The sequences of a file are not looked at: they may be. */
function takesTcp(door: Extract<DoorConfig, { readonly kind: 'sequence' | 'one-time' | 'digits' }>): boolean {
  if (door.kind === 'one-time') return true;
  const all = door.kind === 'sequence' ? door.knocks : [...door.start, door.zero, ...door.end];
  return all.some(({ protocol }) => protocol === 'tcp');
}
