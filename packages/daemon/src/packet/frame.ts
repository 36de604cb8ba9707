// A captured frame → a knock, or why it is none. Takes any bytes; never reads past their end, never throws. Reading allocates
// nothing: a flood would have it all collected again.

import { IpHeader, readIpHeader } from './ip.ts';
import type { PacketDrop, PacketKnock } from './knock-event.ts';
import { findIpHeader, type LinkType } from './link.ts';
import { FrameKnock, NOTHING_ELSE, readTransport, type WantedPackets } from './transport.ts';

/** Reads frames, one after the other, of one link type. */
export class FrameReader {
  readonly #linkType: LinkType;
  readonly #wanted: WantedPackets;
  readonly #ip = new IpHeader();
  readonly #knock = new FrameKnock();

  /**
   * @param linkType of the device they were captured on
   * @param wanted besides plain knocks
   */
  constructor(linkType: LinkType, wanted: WantedPackets = NOTHING_ELSE) {
    this.#linkType = linkType;
    this.#wanted = wanted;
  }

  /**
   * Reads a frame.
   * @param bytes the frame, and behind it anything
   * @param length of the frame as far as it was captured, in bytes
   * @returns the knock, which holds only until the next frame is read: it is the same object each time
   */
  read(bytes: Uint8Array, length: number): PacketKnock | PacketDrop {
    const start = findIpHeader(bytes, length, this.#linkType);
    if (typeof start === 'string') return start;
    return (
      readIpHeader(bytes, start, length, this.#ip) ??
      readTransport(bytes, this.#ip, this.#wanted, this.#knock) ??
      this.#knock
    );
  }
}

/** Reads one frame; see {@link FrameReader}. */
export function parseFrame(frame: Uint8Array, linkType: LinkType, wanted?: WantedPackets): PacketKnock | PacketDrop {
  return new FrameReader(linkType, wanted).read(frame, frame.length);
}
