// Which packets are knocks of a door at all: those on its ports, with its flags, to its address, and none of them twice.

import type { TransportPort } from '@eightknock/codec';
import type { TcpFlags } from '../config/door-config.ts';
import type { KnockEvent } from '../packet/knock-event.ts';
import type { Heard, HeardPort } from './recogniser.ts';

/** SYN without ACK, RST and FIN: what is heard where nothing else is asked for. */
const SYN = 2;
/** Sources remembered for a door at most; some 800 bytes each. */
export const MAX_DOOR_SOURCES = 16_384;

/** What a door says of its knocks. */
export interface KnockTerms {
  readonly tcpFlags: TcpFlags;
  readonly target?: string;
}

/** Is it one, if its port is? */
export function isOnTerms({ protocol, tcpFlags = SYN, destinationAddress }: KnockEvent, terms: KnockTerms): boolean {
  const { mask, value } = terms.tcpFlags;
  if (protocol === 'tcp' && (tcpFlags & mask) !== value) return false;
  return terms.target === undefined || terms.target === destinationAddress;
}

/** What a door must be given to hear knocks on these ports. */
export function heardOn(ports: readonly TransportPort[], terms: KnockTerms, shortest: number): Heard {
  const knocks = ports.map(
    ({ protocol, port }): HeardPort =>
      protocol === 'tcp' ? { protocol, port, flags: terms.tcpFlags } : { protocol, port },
  );
  return { knocks, datagrams: [], shortest, ...(terms.target !== undefined && { target: terms.target }) };
}
