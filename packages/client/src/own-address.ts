// This machine's own address on the way to a host, as the kernel's routes have it. Sends nothing.

import { createSocket } from 'node:dgram';
import { formatAddress, parseAddress } from '@eightknock/codec';

/** Finds this machine's address on the way to another. See {@link ownAddressTowards}. */
export type OwnAddress = (address: string) => Promise<string>;

/** Nothing is sent to it. */
const ANY_PORT = 9;

/**
 * Asks the kernel which source address it would take: connect(2) of a UDP socket only looks up the route.
 * @param address an IPv4 or IPv6 address
 * @returns an address of the same family in its canonical text
 * @throws the system's error, with a `code` such as ENETUNREACH, when there is no way there
 */
export const ownAddressTowards: OwnAddress = (address) =>
  new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.on('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.on('connect', () => {
      // A zone, which some systems add, names an interface of this machine and means nothing elsewhere.
      const own = socket.address().address.replace(/%.*$/, '');
      socket.close();
      resolve(formatAddress(parseAddress(own)));
    });
    socket.connect(ANY_PORT, address);
  });
