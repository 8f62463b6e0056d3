/**
 * Timestamps of records: microseconds since the epoch as a double, exact for the years 1685 to 2255 and for whole seconds of
 * any year.
 */

/** Microseconds per day. */
export const MICROS_A_DAY = 86_400_000_000;
/** Milliseconds per day. */
export const MILLIS_A_DAY = 86_400_000;
/**
 * Seconds since the epoch: the years 1 to 9999, UTC. Python, Spark and others support no other times and fail on a table that
 * has one.
 */
const FIRST = -62_135_596_800;
const END = 253_402_300_800;

/** Whole days since 1970-01-01, the value of Iceberg's `day` transform. */
export function epochDayOf(micros: number): number {
  return Math.floor(micros / MICROS_A_DAY);
}

function digits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = bytes[i] - 48;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}

let lastDate = 0;
let lastDateMillis = Number.NaN;

/**
 * Midnight of a date in milliseconds since the epoch; NaN for a date that does not exist. Almost all calls are for the same
 * date as before.
 */
function midnight(year: number, month: number, day: number): number {
  const date = (year * 100 + month) * 100 + day;
  if (date === lastDate) return lastDateMillis;
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  const exists = at.getUTCFullYear() === year && at.getUTCMonth() === month - 1 && at.getUTCDate() === day;
  lastDate = date;
  lastDateMillis = exists ? at.getTime() : Number.NaN;
  return lastDateMillis;
}

/** Parses `YYYY-MM-DD` in the ten bytes at `from` to days since 1970-01-01; NaN for anything else. */
export function parseDate(bytes: Uint8Array, from: number): number {
  if (bytes[from + 4] !== 45 || bytes[from + 7] !== 45) return Number.NaN;
  const year = digits(bytes, from, 4);
  return year > 0 ? midnight(year, digits(bytes, from + 5, 2), digits(bytes, from + 8, 2)) / MILLIS_A_DAY : Number.NaN;
}

/** Whether the valid time `bytes[from..to)` has the format that CloudTrail writes: `YYYY-MM-DDTHH:MM:SSZ`. */
export function isCanonical(bytes: Uint8Array, from: number, to: number): boolean {
  return to - from === 20 && bytes[from + 10] === 84 && bytes[to - 1] === 90;
}

/** The last time that was parsed: whole seconds since the epoch, and the remaining microseconds. */
const last = { seconds: 0, fraction: 0, isOutside: false };

/**
 * The exact microseconds since the epoch of the last time that {@link parseTimestamp} read, for times that a double cannot
 * represent.
 */
export function lastMicros(): bigint {
  return BigInt(last.seconds) * 1_000_000n + BigInt(last.fraction);
}

/** Whether the last text that {@link parseTimestamp} rejected is a time outside the years 1 to 9999. */
export function lastTimeOutOfRange(): boolean {
  return last.isOutside;
}

/**
 * Parses an ISO 8601 date and time with `Z` or an offset, and up to six fraction digits (more are cut off), to microseconds
 * since the epoch. NaN for anything else, including times without a time zone and times outside the years 1 to 9999 (UTC).
 * If a double cannot represent the microseconds, the result is the whole second: see {@link lastMicros}.
 */
export function parseTimestamp(bytes: Uint8Array, from: number, to: number): number {
  last.isOutside = false;
  if (to - from < 20 || bytes[from + 4] !== 45 || bytes[from + 7] !== 45) return Number.NaN;
  const separator = bytes[from + 10];
  if (separator !== 84 && separator !== 116 && separator !== 32) return Number.NaN;
  if (bytes[from + 13] !== 58 || bytes[from + 16] !== 58) return Number.NaN;
  const date = midnight(digits(bytes, from, 4), digits(bytes, from + 5, 2), digits(bytes, from + 8, 2));
  const hour = digits(bytes, from + 11, 2);
  const minute = digits(bytes, from + 14, 2);
  const second = digits(bytes, from + 17, 2);
  if (!(hour < 24 && minute < 60 && second < 60)) return Number.NaN;
  let at = from + 19;
  let fraction = 0;
  if (bytes[at] === 46) {
    let unit = 100_000;
    const first = ++at;
    for (; at < to && bytes[at] >= 48 && bytes[at] <= 57; at++) {
      if (unit >= 1) fraction += (bytes[at] - 48) * unit;
      unit /= 10;
    }
    if (at === first) return Number.NaN;
  }
  const offset = zone(bytes, at, to);
  const seconds = date / 1000 + (hour * 60 + minute - offset) * 60 + second;
  if (!(seconds >= FIRST && seconds < END)) {
    last.isOutside = !Number.isNaN(seconds);
    return Number.NaN;
  }
  last.seconds = seconds;
  last.fraction = fraction;
  const micros = seconds * 1_000_000 + fraction;
  return Number.isSafeInteger(micros) ? micros : seconds * 1_000_000;
}

/** Minutes east of UTC; NaN if the remaining text is not a time zone. */
function zone(bytes: Uint8Array, at: number, to: number): number {
  const sign = bytes[at];
  if (sign === 90 || sign === 122) return at + 1 === to ? 0 : Number.NaN;
  if ((sign !== 43 && sign !== 45) || at + 6 !== to || bytes[at + 3] !== 58) return Number.NaN;
  const hours = digits(bytes, at + 1, 2);
  const minutes = digits(bytes, at + 4, 2);
  if (!(hours < 24 && minutes < 60)) return Number.NaN;
  return (hours * 60 + minutes) * (sign === 45 ? -1 : 1);
}

/** A timestamp of Arrow in whole milliseconds since the epoch; `undefined` for null. */
export function toMilliseconds(value: unknown): number | undefined {
  return value == null ? undefined : Math.round(Number(value));
}
