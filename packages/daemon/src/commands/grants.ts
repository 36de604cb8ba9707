// `knockdaemon grants`: who may come in now.

import { MAX_ROWS } from '../control/bounds.ts';
import { formatGrants } from '../control/list-screens.ts';
import { choosePaint } from '../control/paint.ts';
import { ArgumentProblems } from './argument-problems.ts';
import { type ControlOptions, callDaemon, printJson, reportRefusal } from './call-daemon.ts';
import { type GrantsListOptions, readList, readPort } from './filter-arguments.ts';
import type { ExitCode, Output } from './output.ts';

/**
 * Runs the command.
 * @param nowMs milliseconds since 1970
 * @throws UsageError
 */
export async function grants(
  options: ControlOptions & GrantsListOptions,
  nowMs: number,
  output: Output,
): Promise<ExitCode> {
  const problems = new ArgumentProblems();
  const fields = readList(options, MAX_ROWS, problems);
  const port = options.port === undefined ? {} : readPort('--port', options.port, problems);
  problems.throwIfAny();
  const request = { command: 'grants', ...fields, ...port } as const;
  const called = await callDaemon(request, options, output);
  if ('refusal' in called) return reportRefusal(called.refusal, output);
  if (options.json) printJson(called.result, output);
  else output.stdout(formatGrants(called.result, nowMs, choosePaint(output.isTerminal, process.env)));
  return 0;
}
