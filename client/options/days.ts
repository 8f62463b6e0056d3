/**
 * Days as people write them: `2023-07-10`, `2023-07`, `2023`, `today`, `yesterday`, `-7d`. Pure; all days are UTC. A text stands for
 * a span of days, of which `--from` takes the first and `--to` the last.
 */
import { isDay } from '../../cloudtrail/object-key.js';
import { UserMistake } from '../../errors/index.js';
import { addDays, countDays, dayAt } from '../../protocol/days.js';
import { counted } from '../../text/numbers.js';

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
 * The range of days of `--from` and `--to`, either of which may be missing. A month or a year in `--from` alone is that month or
 * year; any other day alone is open to the end.
 * @param now milliseconds since the epoch
 * @returns the first day of `from` and the last of `to`, as far as they are given
 * @throws UserMistake if either is not valid, or the range ends before it begins
 */
export function parseDayRange(
  from: string | undefined,
  to: string | undefined,
  now: number,
): { from?: string; to?: string } {
  const begin = from === undefined ? undefined : parseDays('--from', from, now);
  const end = to === undefined ? (isOneDay(begin) ? undefined : begin) : parseDays('--to', to, now);
  assertOrder(begin?.first, end?.last);
  return { ...(begin === undefined ? {} : { from: begin.first }), ...(end === undefined ? {} : { to: end.last }) };
}

/**
 * The same for ranges that have both ends: without `--to`, a day is the first one up to today. A month or a year that has begun
 * ends today.
 * @throws UserMistake also if a day is in the future
 */
export function parseRange(from: string, to: string | undefined, now: number): { from: string; to: string } {
  const today = dayAt(now);
  const begin = parseDays('--from', from, now);
  const end = to === undefined ? (isOneDay(begin) ? oneDay(today) : begin) : parseDays('--to', to, now);
  const range = { from: begin.first, to: !isOneDay(end) && end.first <= today && end.last > today ? today : end.last };
  for (const flag of ['from', 'to'] as const) {
    if (range[flag] > today && !(flag === 'to' && to === undefined)) {
      throw new UserMistake(
        `--${flag} ${range[flag]} is in the future: nothing has been delivered yet.`,
        `The latest day that you can request is today, ${today} (UTC).`,
      );
    }
  }
  assertOrder(range.from, range.to);
  return range;
}

/**
 * Says which days were understood, unless both were written as days: `Days: 2023-07-01 to 2023-07-31 (UTC)`.
 * @param given the texts of `--from` and `--to`
 * @returns `undefined` if there is nothing to say
 */
export function understoodDays(
  given: { from?: string; to?: string },
  { from, to }: { from?: string; to?: string },
): string | undefined {
  if (given.from === from && given.to === to) return undefined;
  if (from === undefined) return `Days: up to ${to} (UTC)`;
  if (to === undefined) return `Days: from ${from} on (UTC)`;
  return from === to
    ? `Days: only ${from} (UTC)`
    : `Days: ${from} to ${to} (${counted(countDays(from, to), 'day')}, UTC)`;
}

const isOneDay = (span: DaySpan | undefined): boolean => span === undefined || span.first === span.last;

function assertOrder(from: string | undefined, to: string | undefined): void {
  if (from === undefined || to === undefined || from <= to) return;
  throw new UserMistake(
    `--to ${to} is before --from ${from}.`,
    `Both days are inclusive. Did you mean --from ${to} --to ${from}?`,
  );
}

const oneDay = (day: string): DaySpan => ({ first: day, last: day });

function firstOfNextMonth(first: string): string {
  const [year, month] = first.split('-').map(Number);
  return month === 12 ? `${year + 1}-01-01` : `${year}-${String(month + 1).padStart(2, '0')}-01`;
}
