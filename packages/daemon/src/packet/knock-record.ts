// Reads the record in which the capture process hands over a knock; write-record.ts draws it. Reading cannot fail: whatever
// the 40 bytes are, they are a knock or nothing, so a broken or hostile capture process can only claim that knocks were seen.

import { formatAddress } from '@eightknock/codec';
import type { KnockEvent } from './knock-event.ts';
import { TCP, UDP } from './write-record.ts';

export { RECORD_BYTES, writeRecord } from './write-record.ts';

/**
 * Reads a knock. The inverse of `writeRecord`.
 * @param from at least `at` + 40 bytes; any content
 * @returns undefined when the bytes are no record
 */
export function readRecord(from: Buffer, at: number): KnockEvent | undefined {
  const version = from[at];
  const protocol = from[at + 1];
  const timeMs = from.readDoubleBE(at + 16);
  if ((version !== 4 && version !== 6) || (protocol !== TCP && protocol !== UDP)) return undefined;
  // Infinity is no time either: what adds a window to it would wait for ever.
  if (!(timeMs >= 0 && timeMs <= MOST_TIME_MS)) return undefined;
  return {
    sourceAddress: formatAddress(from.subarray(at + 24, at + (version === 4 ? 28 : 40))),
    sourcePort: from.readUInt16BE(at + 8),
    destinationPort: from.readUInt16BE(at + 10),
    protocol: protocol === TCP ? 'tcp' : 'udp',
    sequenceNumber: from.readUInt32BE(at + 12),
    timeMs,
  };
}

/** What a Date can hold (ECMA-262, section "Time Values"). */
const MOST_TIME_MS = 8.64e15;
