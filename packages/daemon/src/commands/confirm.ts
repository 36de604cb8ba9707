// `knockdaemon confirm`: "I can still get in": ends a rescue, the guard stays.

import { formatConfirmed } from '../messages/done.ts';
import { type ControlOptions, callDaemon, printJson, reportRefusal } from './call-daemon.ts';
import type { ExitCode, Output } from './output.ts';

/**
 * Runs the command.
 * @returns 1 when there is nothing to confirm
 * @throws UsageError
 */
export async function confirm(options: ControlOptions, output: Output): Promise<ExitCode> {
  const called = await callDaemon({ command: 'confirm' }, options, output);
  if ('refusal' in called) return reportRefusal(called.refusal, output);
  if (options.json) printJson(called.result, output);
  else output.stdout(formatConfirmed());
  return 0;
}
