// All that was measured, as it is kept: one entry for each experiment, with where and when. An experiment that is measured again
// replaces its own entry, and no other.

import type { Extent } from '../experiment.ts';
import type { Machine } from './machine.ts';

/** The form of the file; another one is not read. */
const FORMAT = 1;

/** One experiment. */
export interface Entry {
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly seconds: number;
  readonly extent: Extent;
  readonly machine: Machine;
  /** What the experiment of this name understands. */
  readonly data: unknown;
}

/** Name of an experiment → what it has measured. */
export type Results = Readonly<Record<string, Entry>>;

/** Puts new entries in the place of old ones; in the order of `names`, and what has no name there is forgotten. */
export function mergeResults(old: Results, measured: Results, names: readonly string[]): Results {
  const all = { ...old, ...measured };
  const known = names.filter((name) => Object.hasOwn(all, name));
  return Object.fromEntries(known.map((name) => [name, all[name] as Entry]));
}

/** The text of the file. */
export function formatResults(results: Results): string {
  const text = JSON.stringify({ format: FORMAT, experiments: results }, undefined, 1);
  // A series of numbers on one line.
  return `${text.replaceAll(/\[\s+-?[\d.e+-]+(?:,\s+-?[\d.e+-]+)*\s+\]/g, (list) => list.replaceAll(/\s+/g, ''))}\n`;
}

/** Reads the file. @throws Error when it is not one of this form */
export function parseResults(text: string): Results {
  const { format, experiments } = JSON.parse(text);
  if (format !== FORMAT) throw new Error(`the file of results has form ${format}, not ${FORMAT}: remove it`);
  return experiments;
}
