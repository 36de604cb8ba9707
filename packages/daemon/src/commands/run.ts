// `knockdaemon run`: loads the configuration and hands it to the daemon. When it is wrong nothing is begun, and a guard
// that is missing is put back as it stood last.

import { formatAddress, tryParseAddress } from '@eightknock/codec';
import { systemClock } from '../clock.ts';
import { stateDirOf } from '../config/load.ts';
import { ConfigError } from '../config/problem.ts';
import type { KnockdRun } from '../knockd-conf/load-run.ts';
import { formatHeldGuard } from '../messages/problems.ts';
import { MAX_RESCUE_MINUTES } from '../rescue.ts';
import type { Companion } from '../run-daemon.ts';
import { ArgumentProblems } from './argument-problems.ts';
import { RunSource } from './run-source.ts';

/** Options of the command line, unread. */
export interface RunCommandOptions {
  readonly config: string;
  readonly test?: boolean;
  /** An address, or true for all. */
  readonly debug?: string | true;
  readonly quiet?: boolean;
  readonly rescue?: string;
  /** A knockd.conf to be obeyed. */
  readonly knockdConf?: string;
  /** Whether `config` was named; beside a knockd.conf the default one counts for nothing. */
  readonly configIsNamed: boolean;
}

/**
 * Runs the daemon until it ends.
 * @returns its exit code
 * @throws ConfigError when the configuration is wrong, UsageError when an argument is
 */
export async function run({
  config: file,
  test = false,
  debug,
  quiet = false,
  rescue,
  knockdConf,
  configIsNamed,
}: RunCommandOptions): Promise<number> {
  const problems = new ArgumentProblems();
  const traced = debug === undefined ? undefined : readTraced(debug, problems);
  const rescueMinutes = rescue === undefined ? undefined : readMinutes(rescue, problems);
  problems.throwIfAny();
  const mainFile = knockdConf === undefined || configIsNamed ? file : undefined;
  const source = new RunSource({
    ...(knockdConf !== undefined && { knockd: knockdConf }),
    ...(mainFile !== undefined && { main: mainFile }),
  });
  const load = () => source.load();
  // In a rescue the guard is to lapse.
  const holds = !test && rescueMinutes === undefined;
  const { config, onTaken } = holds ? await orHoldGuard(load, mainFile) : await load();
  onTaken?.();
  const { knockd } = source;
  // Loads native modules: a wrong configuration is told even where they are missing.
  const { runDaemon } = await import('../run-daemon.ts');
  return await runDaemon(config, load, {
    test,
    quiet,
    ...(traced !== undefined && { traced }),
    ...(rescueMinutes !== undefined && { rescueMinutes }),
    ...(knockd && !test && { companion: await companionOf(knockd, () => source.knockd?.doors) }),
  });
}

/** A configuration that is wrong is told; what was guarded last is shut all the same. */
async function orHoldGuard<T>(load: () => Promise<T>, file: string | undefined): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (error instanceof ConfigError) {
      const { holdLastGuard } = await import('../last-guard.ts');
      const held = await holdLastGuard(await stateDirOf(file));
      if (held) process.stderr.write(formatHeldGuard(held));
    }
    throw error;
  }
}

async function companionOf(knockd: KnockdRun, doors: () => KnockdRun['doors'] | undefined): Promise<Companion> {
  const { knockdCompanion } = await import('../knockd-conf/companion.ts');
  return knockdCompanion(knockd, doors, systemClock);
}

/** An address in its canonical form, as knocks have it. */
function readTraced(debug: string | true, problems: ArgumentProblems): string | undefined {
  if (debug === true) return 'all';
  const bytes = tryParseAddress(debug);
  if (!bytes) problems.add('--debug', debug, 'an IPv4 or IPv6 address, or nothing');
  return bytes && formatAddress(bytes);
}

function readMinutes(rescue: string, problems: ArgumentProblems): number | undefined {
  const minutes = /^\d{1,3}$/.test(rescue) ? Number(rescue) : 0;
  if (minutes >= 1 && minutes <= MAX_RESCUE_MINUTES) return minutes;
  problems.add('--rescue', rescue, `a number of minutes from 1 to ${MAX_RESCUE_MINUTES}`);
  return undefined;
}
