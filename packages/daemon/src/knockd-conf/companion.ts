// What a daemon that obeys a knockd.conf does besides: knockd's log, and the file with its process id.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parseOneTimeLines } from '@eightknock/codec';
import type { Clock } from '../clock.ts';
import { describeKnockdTrouble } from '../log-lines.ts';
import type { Companion } from '../run-daemon.ts';
import { KnockdLog } from './knockd-log.ts';
import type { KnockdRun } from './load-run.ts';
import { openLogOutputs } from './log-outputs.ts';
import { STOP_PHRASE, startPhrase } from './phrases.ts';

/** Makes it. @param doors those that are in force now, by name */
export function knockdCompanion(
  { config, options }: Pick<KnockdRun, 'config' | 'options'>,
  doors: () => KnockdRun['doors'] | undefined,
  clock: Pick<Clock, 'nowMs'>,
): Companion {
  return {
    begin(say) {
      const trouble = once((message) => say(describeKnockdTrouble(message)));
      const write = openLogOutputs(options, trouble);
      write(startPhrase(config.interfaces));
      const { pidFile } = options;
      if (pidFile !== undefined) attempt(() => writeFileSync(pidFile, `${process.pid}\n`), trouble);
      return {
        observer: new KnockdLog(doors, write, clock, isUsedUp),
        end() {
          write(STOP_PHRASE);
          if (pidFile !== undefined) attempt(() => rmSync(pidFile, { force: true }), trouble);
        },
      };
    },
  };
}

/** Is no sequence left? A line was marked in the file before its door is logged as open. */
function isUsedUp(file: string): boolean {
  try {
    return parseOneTimeLines(readFileSync(file, 'utf8')).unused.length === 0;
  } catch {
    return false;
  }
}

/** The first trouble is told; more of them are most likely the same. */
function once(tell: (message: string) => void): (message: string) => void {
  let told = false;
  return (message) => {
    if (!told) tell(message);
    told = true;
  };
}

function attempt(what: () => void, trouble: (message: string) => void): void {
  try {
    what();
  } catch (error) {
    trouble((error as Error).message);
  }
}
