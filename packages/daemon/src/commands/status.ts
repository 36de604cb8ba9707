// `knockdaemon status`: how the daemon stands.

import { choosePaint } from '../control/paint.ts';
import { formatStatus } from '../control/status-screen.ts';
import { type ControlOptions, callDaemon, printJson, reportRefusal } from './call-daemon.ts';
import type { ExitCode, Output } from './output.ts';

/**
 * Runs the command.
 * @throws UsageError
 */
export async function status(options: ControlOptions, output: Output): Promise<ExitCode> {
  const called = await callDaemon({ command: 'status' }, options, output);
  if ('refusal' in called) return reportRefusal(called.refusal, output);
  if (options.json) printJson(called.result, output);
  else output.stdout(formatStatus(called.result, choosePaint(output.isTerminal, process.env)));
  return 0;
}
