/**
 * When a schedule is due, computed as Temporal's API specifies it: wall clock times are matched literally. A time that does not
 * exist when clocks go forward is skipped; a time that occurs twice when they go back is due twice
 * (`ScheduleSpec.timezone_name`). Server 1.29 may be off by one run within two hours of such a change: the next run makes up
 * for it. Pure.
 */
import type { Rhythm } from '../../config/rhythm.js';

const MINUTE_MS = 60_000;
/** The offsets of all current time zones are multiples of 15 minutes. */
const QUARTER_MS = 15 * MINUTE_MS;

/** The next `count` times after `after`, milliseconds since the epoch, without jitter. */
export function nextTimes(rhythm: Rhythm, timeZone: string, after: number, count: number): number[] {
  const times: number[] = [];
  if (rhythm.every === 'minutes') {
    const step = rhythm.minutes * MINUTE_MS;
    for (let at = nextMultiple(after, step); times.length < count; at += step) times.push(at);
    return times;
  }
  const clock = clockOf(timeZone);
  const shift = (rhythm.minute % 15) * MINUTE_MS;
  for (let at = nextMultiple(after - shift, QUARTER_MS) + shift; times.length < count; at += QUARTER_MS)
    if (isDue(rhythm, clock(at))) times.push(at);
  return times;
}

/** The first multiple of `step` after `time`. */
function nextMultiple(time: number, step: number): number {
  return (Math.floor(time / step) + 1) * step;
}

interface Clock {
  weekday: string;
  hour: number;
  minute: number;
}

function isDue(rhythm: Exclude<Rhythm, { every: 'minutes' }>, { weekday, hour, minute }: Clock): boolean {
  if (minute !== rhythm.minute) return false;
  if (rhythm.every === 'hour') return true;
  return hour === rhythm.hour && (rhythm.every === 'day' || weekday === rhythm.weekday);
}

function clockOf(timeZone: string): (at: number) => Clock {
  const options = { timeZone, weekday: 'long', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
  const format = new Intl.DateTimeFormat('en-US', options);
  return (at) => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    return { weekday: parts.weekday.toLowerCase(), hour: Number(parts.hour), minute: Number(parts.minute) };
  };
}
