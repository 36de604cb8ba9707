// What would keep the commands of a knockd.conf from being run. A program that is not there is told by its line, and not
// refused: knockd starts all the same, and so does `run`. Looks, changes nothing.

import { fileProblems, runnerProblems } from '../act/program-problems.ts';
import type { Programs } from '../config/door-config.ts';
import type { Problem } from '../config/problem.ts';
import type { KnockdRun } from './load-run.ts';

const HINT = 'it runs all the same, as knockd does; the command fails when somebody has knocked';

/** What would keep every command from being run: knockd runs all of them as root. */
export function commandProblems(): Problem[] {
  return runnerProblems('the user of commands', 'root');
}

/** @param file the knockd.conf, as problems name it */
export function programWarnings(file: string, { config, doors }: Pick<KnockdRun, 'config' | 'doors'>): Problem[] {
  const warnings = new Map<string, Problem>();
  const look = (path: string | undefined, argv: Programs['argv'] | undefined) => {
    for (const problem of path === undefined || !argv ? [] : fileProblems(path, argv[0])) {
      warnings.set(`${path}`, { file, ...problem, hint: HINT });
    }
  };
  for (const { name, action } of config.doors) {
    const places = doors.get(name)?.commands.places;
    if (!places || action.kind !== 'run') continue;
    const { ipv4, ipv6 } = action.families ?? {};
    look(places.Start_Command, ipv4?.argv);
    look(places.Start_Command_6 ?? places.Start_Command, ipv6?.argv);
    look(places.Stop_Command, ipv4?.stop?.argv);
    look(places.Stop_Command_6 ?? places.Stop_Command, ipv6?.stop?.argv);
  }
  return [...warnings.values()];
}
