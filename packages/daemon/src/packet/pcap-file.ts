// A capture file as tcpdump -w writes it (https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-05.html) → its packets. Takes
// bytes in any portions; holds one packet at most. Not pcapng: `editcap -F pcap` makes one of the other.

import { type LinkType, linkTypeOfNumber } from './link.ts';

const FILE_HEADER_BYTES = 24;
const PACKET_HEADER_BYTES = 16;
/** Longest packet that libpcap keeps; more is no length but garbage. */
export const MAX_PACKET_BYTES = 262_144;
const MICROSECONDS = 0xa1b2c3d4;
const NANOSECONDS = 0xa1b23c4d;
const PCAPNG = 0x0a0d0d0a;

/** One packet. */
export interface FilePacket {
  /** As far as it was kept. */
  readonly frame: Uint8Array;
  /** When it was captured, milliseconds since 1970. */
  readonly timeMs: number;
}

/** Why a file cannot be read, or not to its end. */
export type PcapProblem = 'not-pcap' | 'pcapng' | 'link-type' | 'damaged' | 'cut-off';

/** Reads one file. */
export class PcapReader {
  #rest: Uint8Array = new Uint8Array(0);
  #header: { readonly isLittle: boolean; readonly unitsPerMs: number } | undefined;
  #linkType: LinkType | undefined;
  #problem: PcapProblem | undefined;

  /** Of all packets of the file; undefined before its header was read. */
  get linkType(): LinkType | undefined {
    return this.#linkType;
  }

  /** What is wrong; nothing more is given then. */
  get problem(): PcapProblem | undefined {
    return this.#problem;
  }

  /** Takes the next bytes. @returns the packets that are complete with them */
  take(chunk: Uint8Array): FilePacket[] {
    const bytes = join(this.#rest, chunk);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const packets: FilePacket[] = [];
    let at = 0;
    if (!this.#header && bytes.length >= FILE_HEADER_BYTES) {
      this.#readHeader(view);
      at = FILE_HEADER_BYTES;
    }
    while (this.#header && !this.#problem && bytes.length >= at + PACKET_HEADER_BYTES) {
      const { isLittle, unitsPerMs } = this.#header;
      const length = view.getUint32(at + 8, isLittle);
      if (length > MAX_PACKET_BYTES) this.#problem = 'damaged';
      if (length > MAX_PACKET_BYTES || bytes.length < at + PACKET_HEADER_BYTES + length) break;
      const timeMs = view.getUint32(at, isLittle) * 1000 + view.getUint32(at + 4, isLittle) / unitsPerMs;
      at += PACKET_HEADER_BYTES;
      packets.push({ frame: bytes.subarray(at, at + length), timeMs });
      at += length;
    }
    this.#rest = this.#problem ? new Uint8Array(0) : bytes.slice(at);
    return packets;
  }

  /** The file has ended. */
  end(): void {
    if (!this.#header) this.#problem ??= 'not-pcap';
    else if (this.#rest.length > 0) this.#problem ??= 'cut-off';
  }

  #readHeader(view: DataView): void {
    const [little, big] = [view.getUint32(0, true), view.getUint32(0)];
    const isLittle = little === MICROSECONDS || little === NANOSECONDS;
    const magic = isLittle ? little : big;
    this.#header = { isLittle, unitsPerMs: magic === NANOSECONDS ? 1e6 : 1e3 };
    if (magic === PCAPNG) this.#problem = 'pcapng';
    else if (magic !== MICROSECONDS && magic !== NANOSECONDS) this.#problem = 'not-pcap';
    // The upper half says how long the frame's checksum is.
    else this.#linkType = linkTypeOfNumber(view.getUint32(20, isLittle) & 0xffff);
    if (!this.#problem && !this.#linkType) this.#problem = 'link-type';
  }
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
