// Small servers for the hosts of a lab: they say who they are, so that a test sees where a connection ended.

import type { Host } from './lab.ts';
import { until } from './until.ts';

const TCP_SERVER = `
const [port, text] = process.argv.slice(1);
const { createServer } = await import('node:net');
createServer((socket) => socket.on('error', () => {}).end(text)).listen({ port: Number(port), host: '::' }, () => console.log('listening'));
`;

const UDP_SERVER = `
const [port, text] = process.argv.slice(1);
const { createSocket } = await import('node:dgram');
const socket = createSocket('udp6');
socket.on('message', (_, { port, address }) => socket.send(text, port, address));
socket.bind(Number(port), '::', () => console.log('listening'));
`;

/** Starts a server that answers every connection, or every datagram, with a text. IPv4 and IPv6. */
export async function listen(host: Host, protocol: 'tcp' | 'udp', port: number, text: string): Promise<void> {
  const source = protocol === 'tcp' ? TCP_SERVER : UDP_SERVER;
  const server = host.start(process.execPath, ['--input-type=module', '-e', source, String(port), text]);
  await until(`a server on ${protocol}/${port}`, () => server.stdout.includes('listening'));
}

/** Sends one datagram and reads the answer. @returns undefined when none comes within half a second */
export async function askUdp(from: Host, address: string, port: number): Promise<string | undefined> {
  const script = `
const { createSocket } = await import('node:dgram');
const socket = createSocket(process.argv[1].includes(':') ? 'udp6' : 'udp4');
socket.on('message', (text) => { console.log(String(text)); process.exit(0); });
socket.on('error', () => process.exit(1));
socket.send('?', Number(process.argv[2]), process.argv[1]);
setTimeout(() => process.exit(1), 500);
`;
  const { code, stdout } = await from.run(process.execPath, [
    '--input-type=module',
    '-e',
    script,
    address,
    String(port),
  ]);
  return code === 0 ? stdout.trim() : undefined;
}
