// The record in which the capture process hands a knock to the daemon: how it is written. The capture process needs no more
// than this, and so never loads the codec; knock-record.ts reads. A record is one cell; the payload of a datagram fills the
// cells behind it, so that a reader that lost its place finds it again at the next cell.
//
//   0  version of IP: 4 or 6                1  protocol: 6 or 17        2  flags of TCP, with 0x80; 0: not told
//   3  kind: 0 knock, 1 datagram            4  bytes of payload, 2      6–7  zero
//   8  source port, 2 bytes                10  destination port, 2     12  TCP sequence number, 4
//  16  time in ms, 8 (IEEE double)         24  source address, 16 (IPv4: the first 4)
//  40  destination address, likewise; zero: not told                                            all big-endian

import type { PacketKnock } from './knock-event.ts';

/** Bytes of one cell. */
export const RECORD_BYTES = 56;

/** Numbers of IANA, as they stand in byte 1. */
export const TCP = 6;
export const UDP = 17;
/** Kinds, as they stand in byte 3. */
export const KNOCK = 0;
export const DATAGRAM = 1;
/** Marks flags that are told. */
export const FLAGS_TOLD = 0x80;

/** Bytes that a knock takes: one cell, and those of its payload. */
export function recordBytes({ payload }: Pick<PacketKnock, 'payload'>): number {
  return RECORD_BYTES * (1 + cellsOf(payload?.length ?? 0));
}

/** Cells that a payload takes. */
export function cellsOf(payloadBytes: number): number {
  return Math.ceil(payloadBytes / RECORD_BYTES);
}

/**
 * Writes a knock. The inverse of `readRecord`.
 * @param timeMs milliseconds since 1970
 * @param into at least `at` + {@link recordBytes}
 */
export function writeRecord(knock: PacketKnock, timeMs: number, into: Buffer, at: number): void {
  const { source, destination, tcpFlags, payload } = knock;
  into.fill(0, at, at + recordBytes(knock));
  into[at] = source.length === 4 ? 4 : 6;
  into[at + 1] = knock.protocol === 'tcp' ? TCP : UDP;
  if (tcpFlags !== undefined) into[at + 2] = tcpFlags | FLAGS_TOLD;
  into.writeUInt16BE(knock.sourcePort, at + 8);
  into.writeUInt16BE(knock.destinationPort, at + 10);
  into.writeUInt32BE(knock.sequenceNumber, at + 12);
  into.writeDoubleBE(timeMs, at + 16);
  into.set(source, at + 24);
  if (destination) into.set(destination, at + 40);
  if (!payload) return;
  into[at + 3] = DATAGRAM;
  into.writeUInt16BE(payload.length, at + 4);
  into.set(payload, at + RECORD_BYTES);
}
