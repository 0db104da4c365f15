/*
 * Days of the time zone of this machine, as YYYY-MM-DD. A day is 23, 24 or 25 hours long, or half an hour less or more.
 */

/** Every time zone is apart from UTC by a multiple of this, ms: no day ends within. */
const QUARTER_MS = 15 * 60_000;

/** The last answer: to ask the calendar for each reading takes ten times as long as to count it. */
let known = { quarter: Number.NaN, date: '' };

/** The local date of a moment. @param wall ms since the epoch */
export function dateOf(wall: number): string {
  const quarter = Math.floor(wall / QUARTER_MS);
  if (quarter !== known.quarter) known = { quarter, date: textOf(new Date(wall)) };
  return known.date;
}

/** The first moment of the local date of a moment, ms since the epoch. */
export function dayStart(wall: number): number {
  const day = new Date(wall);
  return new Date(day.getFullYear(), day.getMonth(), day.getDate()).getTime();
}

/** The date of the day before, whatever the time zone. */
export function dayBefore(date: string): string {
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() - 1);
  return day.toISOString().slice(0, 10);
}

/** Whether a text names a day. */
export function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}

function textOf(day: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${String(day.getFullYear()).padStart(4, '0')}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
