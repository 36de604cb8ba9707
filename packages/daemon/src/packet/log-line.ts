// A line of the kernel's packet log (iptables LOG, nft "log prefix", net/netfilter/nf_log_syslog.c) → a knock, or why it is
// none. Pure; takes any text, in time linear in its length, never throws. Whatever stands in front of "IN=" is not looked at.

import { isBadSource } from './ip.ts';
import type { PacketDrop, PacketKnock } from './knock-event.ts';

/** Longer lines are none of ours: the kernel's have at most a thousand characters. */
export const MAX_LINE_CHARACTERS = 2048;

/** Why a line is no knock. `no-packet`: it tells of no packet, or not in a form we read. `long-line`: it was not looked at. */
export type LineDrop = PacketDrop | 'no-packet' | 'long-line';

/** A knock that a line tells of. */
export interface LoggedKnock extends PacketKnock {
  /** Whether the line has the TCP sequence number (--log-tcp-sequence); otherwise it is 0. */
  readonly hasSequence: boolean;
}

/** Reads a line. */
export function parseLogLine(line: string): LoggedKnock | LineDrop {
  if (line.length > MAX_LINE_CHARACTERS) return 'long-line';
  const words = packetWords(line);
  if (!words) return 'no-packet';
  const found = new Map<string, string>();
  const flags = new Set<string>();
  for (const word of words) {
    // An ICMP error has a second packet in brackets.
    if (word.startsWith('[') || word === 'INCOMPLETE') break;
    const equals = word.indexOf('=');
    // The first of each name counts.
    if (equals > 0 && !found.has(word.slice(0, equals))) found.set(word.slice(0, equals), word.slice(equals + 1));
    else if (word.startsWith('FRAG:') || word === 'MF') return 'fragment';
    else if (found.has('PROTO')) flags.add(word);
  }
  if (found.get('IN') === '' || found.get('OUT') !== '') return 'not-incoming';
  const source = parseLoggedAddress(found.get('SRC') ?? '');
  if (!source) return 'no-packet';
  if (isBadSource(source)) return 'bad-source';
  return readTransport(source, found, flags);
}

function readTransport(source: Uint8Array, found: ReadonlyMap<string, string>, flags: ReadonlySet<string>) {
  const isTcp = found.get('PROTO') === 'TCP';
  if (!isTcp && found.get('PROTO') !== 'UDP') return found.has('PROTO') ? 'not-transport' : 'short';
  const sourcePort = readNumber(found.get('SPT'), 0xffff);
  const destinationPort = readNumber(found.get('DPT'), 0xffff);
  if (sourcePort === undefined || destinationPort === undefined) return 'short';
  if (!isTcp) {
    return { source, sourcePort, destinationPort, protocol: 'udp', sequenceNumber: 0, hasSequence: false } as const;
  }
  if (!flags.has('SYN') || ['ACK', 'RST', 'FIN'].some((flag) => flags.has(flag))) return 'not-syn';
  const sequence = readNumber(found.get('SEQ'), 0xffffffff);
  const hasSequence = sequence !== undefined;
  return { source, sourcePort, destinationPort, protocol: 'tcp', sequenceNumber: sequence ?? 0, hasSequence } as const;
}

/** From "IN=" on, which stands before the first " OUT=", with the name of an interface between them. */
function packetWords(line: string): string[] | undefined {
  const out = line.indexOf(' OUT=');
  if (out < 0) return undefined;
  const begin = line.lastIndexOf('IN=', out);
  if (begin < 0 || line.slice(begin, out).includes(' ')) return undefined;
  return line.slice(begin).split(' ');
}

/** @returns undefined when it is no number in decimal digits, or a greater one */
export function readNumber(text: string | undefined, most: number): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  return Number(text) <= most ? Number(text) : undefined;
}

/** The kernel's notation: four decimal numbers, or eight groups of four hexadecimal digits. */
function parseLoggedAddress(text: string): Uint8Array | undefined {
  if (/^[0-9a-f]{4}(?::[0-9a-f]{4}){7}$/.test(text)) {
    const hex = text.replaceAll(':', '');
    return Uint8Array.from({ length: 16 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
  }
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return undefined;
  const bytes = text.split('.').map(Number);
  return bytes.every((byte) => byte <= 255) ? Uint8Array.from(bytes) : undefined;
}
