// Something is done through a door, and the door is closed behind it where that is wished: also when it failed, and
// when a signal came.

import { TIME_CLOSE, TIME_UNLIMITED } from '@eightknock/codec';
import { throwIfAny } from '../exit.ts';
import type { Machine } from '../machine.ts';
import { conflictProblem, expectedProblem } from '../messages/wrong-use.ts';
import type { RawSessionOptions } from '../session-options.ts';
import { type EndingSignal, signalStatus } from '../signals.ts';
import { createDoor, type Door } from './door.ts';
import type { KnockRun } from './prepare-knock.ts';

/** @throws Failure with exit code 2 for options that make sense with a knock, but not with what is done through a door */
export function checkSessionOptions({ time, renew }: RawSessionOptions): void {
  throwIfAny([
    ...(time === `${TIME_CLOSE}` ? [expectedProblem('--time', time, 'an integer from 0 to 254: 255 closes')] : []),
    ...(renew && time === `${TIME_UNLIMITED}` ? [conflictProblem('--renew', '--time 0', 'never-over')] : []),
  ]);
}

/**
 * The same for the time that was saved, once it is known.
 * @param time 0–255, of the command line or as saved
 * @throws Failure with exit code 2
 */
export function checkRenewedTime(time: number, { renew }: RawSessionOptions): void {
  if (renew && time === TIME_UNLIMITED) {
    throwIfAny([conflictProblem('--renew', 'the saved --time 0', 'saved-never-over')]);
  }
}

/**
 * Lets `body` use a door.
 * @param body opens the door and does what is to be done; it must heed its signal until that is begun, and gives the exit
 *   status
 * @returns the exit status, or 128 + n when `body` ended because of signal n
 * @throws Failure with exit code 2 when a time that never runs out was saved and is to be renewed; what else `body` throws
 */
export async function useDoor(
  run: KnockRun,
  raw: RawSessionOptions,
  machine: Machine,
  body: (door: Door, interruption: AbortSignal) => Promise<number>,
): Promise<number> {
  checkRenewedTime(run.options.time, raw);
  const { renew, close } = raw;
  const door = await createDoor(run, machine);
  const interruption = new AbortController();
  let caught: EndingSignal | undefined;
  const onSignal = (signal: EndingSignal) => {
    caught ??= signal;
    interruption.abort();
  };
  // With nothing to be done at its end, this program ends by signals as any other.
  const release = close ? machine.catchSignals(onSignal) : () => undefined;
  try {
    return await body(renew ? door : { ...door, renewDuring: (work) => work() }, interruption.signal);
  } catch (error) {
    if (caught !== undefined && error === interruption.signal.reason) return signalStatus(caught);
    throw error;
  } finally {
    if (close) await door.close();
    release();
  }
}
