// A stopwatch and pauses that go faster, for one program of Node: what takes minutes is seen in seconds. The time of day
// stays as it is, so that the program's knocks belong to the right window.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Lab } from './lab.ts';

/** @returns environment for the program. @param times how many times as fast */
export async function fastClock(lab: Lab, times: number): Promise<Record<string, string>> {
  const file = join(lab.folder, 'fast-clock.mjs');
  const script = `
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
const { setTimeout } = timers;
timers.setTimeout = (milliseconds, ...rest) => setTimeout(milliseconds / ${times}, ...rest);
syncBuiltinESMExports();
const now = performance.now.bind(performance);
performance.now = () => now() * ${times};
`;
  await writeFile(file, script);
  return { NODE_OPTIONS: `--import=${pathToFileURL(file)}` };
}
