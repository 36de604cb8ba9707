// The knocks that name a port by its decimal digits: the start, one knock a digit, the end. Pure.

import { requireInteger } from './require.ts';
import type { TransportPort } from './transport-port.ts';

/** The largest port of digit 0: that of digit 9 exists, too. */
const MAX_ZERO = 65535 - 9;
/** Digits of the largest port. */
export const MAX_DIGITS = 5;

/** How a door of digits is knocked on. */
export interface DigitKnocks {
  /** 1–32. */
  readonly start: readonly TransportPort[];
  /** The knock of digit 0; those of 1 to 9 are the nine ports after it. At most port 65526. */
  readonly zero: TransportPort;
  /** 1–32. */
  readonly end: readonly TransportPort[];
}

/**
 * All knocks for a port, in their order.
 * @param port 1–65535
 * @throws TypeError or RangeError that names what is wrong
 */
export function digitKnocks({ start, zero, end }: DigitKnocks, port: number): TransportPort[] {
  requireInteger('zero port', zero.port, 1, MAX_ZERO);
  requireInteger('port', port, 1, 65535);
  const digits = [...String(port)].map((digit) => ({ protocol: zero.protocol, port: zero.port + Number(digit) }));
  return [...start, ...digits, ...end];
}

/** The digit that a knock stands for, 0–9; undefined when it is none. */
export function digitOf({ zero }: Pick<DigitKnocks, 'zero'>, { protocol, port }: TransportPort): number | undefined {
  const digit = port - zero.port;
  return protocol === zero.protocol && digit >= 0 && digit <= 9 ? digit : undefined;
}

/**
 * Would the knocks for this port be taken for those of a shorter number, as the end comes too soon in them?
 * @throws as {@link digitKnocks}
 */
export function endsEarly(door: DigitKnocks, port: number): boolean {
  const knocks = digitKnocks(door, port);
  const from = door.start.length;
  for (let length = from + 1 + door.end.length; length < knocks.length; length++) {
    const tail = knocks.slice(length - door.end.length, length);
    if (tail.every((knock, i) => isSamePort(knock, door.end[i] as TransportPort))) return true;
  }
  return false;
}

/** Are they the same port of the same protocol? */
export function isSamePort(a: TransportPort, b: TransportPort): boolean {
  return a.port === b.port && a.protocol === b.protocol;
}
