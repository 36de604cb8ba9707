// `knockdaemon audit`: who did what, and why not; the newest first.

import { formatAudit } from '../control/list-screens.ts';
import { choosePaint } from '../control/paint.ts';
import { ArgumentProblems } from './argument-problems.ts';
import { type ControlOptions, callDaemon, printJson, reportRefusal } from './call-daemon.ts';
import { type ListOptions, readList } from './filter-arguments.ts';
import type { ExitCode, Output } from './output.ts';

/** Lines that are shown when nobody says how many. */
export const DEFAULT_AUDIT_LINES = 50;

/**
 * Runs the command.
 * @throws UsageError
 */
export async function audit(options: ControlOptions & ListOptions, output: Output): Promise<ExitCode> {
  const problems = new ArgumentProblems();
  const fields = readList(options, DEFAULT_AUDIT_LINES, problems);
  problems.throwIfAny();
  const called = await callDaemon({ command: 'audit', ...fields }, options, output);
  if ('refusal' in called) return reportRefusal(called.refusal, output);
  if (options.json) printJson(called.result, output);
  else output.stdout(formatAudit(called.result.entries, choosePaint(output.isTerminal, process.env)));
  return 0;
}
