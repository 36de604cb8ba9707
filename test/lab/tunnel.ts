// A tunnel interface of a host, and packets that arrive through it: any bytes, as no honest sender would make them.

import { fileURLToPath } from 'node:url';
import { type Host, ipBatch } from './lab.ts';

/** From test/build/lab/ to the script, which is not compiled. */
const SENDER = fileURLToPath(new URL('../../lab/tunnel-send.py', import.meta.url));

/** Makes the interface tun0 of a host: raw IP, no link layer. */
export async function addTunnel(host: Host): Promise<void> {
  await host.mustRun('/usr/sbin/ip', ['tuntap', 'add', 'tun0', 'mode', 'tun']);
  await ipBatch(host.namespace, ['link set tun0 up']);
}

/** Lets packets arrive on tun0. */
export async function arrive(host: Host, packets: readonly Buffer[]): Promise<void> {
  const input = packets.map((packet) => `${packet.toString('hex')}\n`).join('');
  await host.mustRun('/usr/bin/python3', [SENDER], { input });
}

/** How a SYN of {@link synPacket} differs from an ordinary one. */
export interface SynOptions {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** IPv4: the field of flags and fragment offset. */
  readonly fragment?: number;
  /** IPv6: a hop-by-hop and a destination options header before TCP. */
  readonly extensions?: boolean;
}

/** A SYN from 198.51.100.7, or from 2001:db8::7. */
export function synPacket(
  version: 4 | 6,
  { sourcePort, destinationPort, fragment = 0, extensions = false }: SynOptions,
): Buffer {
  const tcp = Buffer.alloc(20);
  tcp.writeUInt16BE(sourcePort, 0);
  tcp.writeUInt16BE(destinationPort, 2);
  tcp.writeUInt32BE(sourcePort, 4);
  tcp.set([0x50, 2], 12);
  if (version === 4) {
    const ip = Buffer.alloc(20);
    ip[0] = 0x45;
    ip.writeUInt16BE(40, 2);
    ip.writeUInt16BE(fragment, 6);
    ip.set([64, 6], 8);
    ip.set([198, 51, 100, 7, 198, 51, 100, 1], 12);
    return Buffer.concat([ip, tcp]);
  }
  const padding = [0, 1, 4, 0, 0, 0, 0];
  const options = extensions ? Buffer.from([60, ...padding, 6, ...padding]) : Buffer.alloc(0);
  const ip = Buffer.alloc(40);
  ip[0] = 0x60;
  ip.writeUInt16BE(options.length + tcp.length, 4);
  ip.set([extensions ? 0 : 6, 64, 0x20, 0x01, 0x0d, 0xb8], 6);
  ip[23] = 7;
  ip.set([0x20, 0x01, 0x0d, 0xb8], 24);
  ip[39] = 1;
  return Buffer.concat([ip, options, tcp]);
}
