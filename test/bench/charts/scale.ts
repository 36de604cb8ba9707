// From values to places on an axis, and where its ticks are.

import type { Axis } from './chart.ts';

/** An axis with its ends. */
export interface Scale {
  readonly ticks: readonly number[];
  /** @returns 0 at the beginning of the axis, 1 at its end; what is beyond is put at the end */
  place(value: number): number;
}

/** Makes the scale of an axis for these values. A logarithmic one leaves out what is not positive. */
export function makeScale({ scale, include = [] }: Axis, values: readonly number[]): Scale {
  const all = [...values, ...include].filter((value) => Number.isFinite(value));
  return scale === 'log' ? logScale(all.filter((value) => value > 0)) : linearScale(all);
}

function linearScale(values: readonly number[]): Scale {
  const most = Math.max(0, ...values) || 1;
  const step = niceStep(most / 5);
  const end = Math.ceil(most / step - 1e-9) * step;
  const ticks = Array.from({ length: Math.round(end / step) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
  return { ticks, place: (value) => clamp(value / end) };
}

/** From 1, 2 or 5 times a power of ten to another one; ticks at powers of ten, or at all of these where there are few. */
function logScale(values: readonly number[]): Scale {
  const [least, most] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [1, 10];
  const all: number[] = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.ceil(Math.log10(most)); power++) {
    for (const digit of [1, 2, 5]) all.push(Number((digit * 10 ** power).toPrecision(12)));
  }
  const first = all.filter((tick) => tick <= least * (1 + 1e-9)).length - 1;
  const last = Math.max(
    first + 1,
    all.findIndex((tick) => tick >= most * (1 - 1e-9)),
  );
  const within = all.slice(first, last + 1);
  const [start, end] = [Math.log(within[0] as number), Math.log(within.at(-1) as number)];
  const powers = within.filter((tick) => Number.isInteger(Number(Math.log10(tick).toFixed(9))));
  return {
    ticks: within.length > 7 && powers.length >= 3 ? powers : within,
    place: (value) => (value > 0 ? clamp((Math.log(value) - start) / (end - start)) : 0),
  };
}

function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((digit) => digit * power >= least * (1 - 1e-9)) ?? 10);
}

function clamp(place: number): number {
  return Math.min(1, Math.max(0, place));
}
