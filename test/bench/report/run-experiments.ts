// Runs experiments one after the other. One that fails costs the others nothing.

import type { Experiment, Extent } from '../experiment.ts';
import type { Machine } from './machine.ts';
import type { Entry, Results } from './results.ts';
import { findingsText } from './terminal.ts';

/** What a run needs. */
export interface Run {
  readonly extent: Extent;
  readonly machine: Machine;
  /** Is told what is done and what was found. */
  readonly say: (text: string) => void;
  /** Is given each entry at once, so that a run that is cut short was not in vain. */
  readonly keep: (measured: Results) => Promise<void>;
}

/** @returns the names of those that failed */
export async function runExperiments(experiments: readonly Experiment[], run: Run): Promise<string[]> {
  const failed: string[] = [];
  for (const one of experiments) {
    try {
      await run.keep({ [one.name]: await runOne(one, run) });
    } catch (error) {
      run.say(`bench: error: ${one.name}: ${error instanceof Error ? error.message : error}`);
      failed.push(one.name);
    }
  }
  return failed;
}

/** Measures, and says what was found. */
async function runOne({ name, title, measure, findings }: Experiment, { extent, machine, say }: Run): Promise<Entry> {
  say(`── ${name}: ${title}`);
  const [start, measuredAt] = [performance.now(), new Date().toISOString()];
  const data = await measure(extent, (text) => say(`   ${text}`));
  const seconds = Math.round((performance.now() - start) / 1000);
  say(`   took ${seconds} s\n\n${findingsText(findings(data))}`);
  return { measuredAt, seconds, extent, machine, data };
}
