/** Formats percentages and times. Counts, sizes and durations are in text/numbers.ts: the UI shows them too. */

/** `57.5 %`; `–` if the whole is 0. */
export function percent(part: number, whole: number): string {
  if (whole <= 0) return '–';
  // Never "100 %" before everything is done.
  const value = part < whole ? Math.min(99.9, (100 * part) / whole) : 100;
  return `${value.toFixed(value === 100 || value === 0 ? 0 : 1)} %`;
}

/** Formats an ISO 8601 time in UTC as `2023-07-10 12:05 UTC`. */
export function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}
