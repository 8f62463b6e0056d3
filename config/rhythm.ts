/** How often a schedule runs: the notation in temporal.yaml, and its meaning. Pure. */

/** Days of the week, numbered as in JavaScript and Temporal: Sunday is 0. */
export const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;
type Weekday = (typeof WEEKDAYS)[number];

/** Matches `hh:mm`, from 00:00 to 23:59. */
export const CLOCK_TIME = /^([01]\d|2[0-3]):[0-5]\d$/;

/** Bounds in minutes. A run takes at least some seconds; 720 is twice a day. */
const MINUTES = { least: 5, most: 720 };
/** What {@link isRhythm} allows, for the end of a sentence. */
export const RHYTHM_ALLOWED = `day, hour, or ${MINUTES.least} to ${MINUTES.most} minutes, such as "15 minutes"`;

/** When a schedule runs. Times of day are in the schedule's time zone. */
export type Rhythm =
  | { every: 'week'; weekday: Weekday; hour: number; minute: number }
  | { every: 'day'; hour: number; minute: number }
  | { every: 'hour'; minute: number }
  /** Counted from the epoch, so independent of the time zone. */
  | { every: 'minutes'; minutes: number };

/** Matches `15 minutes`; the bounds are checked by {@link isRhythm}. */
export const MINUTES_PATTERN = /^(\d{1,4}) minutes$/;

const minutesOf = (value: string): number => Number(MINUTES_PATTERN.exec(value)?.[1]);

/** Whether the value is valid for `schedule.every`. */
export function isRhythm(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const minutes = minutesOf(value);
  return value === 'day' || value === 'hour' || (minutes >= MINUTES.least && minutes <= MINUTES.most);
}

/** Parses `every` and `at` of temporal.yaml, which must be valid. */
export function rhythmOf(every: string, at: string): Rhythm {
  const [hour, minute] = at.split(':').map(Number);
  if (every === 'day') return { every, hour, minute };
  if (every === 'hour') return { every, minute };
  return { every: 'minutes', minutes: minutesOf(every) };
}

/** Whether the value is an IANA time zone. Offsets such as `+02:00` are not allowed: the Temporal server only supports names. */
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

/** Describes a rhythm: `every day at 01:00 (Europe/Berlin)`. */
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
