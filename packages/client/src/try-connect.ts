// One TCP connection that is tried: how does the port look from here? Given up at once, or kept to be used.

import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * How a port looks. `open`: a connection was accepted · `refused`: somebody answered "closed" · `silent`: nothing came
 * in time · `unreachable`: the way there is closed, as a router or this machine says.
 */
export type PortLook = 'open' | 'refused' | 'silent' | 'unreachable';

/** Tries a connection. See {@link tryConnect}. */
export type TryConnect = (address: string, port: number, timeoutMs: number) => Promise<PortLook>;

/** What came of {@link openConnection}: the connection, or how the port looks instead. */
export type Opened =
  | { readonly look: 'open'; readonly connection: Duplex }
  | { readonly look: Exclude<PortLook, 'open'>; readonly connection?: undefined };

/** Opens a connection. See {@link openConnection}. */
export type OpenConnection = (address: string, port: number, timeoutMs: number) => Promise<Opened>;

/**
 * Opens one TCP connection. Each direction of it ends by itself: to end writing sends a FIN and reading goes on.
 * @param address an IPv4 or IPv6 address
 * @param timeoutMs milliseconds to wait for an answer
 * @returns a connection without listeners: the caller must listen for its errors before it waits for anything
 */
export const openConnection: OpenConnection = (address, port, timeoutMs) =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port, autoSelectFamily: false, allowHalfOpen: true, noDelay: true });
    const giveUp = (look: Exclude<PortLook, 'open'>) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ look });
    };
    const timer = setTimeout(() => giveUp('silent'), timeoutMs);
    socket.on('error', ({ code }: NodeJS.ErrnoException) => giveUp(lookOf(code)));
    socket.on('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve({ look: 'open', connection: socket });
    });
  });

/**
 * Tries one TCP connection and closes it again.
 * @param address an IPv4 or IPv6 address
 * @param timeoutMs milliseconds to wait for an answer
 */
export const tryConnect: TryConnect = async (address, port, timeoutMs) => {
  const { look, connection } = await openConnection(address, port, timeoutMs);
  connection?.on('error', () => undefined).destroy();
  return look;
};

function lookOf(code: string | undefined): Exclude<PortLook, 'open'> {
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return 'refused';
  return code === 'ETIMEDOUT' ? 'silent' : 'unreachable';
}
