// Dates as people write them → milliseconds. Without a zone they are UTC, so that a server's zone changes nothing.
// Must never roll an impossible date such as 30 February over to another day, as JavaScript and smol-toml do.

const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})?)?$/;

/**
 * Reads a date (its midnight) or a date with a time, ISO 8601 / RFC 3339.
 * @param text `2027-01-01`, `2027-01-01T12:00`, `2027-01-01T12:00:00Z`, `2027-01-01 12:00:00+02:00`; no zone means UTC
 * @returns milliseconds since 1970; undefined when it is not such a text or there is no such day or time
 */
export function parseMoment(text: string): number | undefined {
  const match = MOMENT.exec(text);
  if (!match) return undefined;
  const [, date, hour = '00', minute = '00', second = '00', zone = 'Z'] = match;
  if (!isRealDate(date as string) || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const fraction = /\.\d{1,3}/.exec(text)?.[0] ?? '';
  const milliseconds = Date.parse(`${date}T${hour}:${minute}:${second}${fraction}${zone.toUpperCase()}`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** Writes a moment as TOML does, in UTC; midnight as a date alone. The inverse of {@link parseMoment}. */
export function formatMoment(milliseconds: number): string {
  return new Date(milliseconds)
    .toISOString()
    .replace(/T00:00:00\.000Z$/, '')
    .replace(/\.000Z$/, 'Z');
}

/** Is there such a day in the calendar? `2027-02-30` is not. */
export function isRealDate(date: string): boolean {
  const milliseconds = Date.parse(`${date}T00:00:00Z`);
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().startsWith(date);
}
