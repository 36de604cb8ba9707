// `knockdaemon revoke`: ends grants and closes their doors.

import { formatRevoked } from '../control/list-screens.ts';
import { choosePaint } from '../control/paint.ts';
import { formatError } from '../messages/problems.ts';
import { ArgumentProblems } from './argument-problems.ts';
import { type ControlOptions, callDaemon, printJson, reportRefusal } from './call-daemon.ts';
import { readAddress, readClient, readPort } from './filter-arguments.ts';
import type { ExitCode, Output } from './output.ts';

const EXPECTED_WHICH = 'an address, --client NAME, or --all';

/** Options of the command line, as they were typed. */
export interface RevokeOptions extends ControlOptions {
  readonly client?: string;
  readonly all?: boolean;
}

/**
 * Runs the command.
 * @param nowMs milliseconds since 1970
 * @returns 1 when no grant matched
 * @throws UsageError
 */
export async function revoke(
  address: string | undefined,
  port: string | undefined,
  options: RevokeOptions,
  nowMs: number,
  output: Output,
): Promise<ExitCode> {
  const called = await callDaemon({ command: 'revoke', ...readWhich(address, port, options) }, options, output);
  if ('refusal' in called) return reportRefusal(called.refusal, output);
  const { result } = called;
  if (options.json) printJson(result, output);
  else if (result.total > 0) {
    output.stdout(formatRevoked(result, nowMs, choosePaint(output.isTerminal, process.env)));
  } else output.stderr(formatError('no grant matches', '"knockdaemon grants" lists them'));
  return result.total > 0 ? 0 : 1;
}

function readWhich(address: string | undefined, port: string | undefined, { client, all }: RevokeOptions) {
  const problems = new ArgumentProblems();
  if (all && (address !== undefined || client !== undefined)) {
    problems.add('--all', address ?? client, 'nothing else beside it: it ends every grant');
  } else if (!all && address === undefined && client === undefined) {
    problems.add('ADDRESS', undefined, EXPECTED_WHICH);
  }
  const fields = {
    ...(address !== undefined && { address: readAddress('ADDRESS', address, problems) as string }),
    ...(port !== undefined && readPort('PORT', port, problems)),
    ...(client !== undefined && { client: readClient(client, problems) as string }),
  };
  problems.throwIfAny();
  return all ? { all: true as const } : fields;
}
