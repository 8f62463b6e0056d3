/** Shares and times as people write them. Counts, sizes and durations are in text/numbers.ts: the UI shows them too. */

/** `57.5 %`; nothing of nothing is not a percentage. */
export function percent(part: number, whole: number): string {
  if (whole <= 0) return '–';
  // Never "100 %" while something is left.
  const value = part < whole ? Math.min(99.9, (100 * part) / whole) : 100;
  return `${value.toFixed(value === 100 || value === 0 ? 0 : 1)} %`;
}

/** `2023-07-10 12:05 UTC`. */
export function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}
