// Numbers as people read them. What was not measured is a dash.

const or = (value: number, text: string) => (Number.isFinite(value) ? text : '–');

/** `0.123 ms`, `12.3 ms`, `1,234 ms`: three digits that count. */
export function milliseconds(value: number): string {
  return or(value, `${significant(value)} ms`);
}

/** `3.42 µs` */
export function microseconds(value: number): string {
  return or(value, `${value.toFixed(2)} µs`);
}

/** `61 MB` */
export function megabytes(value: number): string {
  return or(value, `${Math.round(value)} MB`);
}

/** `12,345` */
export function count(value: number): string {
  return or(value, Math.round(value).toLocaleString('en'));
}

/** `12.3 ×` */
export function times(value: number): string {
  return or(value, `${significant(value)} ×`);
}

/** `98 %`, of a share from 0 to 1. */
export function percent(share: number): string {
  return or(share, `${Math.round(share * 100)} %`);
}

/** `8 of 10` */
export function outOf(part: number, all: number): string {
  return `${part} of ${all}`;
}

function significant(value: number): string {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3);
}
