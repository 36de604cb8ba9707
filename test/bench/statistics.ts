// Medians and percentiles.

/** The p-th percentile (nearest rank), p from 0 to 100; NaN of no values. */
export function percentile(values: readonly number[], p: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil((p / 100) * sorted.length));
  return sorted[rank - 1] as number;
}

/** The middle value; NaN of no values. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/**
 * How many of the values are as small as that, as points of a line that rises from the first to all.
 * @returns value → share, 0–1, ascending; one point for each value
 */
export function cumulative(values: readonly number[]): [value: number, share: number][] {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.map((value, i) => [value, (i + 1) / sorted.length]);
}

/** Rounded for the file of results: so many digits after the point. */
export function rounded(value: number, digits = 3): number {
  return Number(value.toFixed(digits));
}
