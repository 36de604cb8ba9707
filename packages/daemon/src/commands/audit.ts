// `knockdaemon audit`: who did what, from where, and why not.

import { formatAudit } from '../control/format-tables.ts';
import type { AuditEntry } from '../store/store.ts';
import { ArgumentProblems } from './argument-problems.ts';
import { type AskOptions, ask } from './ask.ts';
import { type FilterOptions, readFilter, readLimit } from './filter-options.ts';
import type { ExitCode, Output } from './output.ts';

/** Options of the command line, unread. */
export interface AuditOptions extends AskOptions, Pick<FilterOptions, 'address' | 'client'> {
  readonly limit: string;
}

/**
 * Runs the command.
 * @throws UsageError
 */
export async function audit(options: AuditOptions, output: Output): Promise<ExitCode> {
  const problems = new ArgumentProblems();
  const { port: _, ...filter } = readFilter({ ...options, port: undefined }, problems);
  const limit = readLimit(options.limit, problems);
  problems.throwIfAny();
  const format = (answer: readonly AuditEntry[]) => formatAudit(answer);
  return (await ask({ command: 'audit', ...filter, limit }, options, format, output)).exitCode;
}
