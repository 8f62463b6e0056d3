/** Durations, shares and times as people write them. Counts and sizes are in workflows/numbers.ts: the UI shows them too. */

/** `45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`: two units, for they are estimates. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return pair(Math.floor(whole / 60), 'min', whole % 60, 's');
  if (whole < 86_400) return pair(Math.floor(whole / 3600), 'h', Math.floor((whole % 3600) / 60), 'min');
  return pair(Math.floor(whole / 86_400), 'd', Math.floor((whole % 86_400) / 3600), 'h');
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

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
