// A captured frame → a knock, or why it is none. Takes any bytes; never reads past their end, never throws.

import { parseIp } from './ip.ts';
import type { PacketDrop, PacketKnock } from './knock-event.ts';
import { findIpHeader, type LinkType } from './link.ts';
import { NOTHING_ELSE, parseTransport, type WantedPackets } from './transport.ts';

/**
 * Reads a frame.
 * @param frame the captured bytes, no more than were captured
 * @param linkType of the device they were captured on
 * @param wanted besides plain knocks
 */
export function parseFrame(
  frame: Uint8Array,
  linkType: LinkType,
  wanted: WantedPackets = NOTHING_ELSE,
): PacketKnock | PacketDrop {
  const start = findIpHeader(frame, linkType);
  if (typeof start === 'string') return start;
  const ip = parseIp(frame, start);
  if (typeof ip === 'string') return ip;
  return parseTransport(frame, ip, wanted);
}
