// Raw sockets: whole IP packets to the kernel. The only importer of raw-socket, an optional dependency that has to be
// compiled: it is loaded when it is asked for, and what can be wrong with it is told in a closed union.

import type { AddressFamily } from '../claimed-address.ts';
import { RawUnavailableError } from './raw-unavailable.ts';

/** A socket for whole packets. */
export interface RawSocket {
  /**
   * Sends a packet; settles when the kernel has taken it.
   * @param packet with its IP header
   * @param address where to, of the socket's family
   * @throws an error with a `code` such as ENETUNREACH
   */
  send(packet: Uint8Array, address: string): Promise<void>;
  close(): void;
}

/** Opens a socket. @throws RawUnavailableError */
export type OpenRawSocket = (family: AddressFamily) => RawSocket;

/** IPPROTO_RAW: the IP header is ours, for both families, and nothing is ever received (raw(7)). */
const PROTOCOL = 255;

/**
 * Loads raw-socket.
 * @param load imports it; another function is for tests
 * @throws RawUnavailableError
 */
export async function loadRawSocket(
  platform: NodeJS.Platform = process.platform,
  load: () => Promise<{ readonly default: RawSocketModule }> = () => import('raw-socket'),
): Promise<OpenRawSocket> {
  // Windows sends no TCP this way; BSD and macOS want parts of the header in another order of bytes.
  if (platform !== 'linux') throw new RawUnavailableError('system', platform);
  const { default: raw } = await load().catch((error: unknown) => {
    throw new RawUnavailableError('module', (error as NodeJS.ErrnoException).code ?? 'unknown');
  });
  return (family) => wrap(createSocket(raw, family));
}

/** What of the module is used. Written out here: it has no types of its own, and whoever uses ours needs none. */
export interface RawSocketModule {
  readonly AddressFamily: { readonly IPv4: number; readonly IPv6: number };
  /** @throws Error with the system's text */
  createSocket(options: { readonly protocol: number; readonly addressFamily: number }): ModuleSocket;
}

interface ModuleSocket {
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Calls back once, with an error whose message is the system's text, or null. */
  send(
    buffer: Buffer,
    offset: number,
    length: number,
    address: string,
    callback: (error: Error | null) => void,
  ): unknown;
  close(): unknown;
}

function createSocket({ createSocket: create, AddressFamily: families }: RawSocketModule, family: AddressFamily) {
  try {
    return create({ protocol: PROTOCOL, addressFamily: family === 4 ? families.IPv4 : families.IPv6 });
  } catch (error) {
    const code = codeOf(error as Error);
    throw new RawUnavailableError(code === 'EPERM' || code === 'EACCES' ? 'privilege' : 'socket', code);
  }
}

/**
 * Sockets that are open. raw-socket holds them weakly and closes one that is collected: whoever awaits its packet would be
 * collected with it, and the process would end in the middle of a sequence (exit code 13).
 */
const openSockets = new Set<ModuleSocket>();

function wrap(socket: ModuleSocket): RawSocket {
  openSockets.add(socket);
  let fail: (error: Error) => void = () => undefined;
  // It closes itself then, and forgets what it has to call back.
  socket.on('error', (error: Error) => fail(error));
  return {
    send: (packet, address) =>
      new Promise((resolve, reject) => {
        fail = (error) => reject(Object.assign(error, { code: codeOf(error) }));
        socket.send(Buffer.from(packet), 0, packet.length, address, (error) => {
          // It calls from outside of Node's own callbacks: what hangs on a promise is run behind an immediate.
          setImmediate(() => (error ? fail(error) : resolve()));
        });
      }),
    close: () => {
      openSockets.delete(socket);
      socket.close();
    },
  };
}

/** raw-socket throws the text of strerror(3) and no code. */
function codeOf({ message }: Error): string {
  return CODES[message.toLowerCase()] ?? message;
}

/** glibc's texts, and musl's where they are others. */
const CODES: Readonly<Record<string, string>> = {
  'operation not permitted': 'EPERM',
  'permission denied': 'EACCES',
  'network is unreachable': 'ENETUNREACH',
  'network unreachable': 'ENETUNREACH',
  'no route to host': 'EHOSTUNREACH',
  'host is unreachable': 'EHOSTUNREACH',
  'cannot assign requested address': 'EADDRNOTAVAIL',
  'address not available': 'EADDRNOTAVAIL',
  'address family not supported by protocol': 'EAFNOSUPPORT',
};
