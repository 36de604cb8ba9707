// Draws bars from left to right, in groups.

import type { Bar, BarChart } from './chart.ts';
import { makeScale, type Scale } from './scale.ts';
import { element, frame, text, tickText, widthOf } from './svg.ts';

const WIDTH = 760;
const TOP = 66;
const BAR = 20;
const STEP = 28;
const GROUP_LABEL = 24;
const BETWEEN_GROUPS = 14;
const BOTTOM = 56;

/** @returns a whole SVG file */
export function drawBars({ title, axis, groups, limits = [] }: BarChart): string {
  const bars = groups.flatMap((group) => group.bars);
  const scale = makeScale(axis, [
    ...bars.flatMap(({ value, reach }) => [value, ...(reach === undefined ? [] : [reach])]),
    ...limits.map(({ value }) => value),
  ]);
  const left = 40 + Math.max(...bars.map(({ label }) => widthOf(label, 13)));
  const right = WIDTH - 32 - Math.max(...bars.map((bar) => widthOf(bar.text, 12)));
  const x = (value: number) => left + scale.place(value) * (right - left);
  const parts: string[] = [];
  let y = TOP;
  for (const { label, bars: own } of groups) {
    if (label !== undefined) {
      parts.push(text(24, y + 12, label, 'soft', { 'font-weight': 600 }));
      y += GROUP_LABEL;
    }
    for (const bar of own) {
      parts.push(...drawBar(bar, left, y, x));
      y += STEP;
    }
    y += BETWEEN_GROUPS;
  }
  const bottom = y - BETWEEN_GROUPS + 4;
  return frame(WIDTH, bottom + BOTTOM, title, [
    ...grid(scale, x, bottom),
    ...limits.flatMap(({ value, label }) => [
      element('line', {
        class: 'limit',
        x1: x(value),
        x2: x(value),
        y1: TOP - 8,
        y2: bottom,
        'stroke-dasharray': '5 4',
      }),
      text(x(value), TOP - 12, label, 'limit', { 'text-anchor': 'middle' }),
    ]),
    ...parts,
    text((left + right) / 2, bottom + 42, axis.label, 'label', { 'text-anchor': 'middle' }),
  ]);
}

function grid({ ticks }: Scale, x: (value: number) => number, bottom: number): string[] {
  return ticks.flatMap((tick) => [
    element('line', { class: 'grid', x1: x(tick), x2: x(tick), y1: TOP - 8, y2: bottom }),
    text(x(tick), bottom + 18, tickText(tick), 'soft', { 'text-anchor': 'middle' }),
  ]);
}

function drawBar(bar: Bar, left: number, y: number, x: (value: number) => number): string[] {
  const middle = y + BAR / 2;
  const end = Math.max(x(bar.value), left + 2);
  const reach = bar.reach === undefined ? end : Math.max(end, x(bar.reach));
  const whisker = [
    element('line', { class: 'line', x1: end, x2: reach, y1: middle, y2: middle, 'stroke-width': 1.5 }),
    element('line', { class: 'line', x1: reach, x2: reach, y1: middle - 5, y2: middle + 5, 'stroke-width': 1.5 }),
  ];
  const shape = element('rect', { class: 'fill', x: left, y, width: end - left, height: BAR, rx: 3 });
  return [
    text(left - 10, middle + 4.5, bar.label, 'label', { 'text-anchor': 'end' }),
    element('g', { class: bar.role }, [shape, ...(reach > end ? whisker : [])].join('')),
    text(reach + 8, middle + 4.5, bar.text, 'soft'),
  ];
}
