// Knocks as packets made by hand: eight in a millisecond or two, each once, from any address. Needs CAP_NET_RAW.

import { familyOf } from '../claimed-address.ts';
import type { Transport } from '../plan.ts';
import { loadRawSocket, type OpenRawSocket, type RawSocket } from './raw.ts';
import { buildKnockPacket } from './raw-packet.ts';
import type { Sender } from './sender.ts';

/** How the packets are to be. */
export interface RawOrder {
  readonly transport: Transport;
  /** Where they come from: this machine's own address, or another. Of the family of the server's address. */
  readonly sourceAddress: string;
  /** From a secure source: ports and sequence numbers are made of it. */
  readonly randomBytes: (length: number) => Uint8Array;
}

/** The first of the 16,384 ports that are assigned to nobody (RFC 6335, section 6). */
const FIRST_PORT = 49_152;
/** Far more than a sequence has, far fewer than there are ports. */
const MAX_REMEMBERED = 256;

/**
 * A sender of raw packets.
 * @param openSocket another function is for tests
 * @throws RawUnavailableError, at once and not with the first knock
 */
export async function createRawSender(order: RawOrder, openSocket?: OpenRawSocket): Promise<Sender> {
  const { transport, sourceAddress: source, randomBytes } = order;
  const open = openSocket ?? (await loadRawSocket());
  const family = familyOf(source);
  // A socket that is open keeps the process alive: this one only tells whether there can be any.
  open(family).close();
  let socket: RawSocket | undefined;
  const usedPorts = new Set<number>();
  return {
    send: async (address, port) => {
      socket ??= open(family);
      const sourcePort = drawPort(usedPorts, randomBytes);
      const sequenceNumber = readNumber(randomBytes(4));
      const fields = { transport, source, destination: address, sourcePort, port, sequenceNumber };
      await socket.send(buildKnockPacket(fields), address);
    },
    finish: () => {
      socket?.close();
      socket = undefined;
      usedPorts.clear();
    },
  };
}

/** A port no other knock of the sequence has: two datagrams to one port would else be duplicates of each other. */
function drawPort(used: Set<number>, randomBytes: RawOrder['randomBytes']): number {
  if (used.size === MAX_REMEMBERED) used.clear();
  let port = FIRST_PORT | readNumber(randomBytes(2));
  while (used.has(port)) port = FIRST_PORT | ((port + 1) & 0xffff);
  used.add(port);
  return port;
}

/** Big-endian, not negative. */
function readNumber(bytes: Uint8Array): number {
  return bytes.reduce((number, byte) => number * 256 + byte, 0);
}
