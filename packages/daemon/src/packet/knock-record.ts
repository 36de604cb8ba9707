// Reads the record in which the capture process hands over a knock; write-record.ts draws it. Reading cannot fail: whatever
// the bytes are, they are a knock or nothing, so a broken or hostile capture process can only claim that knocks were seen.

import { AddressTexts } from './address-texts.ts';
import { type DatagramEvent, type KnockEvent, MAX_PAYLOAD_BYTES } from './knock-event.ts';
import { cellsOf, DATAGRAM, FLAGS_TOLD, KNOCK, RECORD_BYTES, TCP, UDP } from './write-record.ts';

const texts = new AddressTexts();

export { RECORD_BYTES, recordBytes, writeRecord } from './write-record.ts';

/**
 * Bytes of the record that begins here, its payload included.
 * @param from at least `at` + 56 bytes; any content
 * @returns 56 where there is no payload, or no record
 */
export function lengthOfRecord(from: Buffer, at: number): number {
  return RECORD_BYTES * (1 + cellsOf(isDatagramRecord(from, at) ? from.readUInt16BE(at + 4) : 0));
}

/**
 * Reads a knock. The inverse of `writeRecord`.
 * @param from at least `at` + {@link lengthOfRecord} bytes; any content
 * @returns undefined when the bytes are no record
 */
export function readRecord(from: Buffer, at: number): KnockEvent | DatagramEvent | undefined {
  const version = from[at];
  const protocol = from[at + 1];
  const flags = from[at + 2] as number;
  const timeMs = from.readDoubleBE(at + 16);
  if ((version !== 4 && version !== 6) || (protocol !== TCP && protocol !== UDP)) return undefined;
  // Infinity is no time either: what adds a window to it would wait for ever.
  if (!(timeMs >= 0 && timeMs <= MAX_TIME_MS)) return undefined;
  const isDatagram = isDatagramRecord(from, at);
  if (!isDatagram && from[at + 3] !== KNOCK) return undefined;
  const addressBytes = version === 4 ? 4 : 16;
  const event: Writable<KnockEvent> = {
    sourceAddress: texts.read(from, at + 24, addressBytes),
    sourcePort: from.readUInt16BE(at + 8),
    destinationPort: from.readUInt16BE(at + 10),
    protocol: protocol === TCP ? 'tcp' : 'udp',
    sequenceNumber: from.readUInt32BE(at + 12),
    timeMs,
  };
  if ((flags & FLAGS_TOLD) !== 0 && protocol === TCP) event.tcpFlags = flags & 0x3f;
  if (isTold(from, at + 40)) {
    event.destinationAddress = texts.read(from, at + 40, addressBytes);
  }
  if (!isDatagram) return event;
  // A copy: a view would keep the whole chunk alive.
  const payload = Uint8Array.from(from.subarray(at + RECORD_BYTES, at + RECORD_BYTES + from.readUInt16BE(at + 4)));
  return { ...event, protocol: 'udp', kind: 'datagram', payload };
}

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** Are there bytes other than zero in the sixteen of an address? */
function isTold(from: Buffer, at: number): boolean {
  return (
    (from.readUInt32BE(at) | from.readUInt32BE(at + 4) | from.readUInt32BE(at + 8) | from.readUInt32BE(at + 12)) !== 0
  );
}

function isDatagramRecord(from: Buffer, at: number): boolean {
  return from[at + 1] === UDP && from[at + 3] === DATAGRAM && from.readUInt16BE(at + 4) <= MAX_PAYLOAD_BYTES;
}

/** What a Date can hold (ECMA-262, section "Time Values"). */
const MAX_TIME_MS = 8.64e15;
