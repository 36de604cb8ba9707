// The frame parser against anything: no exception, no byte read beyond the frame, nothing impossible in the result.

import test from 'ava';
import { FrameReader, parseFrame } from '#src/packet/frame.js';
import type { PacketDrop, PacketKnock } from '#src/packet/knock-event.js';
import type { LinkType } from '#src/packet/link.js';
import { FUZZ_RUNS, Seeded } from '../seeded.js';
import { cooked, cooked2, ethernet, extension, ipv4, ipv6, logged, tcp, udp } from './packets.js';

const REAL: Readonly<Record<LinkType, readonly Buffer[]>> = {
  ETHERNET: [
    ethernet(ipv4(tcp())),
    ethernet(ipv4(udp(), { protocol: 17, options: 12 }), { vlans: [0x8100] }),
    ethernet(ipv6(tcp()), { vlans: [0x88a8, 0x8100] }),
    ethernet(ipv6(extension(60, extension(6, tcp(), 16)), { next: 0 })),
  ],
  LINKTYPE_LINUX_SLL: [
    cooked(ipv4(tcp())),
    cooked(ipv6(extension(43, extension(60, extension(17, udp()))), { next: 0 })),
    cooked(ipv4(tcp(), { options: 40 })),
  ],
  LINUX_SLL2: [cooked2(ipv4(tcp())), cooked2(ipv6(udp(), { next: 17 }))],
  NFLOG: [
    logged(ipv4(tcp())),
    logged(ipv6(extension(60, extension(6, tcp(), 16)), { next: 0 }), { prefix: 'knock: ' }),
  ],
  RAW: [ipv4(tcp()), ipv6(udp(), { next: 17 }), ipv6(extension(51, extension(6, tcp())), { next: 60 })],
};
const LONGEST = 160;
/** More than any header can reach beyond the end. */
const GUARD = 2100;

/** A real frame, changed, cut, lengthened or doubled in places; or no frame at all. */
function anyFrame(random: Seeded, linkType: LinkType): Buffer {
  if (random.below(8) === 0) return random.bytes(random.below(LONGEST));
  const frame = Buffer.from(random.of(REAL[linkType]));
  for (let changes = random.below(5); changes > 0; changes--) frame[random.below(frame.length)] = random.byte();
  switch (random.below(4)) {
    case 0:
      return frame.subarray(0, random.below(frame.length + 1));
    case 1:
      return Buffer.concat([frame, random.bytes(random.below(40))]);
    case 2: {
      const at = random.below(frame.length);
      return Buffer.concat([frame.subarray(0, at), frame.subarray(random.below(frame.length))]);
    }
    default:
      return frame;
  }
}

/** The result as text. */
function show(knock: PacketKnock | PacketDrop): string {
  if (typeof knock === 'string') return knock;
  const { source, destination, sourcePort, destinationPort, protocol, sequenceNumber, tcpFlags } = knock;
  for (const [value, below] of [
    [sourcePort, 2 ** 16],
    [destinationPort, 2 ** 16],
    [sequenceNumber, 2 ** 32],
  ] as const) {
    if (!(Number.isInteger(value) && value >= 0 && value < below)) throw new Error(`${value} is no field`);
  }
  if (source.length !== 4 && source.length !== 16) throw new Error(`a source of ${source.length} bytes`);
  const hex = (address: Uint8Array = Buffer.of()) => Buffer.from(address).toString('hex');
  return `${protocol} ${hex(source)} ${hex(destination)} ${sourcePort} ${destinationPort} ${sequenceNumber} ${tcpFlags}`;
}

/** The frame as something that throws when a byte is read that it has not got; an array of bytes would say undefined. */
function strict(frame: Uint8Array): Uint8Array {
  return new Proxy(frame, {
    get(target, key) {
      if (typeof key === 'string' && /^(\d|-|NaN)/.test(key) && !(key in target))
        throw new Error(`byte ${key} was read`);
      const value: unknown = Reflect.get(target, key, target);
      if (key === 'subarray') return (start: number, end: number) => strict(target.subarray(start, end));
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

for (const linkType of ['ETHERNET', 'LINKTYPE_LINUX_SLL', 'RAW'] as const) {
  test(`${linkType}: any bytes are a knock or none, and what lies around them does not matter`, (t) => {
    const random = new Seeded();
    const surroundings = [Buffer.of(0), Buffer.of(0xff), tcp(), ipv4(tcp())].map((filling) =>
      Buffer.alloc(2 * GUARD + 2 * LONGEST, filling),
    );
    const reader = new FrameReader(linkType);
    let frame: Buffer = Buffer.alloc(0);
    let knocks = 0;
    random.fuzz(
      FUZZ_RUNS,
      () => {
        frame = anyFrame(random, linkType);
        const alone = show(parseFrame(Buffer.from(frame), linkType));
        if (show(parseFrame(strict(frame), linkType)) !== alone) throw new Error('another answer when it is watched');
        if (alone.includes(' ')) knocks++;
        // Among them packets upon packets: what is read there, or is left of the frame before, would be taken for part of it.
        for (const around of surroundings) {
          frame.copy(around, GUARD);
          const within = show(reader.read(around.subarray(GUARD), frame.length));
          if (within !== alone) throw new Error(`"${alone}" alone, "${within}" among others`);
        }
      },
      () => frame.toString('hex'),
    );
    t.true(knocks > FUZZ_RUNS / 100, `${knocks} knocks`);
    t.true(knocks < FUZZ_RUNS * 0.9, `${knocks} knocks`);
  });
}
