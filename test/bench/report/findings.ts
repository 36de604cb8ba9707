// What an experiment has found, ready to be shown: tables, targets, figures. Plain data; how it is shown is the business of
// terminal.ts, page.ts and the charts.

import type { Chart } from '../charts/chart.ts';

/** A table. */
export interface Table {
  /** What its rows are; a sentence without its full stop. */
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What was to be reached, and what was. */
export interface Target {
  readonly what: string;
  /** As `at most 2 ×`. */
  readonly limit: string;
  /** As the limit is written. */
  readonly value: string;
  readonly verdict: 'reached' | 'missed' | 'not measured';
}

/** A chart in a file of its own. */
export interface Figure {
  /** Of the file, without `.svg`. */
  readonly name: string;
  readonly chart: Chart;
}

/** All of it. */
export interface Findings {
  readonly targets: readonly Target[];
  readonly tables: readonly Table[];
  readonly figures: readonly Figure[];
}

/** How a number is written. */
type Format = (value: number) => string;

/** A value that must not be larger than the limit. */
export function atMost(what: string, value: number, limit: number, format: Format): Target {
  return { what, limit: `at most ${format(limit)}`, value: format(value), verdict: verdictOf(value, value <= limit) };
}

/** A value that must not be smaller than the limit. */
export function atLeast(what: string, value: number, limit: number, format: Format): Target {
  return { what, limit: `at least ${format(limit)}`, value: format(value), verdict: verdictOf(value, value >= limit) };
}

function verdictOf(value: number, isReached: boolean): Target['verdict'] {
  if (!Number.isFinite(value)) return 'not measured';
  return isReached ? 'reached' : 'missed';
}
