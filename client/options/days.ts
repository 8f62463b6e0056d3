/**
 * Days as people write them: `2023-07-10`, `2023-07`, `2023`, `today`, `yesterday`, `-7d`. Pure; all days are UTC. A text stands for
 * a span of days, of which `--from` takes the first and `--to` the last.
 */
import { isDay } from '../../cloudtrail/object-key.js';
import { UserMistake } from '../../errors/index.js';
import { addDays, dayAt } from '../../protocol/days.js';

/** A span of days, both inclusive, `YYYY-MM-DD`. */
export interface DaySpan {
  first: string;
  last: string;
}

/** The forms, for help and errors. */
export const DAY_FORMS = '2023-07-10, 2023-07, 2023, today, yesterday or -7d';

/** Days that one of these units has. A month has no fixed number of days: `-1m` would be a guess. */
const DAYS_OF_UNIT: Readonly<Record<string, number>> = { d: 1, w: 7 };
/** 100 years: more is a slip of the finger. */
const MAX_DAYS_AGO = 36_500;

/**
 * The span of days that a text stands for.
 * @param flag the option, for the error: `--from`
 * @param now milliseconds since the epoch
 * @returns the first and the last day; the same day, unless the text is a month or a year
 * @throws UserMistake if it is none of the forms, or no day of the calendar
 */
export function parseDays(flag: string, text: string, now: number): DaySpan {
  const today = dayAt(now);
  const word = text.trim().toLowerCase();
  if (word === 'today') return oneDay(today);
  if (word === 'yesterday') return oneDay(addDays(today, -1));
  const ago = /^-(\d+)([a-z]*)$/.exec(word);
  if (ago !== null) {
    const [, digits, unit] = ago;
    const days = Number(digits) * (DAYS_OF_UNIT[unit] ?? Number.NaN);
    if (days <= MAX_DAYS_AGO) return oneDay(addDays(today, -days));
    const cure = Number.isNaN(days) ? 'Count days or weeks' : `The most is -${MAX_DAYS_AGO}d`;
    throw new UserMistake(`${flag} "${text}" is not a number of days.`, `${cure}: ${flag} -7d or ${flag} -2w.`);
  }
  const [, year, month, day] = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(word) ?? [];
  if (year === undefined) {
    throw new UserMistake(`${flag} "${text}" is not a day.`, `Write ${DAY_FORMS} (UTC).`);
  }
  const first = [year, month ?? '01', day ?? '01'].join('-');
  if (!isDay(first)) {
    throw new UserMistake(`${flag} "${text}" is not in the calendar.`, `Write ${DAY_FORMS} (UTC).`);
  }
  if (day !== undefined) return oneDay(first);
  return { first, last: addDays(month === undefined ? `${Number(year) + 1}-01-01` : firstOfNextMonth(first), -1) };
}

/**
 * The range of days of `--from` and `--to`, either of which may be missing.
 * @param now milliseconds since the epoch
 * @returns the first day of `from` and the last of `to`, as far as they are given
 * @throws UserMistake if either is not valid, or the range ends before it begins
 */
export function parseDayRange(
  from: string | undefined,
  to: string | undefined,
  now: number,
): { from?: string; to?: string } {
  const first = from === undefined ? undefined : parseDays('--from', from, now).first;
  const last = to === undefined ? undefined : parseDays('--to', to, now).last;
  if (first !== undefined && last !== undefined && last < first) {
    throw new UserMistake(
      `--to ${to} (${last}) is before --from ${from} (${first}).`,
      'Both days are inclusive. Exchange them, or omit one of them.',
    );
  }
  return { ...(first === undefined ? {} : { from: first }), ...(last === undefined ? {} : { to: last }) };
}

const oneDay = (day: string): DaySpan => ({ first: day, last: day });

function firstOfNextMonth(first: string): string {
  const [year, month] = first.split('-').map(Number);
  return month === 12 ? `${year + 1}-01-01` : `${year}-${String(month + 1).padStart(2, '0')}-01`;
}
