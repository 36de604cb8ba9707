// `knockdaemon check`: the configuration, then the machine. Changes nothing.

import { geteuid } from 'node:process';
import type { Config } from '../config/config.ts';
import { doorWarnings } from '../config/doors/door-warnings.ts';
import { loadConfig } from '../config/load.ts';
import type { Problem } from '../config/problem.ts';
import { loadKnockdRun } from '../knockd-conf/load-run.ts';
import { formatCheckSummary, formatDoorWarnings, formatNobody } from '../messages/check.ts';
import { formatProblems, formatWarnings } from '../messages/problems.ts';
import { daemonUser, unreadableProblems } from '../service/daemon-user.ts';
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
  const knockd = knockdConf === undefined ? undefined : await loadKnockdRun(knockdConf, named);
  const { config, unreadable } = knockd ? { config: knockd.config, unreadable: [] } : await loadForUser(file);
  // Loads native modules: a wrong configuration is told even where they are missing.
  const { checkEnvironment } = await import('../environment.ts');
  // The programs of a knockd.conf are looked at apart: it runs without them.
  const doors = config.doors.filter(({ name }) => !knockd?.doors.has(name));
  const problems = [...unreadable, ...(await checkEnvironment({ ...config, doors }, { test }))];
  if (knockd && knockdConf !== undefined) {
    const { commandProblems, programWarnings } = await import('../knockd-conf/program-warnings.ts');
    problems.push(...commandProblems());
    output.stderr(formatWarnings(programWarnings(knockdConf, knockd)));
  }
  if (problems.length > 0) {
    output.stderr(formatProblems(problems));
    return 2;
  }
  output.stdout(formatCheckSummary(config) + formatNobody(config));
  output.stdout(formatDoorWarnings(doorWarnings(config)));
  return 0;
}

/** The configuration, and what of it the user could not read that the daemon runs as. Only root can read for another. */
async function loadForUser(file: string): Promise<{ readonly config: Config; readonly unreadable: Problem[] }> {
  const loaded = await loadConfig(file);
  const user = geteuid?.() === 0 ? await daemonUser(file, loaded.clientsDir) : undefined;
  return { config: loaded.config, unreadable: user ? await unreadableProblems(file, loaded, user) : [] };
}
