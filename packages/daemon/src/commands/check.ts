// `knockdaemon check`: the configuration, then the machine. Changes nothing.

import { geteuid } from 'node:process';
import type { Config } from '../config/config.ts';
import { doorWarnings } from '../config/doors/door-warnings.ts';
import { loadConfig } from '../config/load.ts';
import type { Problem } from '../config/problem.ts';
import type { Status } from '../control/control-actions.ts';
import { warningsOf } from '../control/status-warnings.ts';
import { loadKnockdRun } from '../knockd-conf/load-run.ts';
import { formatCheckSummary, formatDoorWarnings, formatHint, formatProblems } from '../messages.ts';
import { daemonUser, unreadableProblems } from '../service/daemon-user.ts';
import { VERSION } from '../version.ts';
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
  const { config, unreadable } =
    knockdConf === undefined
      ? await loadForUser(file)
      : { ...(await loadKnockdRun(knockdConf, named)), unreadable: [] };
  // Loads native modules: a wrong configuration is told even where they are missing.
  const { checkEnvironment } = await import('../environment.ts');
  const problems = [...unreadable, ...(await checkEnvironment(config, { test }))];
  if (problems.length > 0) {
    output.stderr(formatProblems(problems));
    return 2;
  }
  output.stdout(formatCheckSummary(config));
  output.stdout(formatDoorWarnings(doorWarnings(config)));
  output.stdout(
    warningsOf(statusWhenWell(config))
      .map(({ text }) => formatHint(text))
      .join(''),
  );
  return 0;
}

/** The configuration, and what of it the user could not read that the daemon runs as. Only root can read for another. */
async function loadForUser(file: string): Promise<{ readonly config: Config; readonly unreadable: Problem[] }> {
  const loaded = await loadConfig(file);
  const user = geteuid?.() === 0 ? await daemonUser(file, loaded.clientsDir) : undefined;
  return { config: loaded.config, unreadable: user ? await unreadableProblems(file, loaded, user) : [] };
}

/** How a daemon would stand with which nothing is amiss but its configuration. */
function statusWhenWell({ clients, doors, firewall }: Config): Status {
  const capture = { interface: 'any', state: 'capturing', sinceMs: 0, restarts: 0 } as const;
  return {
    version: VERSION,
    pid: 0,
    startedMs: 0,
    nowMs: 0,
    test: false,
    clients: clients.length,
    doors: doors.length,
    captures: [capture],
    firewall: { mode: firewall.mode, guarded: [], restored: 0 },
    store: { writable: true },
    grants: 0,
    sources: 0,
    counts: {},
    memoryBytes: 0,
  };
}
