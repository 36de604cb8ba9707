// Knocks on ports in their order, of TCP and UDP, with the delays between them.

import type { TransportPort } from '@eightknock/codec';
import { Failure } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { packetNotSentProblem } from '../messages/doors.ts';

/** Sends them. @throws Failure with exit code 1 at the first that could not be sent; those after it were not tried */
export async function sendPorts(
  knocks: readonly TransportPort[],
  serverAddress: string,
  delayMs: number,
  { clock, createSender }: Pick<Machine, 'clock' | 'createSender'>,
): Promise<void> {
  const senders = { tcp: createSender('tcp'), udp: createSender('udp') };
  try {
    for (const [i, knock] of knocks.entries()) {
      if (i > 0) await clock.sleep(delayMs);
      await senders[knock.protocol].send(serverAddress, knock.port).catch((error: NodeJS.ErrnoException) => {
        throw new Failure(1, [packetNotSentProblem(knock, error.code ?? 'unknown')]);
      });
    }
  } finally {
    senders.tcp.finish();
    senders.udp.finish();
  }
}
