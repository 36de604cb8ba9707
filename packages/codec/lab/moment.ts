// Moments: what a person writes → unix seconds, and back to text. Times are UTC, whatever the machine's zone is. Pure: the clock is an argument.

/** The word that stands for the clock of the machine. */
export const NOW = 'now';
/** The end of the year 9999: what can be written with four digits. */
const LATEST_SECONDS = 253_402_300_799;

const DATE = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(?::(\d{2}))?(?: ?(?:[Zz]|UTC))?$/;

/**
 * Reads a moment.
 * @param text `now`, unix seconds, or a date with a time in UTC: `2027-01-15 08:00:00`, also with T between them and Z at the end
 * @param nowSeconds unix seconds
 * @returns unix seconds from 1970 to the end of 9999; undefined when it is no such text, or there is no such day or time
 */
export function parseMoment(text: string, nowSeconds: number): number | undefined {
  const seconds = readSeconds(text, nowSeconds);
  return seconds !== undefined && seconds >= 0 && seconds <= LATEST_SECONDS ? seconds : undefined;
}

function readSeconds(text: string, nowSeconds: number): number | undefined {
  if (text.toLowerCase() === NOW) return nowSeconds;
  if (/^\d{1,12}(?:\.\d{1,9})?$/.test(text)) return Number(text);
  const [match, date, time, second = '00'] = DATE.exec(text) ?? [];
  if (match === undefined) return undefined;
  const written = `${date}T${time}:${second}`;
  const milliseconds = Date.parse(`${written}Z`);
  // JavaScript makes 2 March of 30 February.
  if (Number.isNaN(milliseconds) || !new Date(milliseconds).toISOString().startsWith(written)) return undefined;
  return milliseconds / 1000;
}

/**
 * Writes a moment; {@link parseMoment} reads it.
 * @param unixSeconds up to some minutes after the end of 9999; parts of a second are left out
 */
export function formatMoment(unixSeconds: number): string {
  return `${new Date(Math.floor(unixSeconds) * 1000).toISOString().replace('T', ' ').replace('.000Z', '')} UTC`;
}

/** Writes the time of day alone. */
export function formatClock(unixSeconds: number): string {
  return formatMoment(unixSeconds).replace(/^\S+ /, '').replace(' UTC', '');
}

/**
 * Writes how long something is, in one unit.
 * @param seconds 0 or more
 */
export function formatSpan(seconds: number): string {
  if (seconds < 120) return count(seconds, 'second');
  if (seconds < 2 * 3600) return count(seconds / 60, 'minute');
  if (seconds < 2 * 86_400) return count(seconds / 3600, 'hour');
  return count(seconds / 86_400, 'day');
}

function count(number: number, noun: string): string {
  const rounded = Math.round(number);
  return `${rounded} ${noun}${rounded === 1 ? '' : 's'}`;
}
