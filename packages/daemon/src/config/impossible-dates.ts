// Finds the dates that smol-toml has rolled over: it reads 2027-02-30 as 2 March, and the text of a value is lost then.
// A client would expire on another day than the file says; so such a day is a problem.

import { TomlDate } from 'smol-toml';
import { isRealDate } from './moment.ts';

/** A key whose value is a day that does not exist. */
export interface ImpossibleDate {
  readonly path: readonly (string | number)[];
  /** As the file has it, for instance `2027-02-30`. */
  readonly text: string;
}

/**
 * Looks for dates that were rolled over.
 * @param text the TOML that `table` was read from
 * @returns in the order of the keys; a real date is taken for a rolled one only where the file has both
 */
export function findImpossibleDates(text: string, table: object): ImpossibleDate[] {
  const rolled = new Map<string, string>();
  for (const date of text.match(/\b\d{4}-\d{2}-\d{2}(?!\d)/g) ?? []) {
    if (isRealDate(date)) continue;
    const milliseconds = Date.parse(`${date.slice(0, 8)}01T00:00:00Z`);
    if (Number.isNaN(milliseconds)) continue;
    const day = new Date(milliseconds + (Number(date.slice(8)) - 1) * 86_400_000);
    rolled.set(day.toISOString().slice(0, 10), date);
  }
  const found: ImpossibleDate[] = [];
  if (rolled.size > 0) visit(table, [], rolled, found);
  return found;
}

function visit(
  value: unknown,
  path: readonly (string | number)[],
  rolled: ReadonlyMap<string, string>,
  found: ImpossibleDate[],
): void {
  if (value instanceof TomlDate) {
    const text = rolled.get(value.toISOString().slice(0, 10));
    if (text !== undefined) found.push({ path, text });
  } else if (Array.isArray(value)) {
    value.forEach((element, i) => {
      visit(element, [...path, i], rolled, found);
    });
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, element] of Object.entries(value)) visit(element, [...path, key], rolled, found);
  }
}
