// What a chart shows. Plain data: bar-chart.ts and line-chart.ts draw it.

/** Whose value it is: gives the colour. */
export type Role =
  | 'ours'
  /** We in another way. */
  | 'ours-too'
  | 'knockd'
  | 'fwknopd'
  /** What nobody can go below. */
  | 'floor';

/** A number line. */
export interface Axis {
  /** With the unit. */
  readonly label: string;
  readonly scale: 'linear' | 'log';
  /** What must be on it besides the values; a linear axis begins at 0. */
  readonly include?: readonly number[];
}

/** One bar. */
export interface Bar {
  readonly label: string;
  readonly role: Role;
  readonly value: number;
  /** A thin line goes on to here: the 99th percentile. */
  readonly reach?: number;
  /** Written at its end. */
  readonly text: string;
}

/** A value that should not be passed, and what it is. */
export interface Limit {
  readonly value: number;
  readonly label: string;
}

/** Bars from left to right, in groups from top to bottom. */
export interface BarChart {
  readonly kind: 'bars';
  readonly title: string;
  readonly axis: Axis;
  readonly groups: readonly { readonly label?: string; readonly bars: readonly Bar[] }[];
  /** Drawn across: what no bar should pass. */
  readonly limits?: readonly Limit[];
}

/** One line. */
export interface Series {
  readonly label: string;
  readonly role: Role;
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly dashed?: boolean;
  /** Points are not marked: there are many. */
  readonly plain?: boolean;
}

/** Lines in a field of two axes. */
export interface LineChart {
  readonly kind: 'lines';
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Of the values upward, drawn across. */
  readonly limits?: readonly Limit[];
}

/** A chart. */
export type Chart = BarChart | LineChart;
