// Writes capture files for the tests, as tcpdump does.

import type { FilePacket } from '#src/packet/pcap-file.js';

/** A file. @param linkType by its number */
export function pcapFile(
  packets: readonly FilePacket[],
  linkType = 1,
  { isLittle = true, isNano = false } = {},
): Buffer {
  const words = (...values: number[]) => {
    const bytes = Buffer.alloc(4 * values.length);
    for (const [i, value] of values.entries()) {
      if (isLittle) bytes.writeUInt32LE(value, 4 * i);
      else bytes.writeUInt32BE(value, 4 * i);
    }
    return bytes;
  };
  const version = isLittle ? 0x0004_0002 : 0x0002_0004;
  return Buffer.concat([
    words(isNano ? 0xa1b23c4d : 0xa1b2c3d4, version, 0, 0, 262_144, linkType),
    ...packets.flatMap(({ frame, timeMs }) => [
      words(Math.floor(timeMs / 1000), (timeMs % 1000) * (isNano ? 1e6 : 1e3), frame.length, frame.length),
      frame,
    ]),
  ]);
}
