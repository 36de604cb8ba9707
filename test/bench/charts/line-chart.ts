// Draws lines in a field of two axes, each with its name at its end.

import type { Axis, LineChart, Series } from './chart.ts';
import { makeScale } from './scale.ts';
import { element, frame, text, tickText, widthOf } from './svg.ts';

const WIDTH = 760;
const HEIGHT = 400;
const TOP = 64;
const BOTTOM = HEIGHT - 64;
const NAME_STEP = 17;

/** @returns a whole SVG file; points that have no place on their axes are left out */
export function drawLines({ title, x: xAxis, y: yAxis, series: all, limits = [] }: LineChart): string {
  const isShown = ({ scale }: Axis, value: number) => Number.isFinite(value) && (scale === 'linear' || value > 0);
  const series = all.map((one) => ({
    ...one,
    points: one.points.filter(([x, y]) => isShown(xAxis, x) && isShown(yAxis, y)),
  }));
  const points = series.flatMap((one) => one.points);
  const across = makeScale(
    xAxis,
    points.map(([value]) => value),
  );
  const upward = makeScale(yAxis, [...points.map(([, value]) => value), ...limits.map(({ value }) => value)]);
  const left = 44 + Math.max(...upward.ticks.map((tick) => widthOf(tickText(tick), 12)));
  const right = WIDTH - 30 - Math.max(0, ...series.map(({ label }) => widthOf(label, 14)));
  const x = (value: number) => left + across.place(value) * (right - left);
  const y = (value: number) => BOTTOM - upward.place(value) * (BOTTOM - TOP);
  const middle = (TOP + BOTTOM) / 2;
  return frame(WIDTH, HEIGHT, title, [
    ...upward.ticks.flatMap((tick) => [
      element('line', { class: 'grid', x1: left, x2: right, y1: y(tick), y2: y(tick) }),
      text(left - 8, y(tick) + 4, tickText(tick), 'soft', { 'text-anchor': 'end' }),
    ]),
    ...across.ticks.flatMap((tick) => [
      element('line', { class: 'axis', x1: x(tick), x2: x(tick), y1: BOTTOM, y2: BOTTOM + 5 }),
      text(x(tick), BOTTOM + 20, tickText(tick), 'soft', { 'text-anchor': 'middle' }),
    ]),
    element('line', { class: 'axis', x1: left, x2: right, y1: BOTTOM, y2: BOTTOM }),
    text((left + right) / 2, BOTTOM + 44, xAxis.label, 'label', { 'text-anchor': 'middle' }),
    text(22, middle, yAxis.label, 'label', { 'text-anchor': 'middle', transform: `rotate(-90 22 ${middle})` }),
    ...limits.flatMap((limit) => [
      element('line', {
        class: 'limit',
        x1: left,
        x2: right,
        y1: y(limit.value),
        y2: y(limit.value),
        'stroke-dasharray': '5 4',
      }),
      text(left + 8, y(limit.value) - 6, limit.label, 'limit'),
    ]),
    ...series.flatMap((one) => drawSeries(one, x, y)),
    ...names(series, right, y),
  ]);
}

function drawSeries(
  { role, points, dashed, plain }: Series,
  x: (value: number) => number,
  y: (value: number) => number,
): string[] {
  if (points.length === 0) return [];
  const places = points.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`);
  const dashes = dashed ? { 'stroke-dasharray': '6 5' } : {};
  const line = element('polyline', { class: 'line', points: places.join(' '), ...dashes });
  const marks = plain ? [] : points.map(([a, b]) => element('circle', { class: 'fill', cx: x(a), cy: y(b), r: 4 }));
  return [element('g', { class: role }, [line, ...marks].join(''))];
}

/** The names stand at the ends of the lines, and apart from each other. */
function names(series: readonly Series[], right: number, y: (value: number) => number): string[] {
  const placed = series
    .filter(({ points }) => points.length > 0)
    .map((one) => ({ one, at: y(one.points.at(-1)?.[1] as number) }))
    .sort((a, b) => a.at - b.at);
  let lowest = Number.NEGATIVE_INFINITY;
  const spread = placed.map(({ one, at }) => {
    lowest = Math.max(at, lowest + NAME_STEP);
    return { one, at: lowest };
  });
  const beyond = Math.max(0, lowest - BOTTOM);
  return spread.map(({ one, at }) =>
    text(right + 12, at - beyond + 4, one.label, one.role, { 'font-size': '13px', 'font-weight': 600 }),
  );
}
