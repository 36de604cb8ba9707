// The fixed-size record in which the capture process hands a knock to the daemon. Reading one cannot fail: whatever its
// 40 bytes are, they are a knock or nothing, so a broken or hostile capture process can only claim that knocks were seen.
//
//   0  kind: 4 or 6, the version of IP      1  protocol: 6 or 17        2–7   zero
//   8  source port, 2 bytes                10  destination port, 2     12  TCP sequence number, 4
//  16  time in ms, 8 (IEEE double)         24  source address, 16 (IPv4: the first 4)          all big-endian

import { formatAddress } from '@eightknock/codec';
import type { KnockEvent, PacketKnock } from './knock-event.ts';

/** Bytes of one record. */
export const RECORD_BYTES = 40;

const TCP = 6;
const UDP = 17;

/**
 * Writes a knock. The inverse of {@link readRecord}.
 * @param timeMs milliseconds since 1970
 * @param into at least `at` + 40 bytes
 */
export function writeRecord(knock: PacketKnock, timeMs: number, into: Buffer, at: number): void {
  into.fill(0, at, at + RECORD_BYTES);
  into[at] = knock.source.length === 4 ? 4 : 6;
  into[at + 1] = knock.protocol === 'tcp' ? TCP : UDP;
  into.writeUInt16BE(knock.sourcePort, at + 8);
  into.writeUInt16BE(knock.destinationPort, at + 10);
  into.writeUInt32BE(knock.sequenceNumber, at + 12);
  into.writeDoubleBE(timeMs, at + 16);
  into.set(knock.source, at + 24);
}

/**
 * Reads a knock. The inverse of {@link writeRecord}.
 * @param from at least `at` + 40 bytes; any content
 * @returns undefined when the bytes are no record
 */
export function readRecord(from: Buffer, at: number): KnockEvent | undefined {
  const version = from[at];
  const protocol = from[at + 1];
  const timeMs = from.readDoubleBE(at + 16);
  if ((version !== 4 && version !== 6) || (protocol !== TCP && protocol !== UDP) || !(timeMs >= 0)) return undefined;
  return {
    sourceAddress: formatAddress(from.subarray(at + 24, at + (version === 4 ? 28 : 40))),
    sourcePort: from.readUInt16BE(at + 8),
    destinationPort: from.readUInt16BE(at + 10),
    protocol: protocol === TCP ? 'tcp' : 'udp',
    sequenceNumber: from.readUInt32BE(at + 12),
    timeMs,
  };
}
