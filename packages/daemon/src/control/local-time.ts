// Moments as people read them: local time, and how far away. Pure but for the time zone of the machine.

const MINUTES_OF_DAY = 24 * 60;

/** `2026-11-21 08:24:11`, local time. */
export function formatLocalTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  const day = [String(date.getFullYear()).padStart(4, '0'), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

/** `09:26:20, in 4 min`; with its date when that is not today's. */
export function formatMomentNear(milliseconds: number, nowMs: number): string {
  const time = formatLocalTime(milliseconds);
  const isToday = time.slice(0, -8) === formatLocalTime(nowMs).slice(0, -8);
  return `${isToday ? time.slice(-8) : time}, ${formatDistance(milliseconds, nowMs)}`;
}

/** `45 s`, `4 min`, `3 h 12 min`, `2 days 4 h`: rounded, negative ones as their opposite. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.round(Math.abs(milliseconds) / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 2 * MINUTES_OF_DAY) return both(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  return both(Math.floor(minutes / MINUTES_OF_DAY), 'days', Math.floor((minutes % MINUTES_OF_DAY) / 60), 'h');
}

/** `in 4 min`, `4 min ago`, `now`. */
export function formatDistance(milliseconds: number, nowMs: number): string {
  const distance = milliseconds - nowMs;
  if (Math.abs(distance) < 500) return 'now';
  return distance > 0 ? `in ${formatDuration(distance)}` : `${formatDuration(distance)} ago`;
}

function both(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
