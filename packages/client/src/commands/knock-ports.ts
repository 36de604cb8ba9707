// `knockclient knock [-u] [-d MS] [-4|-6] [-v] HOST PORT[:tcp|udp] …`: a sequence of ports for a knockd, or for a door of ours
// that is knocked on in the same way. Knows no key.

import { type ExitCode, Failure, throwIfAny } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { portNotSentProblem } from '../messages/failures.ts';
import { formatHit } from '../messages/progress.ts';
import type { Transport } from '../plan.ts';
import { type RawPortOptions, readPortSequence } from '../port-sequence.ts';
import { findRoutes, hostFamilyProblems, type Route } from '../route.ts';
import type { Sender } from '../send/sender.ts';

/**
 * Runs the command.
 * @param words the ports as they were typed
 * @throws Failure
 */
export async function knockPorts(
  host: string,
  words: readonly string[],
  raw: RawPortOptions,
  machine: Machine,
): Promise<ExitCode> {
  const { sequence, problems } = readPortSequence(host, words, raw);
  const wish = { ip: 'source', ...(sequence.family && { family: sequence.family }) };
  throwIfAny([...problems, ...hostFamilyProblems(host, wish)]);
  // As Debian's knock does: the best address alone.
  const [{ serverAddress }] = (await findRoutes(host, wish, machine)) as [Route];

  const senders = new Map<Transport, Sender>();
  const senderFor = (transport: Transport): Sender => {
    const sender = senders.get(transport) ?? machine.createSender(transport);
    senders.set(transport, sender);
    return sender;
  };
  try {
    let number = 0;
    for (const { protocol, port } of sequence.knocks) {
      if (number++ > 0) await machine.clock.sleep(sequence.delayMs);
      if (raw.verbose) machine.output.stdout(formatHit(protocol, serverAddress, port));
      await senderFor(protocol)
        .send(serverAddress, port)
        .catch((error: NodeJS.ErrnoException) => {
          const code = error.code ?? 'unknown';
          throw new Failure(1, [portNotSentProblem(number, sequence.knocks.length, port, code)]);
        });
    }
  } finally {
    for (const sender of senders.values()) sender.finish();
  }
  return 0;
}
