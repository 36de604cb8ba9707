// `knockdaemon check`: the configuration, then the machine. Changes nothing.

import { doorWarnings } from '../config/doors/door-warnings.ts';
import { loadConfig } from '../config/load.ts';
import { loadKnockdRun } from '../knockd-conf/load-run.ts';
import { formatCheckSummary, formatDoorWarnings, formatNobody, formatProblems } from '../messages.ts';
import type { ExitCode, Output } from './output.ts';

/** Options of the command line. */
export interface CheckOptions {
  readonly config: string;
  /** Check for `run --test`, which needs less. */
  readonly test?: boolean;
  /** A knockd.conf to be looked at. */
  readonly knockdConf?: string;
  /** Whether `config` was named; beside a knockd.conf the default one counts for nothing. */
  readonly configIsNamed: boolean;
}

/**
 * Runs the command.
 * @throws ConfigError
 */
export async function check(
  { config: file, test = false, knockdConf, configIsNamed }: CheckOptions,
  output: Output,
): Promise<ExitCode> {
  const named = configIsNamed ? file : undefined;
  const { config } = knockdConf === undefined ? await loadConfig(file) : await loadKnockdRun(knockdConf, named);
  // Loads native modules: a wrong configuration is told even where they are missing.
  const { checkEnvironment } = await import('../environment.ts');
  const problems = await checkEnvironment(config, { test });
  if (problems.length > 0) {
    output.stderr(formatProblems(problems));
    return 2;
  }
  output.stdout(formatCheckSummary(config) + formatNobody(config));
  output.stdout(formatDoorWarnings(doorWarnings(config)));
  return 0;
}
