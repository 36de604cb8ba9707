// Knocks over UDP: each from a socket of its own, so that no two have the same source port and the receiver does not
// take one for a duplicate of another.

import { createSocket, type Socket } from 'node:dgram';
import type { Sender } from './sender.ts';

/** Ignored by the receiver of a knock; there are firewalls that drop a datagram without any. */
const PAYLOAD = new Uint8Array(1);

/**
 * A sender of UDP datagrams.
 * @param payload of each; where it is what counts, and not the port, at most as long as one packet takes
 */
export function createUdpSender(payload: Uint8Array = PAYLOAD): Sender {
  // Open until the last knock was sent: a port that is free again could be given to the next socket.
  const sockets: Socket[] = [];
  return {
    send: (address, port) =>
      new Promise((resolve, reject) => {
        const socket = createSocket(address.includes(':') ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' });
        sockets.push(socket);
        socket.on('error', reject);
        socket.send(payload, port, address, (error) => (error ? reject(error) : resolve()));
      }),
    finish: () => {
      for (const socket of sockets.splice(0)) socket.close();
    },
  };
}
