// IP packets as no honest sender would make them: any address, any flags, pieces, extension headers; checksums are right.

import { parseAddress } from '@eightknock/codec';

/** What is in front of a payload. */
export interface IpFields {
  readonly source: string;
  readonly destination: string;
  /** 6: TCP, 17: UDP, 0, 43, 44, 60: IPv6 extension headers. */
  readonly protocol: number;
  /** IPv4: flags and fragment offset, in units of 8 bytes. */
  readonly fragment?: number;
}

/** An IPv4 or IPv6 packet, as the addresses are; IPv4 in IPv6 (`::ffff:…`) makes an IPv6 packet. */
export function ipPacket({ source, destination, protocol, fragment = 0 }: IpFields, payload: Buffer): Buffer {
  if (!source.includes(':')) {
    const ip = Buffer.alloc(20);
    ip[0] = 0x45;
    ip.writeUInt16BE(20 + payload.length, 2);
    ip.writeUInt16BE(7, 4);
    ip.writeUInt16BE(fragment, 6);
    ip.set([64, protocol], 8);
    ip.set(addressBytes(source), 12);
    ip.set(addressBytes(destination), 16);
    ip.writeUInt16BE(checksum(ip), 10);
    return Buffer.concat([ip, payload]);
  }
  const ip = Buffer.alloc(40);
  ip[0] = 0x60;
  ip.writeUInt16BE(payload.length, 4);
  ip.set([protocol, 64], 6);
  ip.set(addressBytes(source), 8);
  ip.set(addressBytes(destination), 24);
  return Buffer.concat([ip, payload]);
}

/** A TCP header without data, for {@link ipPacket} with the same addresses. @param flags 2: SYN, 16: ACK, 1: FIN, 4: RST */
export function tcpSegment(source: string, destination: string, ports: readonly [number, number], flags = 2): Buffer {
  const tcp = Buffer.alloc(20);
  tcp.writeUInt16BE(ports[0], 0);
  tcp.writeUInt16BE(ports[1], 2);
  tcp.writeUInt32BE(1000 + ports[0], 4);
  tcp.set([0x50, flags, 4, 0], 12);
  tcp.writeUInt16BE(transportChecksum(source, destination, 6, tcp), 16);
  return tcp;
}

/** A UDP datagram, for {@link ipPacket} with the same addresses. */
export function udpDatagram(
  source: string,
  destination: string,
  ports: readonly [number, number],
  text: string,
): Buffer {
  const udp = Buffer.concat([Buffer.alloc(8), Buffer.from(text)]);
  udp.writeUInt16BE(ports[0], 0);
  udp.writeUInt16BE(ports[1], 2);
  udp.writeUInt16BE(udp.length, 4);
  udp.writeUInt16BE(transportChecksum(source, destination, 17, udp), 6);
  return udp;
}

/** An IPv6 extension header that says nothing: hop-by-hop (0), destination options (60). @param next what follows */
export function emptyOptions(next: number): Buffer {
  return Buffer.from([next, 0, 1, 4, 0, 0, 0, 0]);
}

/** An IPv6 fragment header. @param offset in bytes */
export function fragmentHeader(next: number, offset: number, more: boolean): Buffer {
  const header = Buffer.from([next, 0, 0, 0, 0, 0, 0, 9]);
  header.writeUInt16BE(offset | (more ? 1 : 0), 2);
  return header;
}

function addressBytes(text: string): Uint8Array {
  const bytes = parseAddress(text);
  if (bytes.length === 16 || !text.includes(':')) return bytes;
  return Uint8Array.from([...new Array<number>(10).fill(0), 255, 255, ...bytes]);
}

function transportChecksum(source: string, destination: string, protocol: number, segment: Buffer): number {
  const tail = Buffer.alloc(8);
  tail.writeUInt32BE(segment.length, 0);
  tail[7] = protocol;
  return checksum(Buffer.concat([addressBytes(source), addressBytes(destination), tail, segment])) || 0xffff;
}

/** RFC 1071. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
