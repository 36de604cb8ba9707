// Hints that stand by themselves.

import type { TransportPort } from '@eightknock/codec';
import { showName } from '@eightknock/codec';
import type { AddressFamily } from '../claimed-address.ts';
import type { PortLook } from '../try-connect.ts';
import { describeCode } from './failures.ts';
import { LOOKS } from './progress.ts';
import { formatSeconds, listPorts } from './words.ts';

/** Why the knock says "source" though nobody asked for it. */
export function sourceHint(ownAddress: string): string {
  return `the server will not see this machine as ${ownAddress}, so the knock opens for the address it comes from, which somebody on the way could use for themselves; safer is --ip with your public address`;
}

/** A way on which nothing can be sent, while another one is left. */
export function wayGivenUpHint(address: string, code: string): string {
  return `not knocked at ${address}: ${describeCode(code)}`;
}

/** One family is open, the other is not. */
export function wayNotOpenHint(port: number, family: AddressFamily, look: PortLook): string {
  return `port ${port} is not open over IPv${family} (${LOOKS[look]}); -${family === 4 ? 6 : 4} leaves IPv${family} out`;
}

/** The port is not on the list that came with the link. */
export function unlistedPortHint(port: number, name: string, ports: readonly TransportPort[]): string {
  return `port ${port} is not among those saved for ${showName(name)}: ${listPorts(ports)}`;
}

/** So slow that the server forgets the first knock before the last has come. */
export function slowHint(seconds: number): string {
  return `the eight knocks take ${formatSeconds(seconds)}; servers forget knocks after 10 s unless their sequence_timeout is longer`;
}
