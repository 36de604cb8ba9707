// From a chart to its SVG.

import { drawBars } from './bar-chart.ts';
import type { Chart } from './chart.ts';
import { drawLines } from './line-chart.ts';

/** @returns a whole SVG file */
export function drawChart(chart: Chart): string {
  return chart.kind === 'bars' ? drawBars(chart) : drawLines(chart);
}
