// `knockdaemon grants`: who is let in now, where, until when.

import { formatGrants } from '../control/format-tables.ts';
import type { LiveGrant } from '../store/store.ts';
import { ArgumentProblems } from './argument-problems.ts';
import { type AskOptions, ask } from './ask.ts';
import { type FilterOptions, readFilter, readLimit } from './filter-options.ts';
import type { ExitCode, Output } from './output.ts';

/** Options of the command line, unread. */
export interface GrantsOptions extends AskOptions, FilterOptions {
  readonly limit: string;
}

/**
 * Runs the command.
 * @param nowMs milliseconds since 1970: what "in 4 min" is counted from
 * @throws UsageError
 */
export async function grants(options: GrantsOptions, nowMs: number, output: Output): Promise<ExitCode> {
  const problems = new ArgumentProblems();
  const filter = readFilter(options, problems);
  const limit = readLimit(options.limit, problems);
  problems.throwIfAny();
  const format = (answer: { readonly total: number; readonly grants: readonly LiveGrant[] }) =>
    formatGrants(answer, nowMs);
  return (await ask({ command: 'grants', ...filter, limit }, options, format, output)).exitCode;
}
