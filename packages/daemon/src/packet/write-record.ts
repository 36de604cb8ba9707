// The fixed-size record in which the capture process hands a knock to the daemon: how it is written. The capture process
// needs no more than this, and so never loads the codec; knock-record.ts reads.
//
//   0  kind: 4 or 6, the version of IP      1  protocol: 6 or 17        2–7   zero
//   8  source port, 2 bytes                10  destination port, 2     12  TCP sequence number, 4
//  16  time in ms, 8 (IEEE double)         24  source address, 16 (IPv4: the first 4)          all big-endian

import type { PacketKnock } from './knock-event.ts';

/** Bytes of one record. */
export const RECORD_BYTES = 40;

/** Numbers of IANA, as they stand in byte 1. */
export const TCP = 6;
export const UDP = 17;

/**
 * Writes a knock. The inverse of `readRecord`.
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
