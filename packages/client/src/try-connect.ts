// One TCP connection that is tried and given up: how does the port look from here?

import { connect } from 'node:net';

/**
 * How a port looks. `open`: a connection was accepted · `refused`: somebody answered "closed" · `silent`: nothing came
 * in time · `unreachable`: the way there is closed, as a router or this machine says.
 */
export type PortLook = 'open' | 'refused' | 'silent' | 'unreachable';

/** Tries a connection. See {@link tryConnect}. */
export type TryConnect = (address: string, port: number, timeoutMs: number) => Promise<PortLook>;

/**
 * Tries one TCP connection and closes it again.
 * @param address an IPv4 or IPv6 address
 * @param timeoutMs milliseconds to wait for an answer
 */
export const tryConnect: TryConnect = (address, port, timeoutMs) =>
  new Promise((resolve) => {
    const socket = connect({ host: address, port, autoSelectFamily: false });
    const finish = (look: PortLook) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(look);
    };
    const timer = setTimeout(() => finish('silent'), timeoutMs);
    socket.on('connect', () => finish('open'));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => finish(lookOf(code)));
  });

function lookOf(code: string | undefined): PortLook {
  if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return 'refused';
  return code === 'ETIMEDOUT' ? 'silent' : 'unreachable';
}
