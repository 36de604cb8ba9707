// What an experiment is: it measures, and says what the measured means. Between the two lies plain data, which goes through a file.

import type { Findings } from './report/findings.ts';

/** `short`: does everything once, for a few seconds; its numbers prove nothing. */
export type Extent = 'full' | 'short';

/** An experiment with data of one kind. */
export interface ExperimentOf<Data> {
  /** As it is called on the command line and in the file. */
  readonly name: string;
  /** The question that it answers, in a few words. */
  readonly title: string;
  /** @param say is told what is being done now */
  readonly measure: (extent: Extent, say: (text: string) => void) => Promise<Data>;
  /** Pure: from the data alone. */
  readonly findings: (data: Data) => Findings;
}

/** An experiment with data that only it understands. */
export type Experiment = ExperimentOf<unknown>;

/** Forgets the kind of the data: what an experiment is given is what it has measured. */
export function experiment<Data>(of: ExperimentOf<Data>): Experiment {
  return { ...of, findings: (data) => of.findings(data as Data) };
}
