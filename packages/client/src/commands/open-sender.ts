// What the knocks of a run are sent with: the system's own sockets, or packets made by hand where that was asked for.

import { Failure } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { rawUnavailableProblem } from '../messages/failures.ts';
import type { KnockOptions } from '../options.ts';
import type { Route } from '../route.ts';
import { RawUnavailableError } from '../send/raw-unavailable.ts';
import type { Sender } from '../send/sender.ts';

/**
 * Opens the sender for a way to the server.
 * @throws Failure with exit code 1 when raw packets were asked for and cannot be sent
 */
export async function openSender(
  { transport, raw, spoofSource }: Pick<KnockOptions, 'transport' | 'raw' | 'spoofSource'>,
  { ownAddress }: Pick<Route, 'ownAddress'>,
  machine: Pick<Machine, 'createSender' | 'createRawSender'>,
): Promise<Sender> {
  if (!raw) return machine.createSender(transport);
  const sourceAddress = spoofSource ?? ownAddress;
  return machine.createRawSender({ transport, sourceAddress }).catch((error: unknown) => {
    if (!(error instanceof RawUnavailableError)) throw error;
    throw new Failure(1, [rawUnavailableProblem(error.obstacle, error.detail)]);
  });
}
