/** When things happen: busy and quiet hours, and how long CloudTrail takes to deliver. */
import type { Random } from './random.js';

const DAY_MS = 86_400_000;
/** CloudTrail delivers about every five minutes. */
export const SLOT_MS = 300_000;

/** Deliveries of a day. */
export const SLOTS_A_DAY = DAY_MS / SLOT_MS;

/** Of 100 events on a working day, how many fall in each hour (UTC): an office in Europe, jobs at night. */
const HOURS = [4, 2, 2, 3, 2, 2, 3, 4, 6, 7, 7, 6, 5, 6, 7, 7, 6, 5, 4, 3, 3, 2, 2, 2];
const WEEKEND = 0.4;

/** The rate of events at a time (milliseconds since the epoch); 1 is the average of a working day. */
export function eventRate(time: number): number {
  const date = new Date(time);
  const weekend = date.getUTCDay() === 0 || date.getUTCDay() === 6;
  return (HOURS[date.getUTCHours()] / 100) * 24 * (weekend ? WEEKEND : 1);
}

/** Slots until the file of an event: one or two mostly, some hours for one of 50, days for one of 200. */
export function deliveryDelay(random: Random): number {
  const draw = random.int(1000);
  if (draw < 5) return SLOTS_A_DAY + random.int(2 * SLOTS_A_DAY);
  if (draw < 25) return 12 + random.int(60);
  return 1 + random.int(2);
}

/** `YYYY-MM-DD`. */
export function isoDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** `YYYYMMDDTHHMMSSZ`; file names of logs have no seconds. */
export function stampOf(time: number, seconds: boolean): string {
  const text = new Date(time).toISOString().replace(/[-:]/g, '');
  return seconds ? `${text.slice(0, 15)}Z` : `${text.slice(0, 13)}Z`;
}
