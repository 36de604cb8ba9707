// `knockdaemon reload`: the daemon reads its configuration again. A wrong one changes nothing, and all of it is told.

import { escapeControls } from '@eightknock/codec';
import { formatInForce } from '../control/status-screen.ts';
import { formatReloaded } from '../messages/done.ts';
import { type ControlOptions, callDaemon, printJson, reportRefusal } from './call-daemon.ts';
import type { ExitCode, Output } from './output.ts';

/**
 * Runs the command.
 * @returns 2 when the configuration is wrong
 * @throws UsageError
 */
export async function reload(options: ControlOptions, output: Output): Promise<ExitCode> {
  const called = await callDaemon({ command: 'reload' }, options, output);
  if ('refusal' in called) {
    const { refusal } = called;
    if (options.json && refusal.reason === 'configuration') printJson({ problems: refusal.problems ?? [] }, output);
    return reportRefusal(refusal, output);
  }
  const { result } = called;
  if (options.json) printJson({ problems: [], status: result }, output);
  else output.stdout(formatReloaded(escapeControls(formatInForce(result))));
  return 0;
}
