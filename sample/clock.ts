/** When events happen (busy and quiet hours), and how long CloudTrail takes to deliver them. */
import { MILLIS_A_DAY } from '../cloudtrail/decoder/timestamp.js';
import type { Random } from './random.js';

/** Milliseconds per delivery slot: CloudTrail delivers about every five minutes. */
export const SLOT_MS = 300_000;

/** Delivery slots per day. */
export const SLOTS_A_DAY = MILLIS_A_DAY / SLOT_MS;

/** How 100 events of a working day are distributed over the hours (UTC): an office in Europe, jobs at night. */
const HOURS = [4, 2, 2, 3, 2, 2, 3, 4, 6, 7, 7, 6, 5, 6, 7, 7, 6, 5, 4, 3, 3, 2, 2, 2];
const WEEKEND = 0.4;

/** Returns the event rate at a time (milliseconds since the epoch); 1 is the average of a working day. */
export function eventRate(time: number): number {
  const date = new Date(time);
  const weekend = date.getUTCDay() === 0 || date.getUTCDay() === 6;
  return (HOURS[date.getUTCHours()] / 100) * 24 * (weekend ? WEEKEND : 1);
}

/** Returns the number of slots until an event is delivered: mostly one or two, some hours for 1 in 50, days for 1 in 200. */
export function deliveryDelay(random: Random): number {
  const draw = random.int(1000);
  if (draw < 5) return SLOTS_A_DAY + random.int(2 * SLOTS_A_DAY);
  if (draw < 25) return 12 + random.int(60);
  return 1 + random.int(2);
}

/** Formats a time (milliseconds since the epoch) as `YYYY-MM-DD`. */
export function isoDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

/** Formats a time as `YYYYMMDDTHHMMSSZ`, or without seconds, as in the file names of logs. */
export function stampOf(time: number, seconds: boolean): string {
  const text = new Date(time).toISOString().replace(/[-:]/g, '');
  return seconds ? `${text.slice(0, 15)}Z` : `${text.slice(0, 13)}Z`;
}
