/** Days as text, `YYYY-MM-DD` (UTC). Pure, so that workflows can use it. */
const DAY_MS = 86_400_000;

export function nextDay(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
}

/** Number of days from `from` to `to`, both included; 0 when `to` is before `from`. */
export function countDays(from: string, to: string): number {
  return Math.max(0, (Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY_MS + 1);
}
