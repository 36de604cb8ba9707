// What `run --knockd-conf` and `check --knockd-conf` obey: the doors of a knockd.conf, in the configuration of a
// knockdaemon.toml where one is named. Throws one error with all problems of both.

import { hostname } from 'node:os';
import type { Config } from '../config/config.ts';
import { lineProblems } from '../config/doors/one-time-lines.ts';
import { unheardKeys } from '../config/doors/unheard-keys.ts';
import { loadConfig } from '../config/load.ts';
import { ConfigError, type Problem } from '../config/problem.ts';
import { readConfigFile } from '../config/read-file.ts';
import type { KnockdConf } from './knockd-conf.ts';
import { loadKnockdConf } from './load.ts';
import { configAround, toDoors } from './to-config.ts';

/** What is to be run. */
export interface KnockdRun {
  readonly config: Config;
  /** Where knockd's log goes, and the file with the process id. */
  readonly options: Omit<KnockdConf, 'doors'>;
  /** Doors by name: what knockd's log calls them, and the commands it says. */
  readonly doors: ReadonlyMap<string, LoggedDoor>;
}

/** A door as its log has it. */
export interface LoggedDoor {
  readonly label: string;
  readonly commands: KnockdConf['doors'][number];
}

/**
 * Loads both.
 * @param mainFile the knockdaemon.toml; absent: none
 * @throws ConfigError
 */
export async function loadKnockdRun(knockdFile: string, mainFile?: string): Promise<KnockdRun> {
  const problems: Problem[] = [];
  const main = mainFile === undefined ? undefined : await settled(loadConfig(mainFile), problems);
  const { conf, problems: own } = await loadKnockdConf(knockdFile, true);
  problems.push(...own);
  if (conf) problems.push(...(await sequenceFileProblems(conf)));
  if (!conf || problems.length > 0) throw new ConfigError(problems);
  const around = main?.config ?? configAround(conf, hostname() || 'localhost');
  const added = toDoors(
    conf,
    around.doors.map(({ name }) => name),
  );
  const { doors, ...options } = conf;
  const unheard = added.flatMap(({ door }, i) =>
    unheardKeys(door, around.source).map(({ key, ...rest }) => {
      const path = doors[i]?.places[key === 'target' ? 'Target' : 'TCPFlags'];
      return { file: knockdFile, ...(path !== undefined && { path }), ...rest };
    }),
  );
  if (unheard.length > 0) throw new ConfigError(unheard);
  return {
    config: { ...around, doors: [...around.doors, ...added.map(({ door }) => door)] },
    options,
    doors: new Map(
      added.map(({ door, label }, i) => [door.name, { label, commands: doors[i] as LoggedDoor['commands'] }]),
    ),
  };
}

async function settled<T>(loading: Promise<T>, problems: Problem[]): Promise<T | undefined> {
  try {
    return await loading;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return undefined;
  }
}

/** Who could change the files of one-time sequences, and whether every line is one. */
async function sequenceFileProblems({ doors }: KnockdConf): Promise<Problem[]> {
  const problems: Problem[] = [];
  const files = doors.flatMap(({ sequence }) => ('file' in sequence ? [sequence.file] : []));
  for (const [i, file] of files.entries()) {
    if (files.indexOf(file) < i) {
      problems.push({
        file,
        expected: 'one door for each file of one-time sequences: what one uses, the other must not',
      });
      continue;
    }
    const { text, problems: own, changeProblems } = await readConfigFile(file, false);
    problems.push(...own, ...changeProblems, ...lineProblems(text ?? '', file));
  }
  return problems;
}
