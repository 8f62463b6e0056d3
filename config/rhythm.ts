/** When something happens again and again: the words of temporal.yaml, and what they mean. Pure. */

/** In the order of JavaScript's and Temporal's days of the week: Sunday is 0. */
export const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
type Weekday = (typeof WEEKDAYS)[number];

/** `hh:mm`, from 00:00 to 23:59. */
export const CLOCK_TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

/** Minutes. A run takes seconds at least; twice a day is written as 720. */
const MINUTES = { least: 5, most: 720 };
/** What {@link isRhythm} allows, as the end of a sentence. */
export const RHYTHM_ALLOWED = `day, hour, or ${MINUTES.least} to ${MINUTES.most} minutes, such as "15 minutes"`;

/** Times of the clock are those of the schedule's time zone. */
export type Rhythm =
  | { every: 'week'; weekday: Weekday; hour: number; minute: number }
  | { every: 'day'; hour: number; minute: number }
  | { every: 'hour'; minute: number }
  /** Counted from the epoch, so no time zone has a say. */
  | { every: 'minutes'; minutes: number };

/** `15 minutes`; the bounds are checked by {@link isRhythm}. */
export const MINUTES_PATTERN = /^(\d{1,4}) minutes$/;

const minutesOf = (value: string): number => Number(MINUTES_PATTERN.exec(value)?.[1]);

/** True for what `schedule.every` may be. */
export function isRhythm(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const minutes = minutesOf(value);
  return value === 'day' || value === 'hour' || (minutes >= MINUTES.least && minutes <= MINUTES.most);
}

/** `every` and `at` of temporal.yaml, which have been checked. */
export function rhythmOf(every: string, at: string): Rhythm {
  const [hour, minute] = at.split(':').map(Number);
  if (every === 'day') return { every, hour, minute };
  if (every === 'hour') return { every, minute };
  return { every: 'minutes', minutes: minutesOf(every) };
}

/** Names are what the server's own database has to know, so offsets such as `+02:00` are none. */
export function isTimeZone(value: unknown): boolean {
  if (typeof value !== 'string' || !/^[A-Za-z]/.test(value)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}

const two = (value: number): string => String(value).padStart(2, '0');

const capitalized = (word: string): string => word[0].toUpperCase() + word.slice(1);

/** `every day at 01:00 (Europe/Berlin)` */
export function rhythmText(rhythm: Rhythm, timeZone: string): string {
  switch (rhythm.every) {
    case 'week':
      return `every ${capitalized(rhythm.weekday)} at ${two(rhythm.hour)}:${two(rhythm.minute)} (${timeZone})`;
    case 'day':
      return `every day at ${two(rhythm.hour)}:${two(rhythm.minute)} (${timeZone})`;
    case 'hour':
      return `every hour at minute ${rhythm.minute} (${timeZone})`;
    default:
      return `every ${rhythm.minutes} minutes`;
  }
}
