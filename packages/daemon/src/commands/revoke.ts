// `knockdaemon revoke`: ends grants and closes their doors.

import { formatRevoked } from '../control/format-tables.ts';
import type { LiveGrant } from '../store/store.ts';
import { ArgumentProblems } from './argument-problems.ts';
import { type AskOptions, ask } from './ask.ts';
import { readFilter } from './filter-options.ts';
import type { ExitCode, Output } from './output.ts';

/** Options of the command line, unread. */
export interface RevokeOptions extends AskOptions {
  readonly client?: string;
  readonly all?: boolean;
}

/**
 * Runs the command.
 * @returns 1 also when there was no such grant
 * @throws UsageError
 */
export async function revoke(
  address: string | undefined,
  port: string | undefined,
  options: RevokeOptions,
  output: Output,
): Promise<ExitCode> {
  const problems = new ArgumentProblems();
  const { client, all } = options;
  const said = { ...(address && { address }), ...(port && { port }), ...(client && { client }) };
  const filter = readFilter(said, problems);
  const isEmpty = Object.keys(said).length === 0;
  if (isEmpty && !all) problems.add('ADDRESS', undefined, 'an address, --client NAME, or --all');
  if (!isEmpty && all) problems.add('--all', undefined, 'no address and no client beside it');
  problems.throwIfAny();
  const format = (answer: { readonly revoked: readonly LiveGrant[] }) => formatRevoked(answer.revoked);
  const { exitCode, answer } = await ask({ command: 'revoke', ...filter }, options, format, output);
  return answer?.revoked.length === 0 ? 1 : exitCode;
}
