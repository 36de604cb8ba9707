// Packets made by hand for the tests: each part a function, put together by concatenation.

/** What a TCP SYN of the tests looks like where nothing else is said. */
export interface Segment {
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly sequenceNumber?: number;
  readonly flags?: number;
}

export function tcp({
  sourcePort = 40000,
  destinationPort = 750,
  sequenceNumber = 7,
  flags = 2,
}: Segment = {}): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(destinationPort, 2);
  header.writeUInt32BE(sequenceNumber, 4);
  header[12] = 0x50;
  header[13] = flags;
  return header;
}

export function udp({ sourcePort = 40000, destinationPort = 750 }: Segment = {}): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(destinationPort, 2);
  header.writeUInt16BE(8, 4);
  return header;
}

/** A datagram with a payload, whose length may be told wrongly. */
export function udpWith(payload: Buffer, destinationPort: number, length = 8 + payload.length): Buffer {
  const header = udp({ destinationPort });
  header.writeUInt16BE(length, 4);
  return Buffer.concat([header, payload]);
}

export function ipv4(
  payload: Buffer,
  { protocol = 6, source = [10, 0, 0, 2], fragment = 0x4000, options = 0 } = {},
): Buffer {
  const header = Buffer.alloc(20 + options);
  header[0] = 0x40 | (header.length / 4);
  header.writeUInt16BE(header.length + payload.length, 2);
  header.writeUInt16BE(fragment, 6);
  header[9] = protocol;
  header.set(source, 12);
  header.set([10, 0, 0, 1], 16);
  return Buffer.concat([header, payload]);
}

export const IPV6_SOURCE = [0xfd, 0x77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];

export function ipv6(payload: Buffer, { next = 6, source = IPV6_SOURCE } = {}): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(payload.length, 4);
  header[6] = next;
  header.set(source, 8);
  return Buffer.concat([header, payload]);
}

/** An extension header of `bytes` (a multiple of eight) that says what comes next. */
export function extension(next: number, payload: Buffer, bytes = 8): Buffer {
  const header = Buffer.alloc(bytes);
  header[0] = next;
  header[1] = bytes / 8 - 1;
  return Buffer.concat([header, payload]);
}

export function ethernet(
  packet: Buffer,
  { vlans = [] as number[], etherType = packet[0]! >> 4 === 4 ? 0x0800 : 0x86dd } = {},
): Buffer {
  const tags = vlans.map((type) => Buffer.from([type >> 8, type & 255, 0, 5]));
  return Buffer.concat([Buffer.alloc(12), ...tags, Buffer.from([etherType >> 8, etherType & 255]), packet]);
}

export function cooked(packet: Buffer, { type = 0, etherType = packet[0]! >> 4 === 4 ? 0x0800 : 0x86dd } = {}): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(etherType, 14);
  return Buffer.concat([header, packet]);
}

/** Linux cooked, version 2, as `tcpdump -i any` writes it. @param type 0: to us, 4: sent by us */
export function cooked2(ip: Buffer, { type = 0 } = {}): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE((ip[0] as number) >> 4 === 6 ? 0x86dd : 0x0800, 0);
  header[10] = type;
  return Buffer.concat([header, ip]);
}

/** A packet of a log group of the kernel. @param hook of netfilter: 0: prerouting, 1: input, 3: output */
export function logged(ip: Buffer, { hook = 0, prefix = '' } = {}): Buffer {
  const attribute = (type: number, value: Buffer) => {
    const header = Buffer.alloc(4);
    header.writeUInt16LE(4 + value.length, 0);
    header.writeUInt16LE(type, 2);
    return Buffer.concat([header, value, Buffer.alloc(-value.length & 3)]);
  };
  return Buffer.concat([
    Buffer.from([2, 0, 0x02, 0xe9]),
    attribute(1, Buffer.from([8, 0, hook, 0])),
    attribute(10, Buffer.from(`${prefix}\0`)),
    attribute(9, ip),
  ]);
}
