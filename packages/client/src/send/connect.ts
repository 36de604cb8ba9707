// Knocks over TCP without privileges: a connection that is begun and given up at once. The kernel sends its SYN, and
// nothing is left pending that would send it again.

import { connect } from 'node:net';
import type { Sender } from './sender.ts';

/** A closed port answers so; the knock was delivered all the same. */
const ANSWERS = new Set(['ECONNREFUSED', 'ECONNRESET']);

/** A sender of TCP SYNs. */
export function createConnectSender(): Sender {
  return {
    send: (address, port) =>
      new Promise((resolve, reject) => {
        let failure: NodeJS.ErrnoException | undefined;
        // With a literal address and no second family to try, there is one connect(2), in the next tick.
        const socket = connect({ host: address, port, autoSelectFamily: false });
        socket.on('error', (error: NodeJS.ErrnoException) => {
          if (!ANSWERS.has(error.code ?? '')) failure = error;
        });
        // Destroyed in the same tick it would send no SYN; left alone it would repeat it after a second.
        setImmediate(() => {
          socket.destroy();
          if (failure) reject(failure);
          else resolve();
        });
      }),
    finish: () => undefined,
  };
}
