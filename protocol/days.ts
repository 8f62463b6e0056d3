/** Days as strings, `YYYY-MM-DD` (UTC). Pure, so that workflows can use it. */

/** Milliseconds per day. */
export const DAY_MS = 86_400_000;

/** Days since 1970-01-01: the value of Iceberg's `day` transform. */
export function toDayNumber(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / DAY_MS;
}

/** The inverse of {@link toDayNumber}. */
export function fromDayNumber(number: number): string {
  return new Date(number * DAY_MS).toISOString().slice(0, 10);
}

/** The day (UTC) of a time in milliseconds since the epoch. */
export function dayAt(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** The day that is `days` later (earlier if negative). */
export function addDays(day: string, days: number): string {
  return fromDayNumber(toDayNumber(day) + days);
}

/** The following day. */
export function nextDay(day: string): string {
  return addDays(day, 1);
}

/** The preceding day. */
export function previousDay(day: string): string {
  return addDays(day, -1);
}

/** Number of days from `from` to `to`, inclusive; 0 if `to` is before `from`. */
export function countDays(from: string, to: string): number {
  return Math.max(0, toDayNumber(to) - toDayNumber(from) + 1);
}
