// What the knocks of a run are sent with: the system's own sockets, or packets made by hand where that was asked for.

import { Failure } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { rawUnavailableProblem } from '../messages.ts';
import type { Route } from '../route.ts';
import { RawUnavailableError } from '../send/raw-unavailable.ts';
import type { Sender } from '../send/sender.ts';
import type { KnockRun } from './prepare-knock.ts';

/**
 * Opens the sender.
 * @param run with a route
 * @throws Failure with exit code 1 when raw packets were asked for and cannot be sent
 */
export async function openSender({ options, route, debug }: KnockRun, machine: Machine): Promise<Sender> {
  const { transport, raw, spoofSource } = options;
  if (!raw) return machine.createSender(transport);
  const sourceAddress = spoofSource ?? (route as Route).ownAddress;
  debug(`raw packets from ${sourceAddress}`);
  return machine.createRawSender({ transport, sourceAddress }).catch((error: unknown) => {
    if (!(error instanceof RawUnavailableError)) throw error;
    throw new Failure(1, [rawUnavailableProblem(error.obstacle, error.detail)]);
  });
}
