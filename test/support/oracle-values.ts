/** What a delivered value must become in a column, according to the value that `JSON.parse` returns. */
import { isDeepStrictEqual } from 'node:util';
import type { Conversion, Shape } from '../../cloudtrail/columns/column.js';
import type { ColumnType } from '../../iceberg/types.js';
import { isObject } from './columns.js';

/** The value of a column with JSON text, which is compared by its meaning. */
export class JsonText {
  constructor(readonly value: unknown) {}
}
/** The text of a record: null, or exactly that record. */
export class Original {
  constructor(readonly value: unknown) {}
}
/** A text column whose delivered value was a number: `JSON.parse` loses how it was written, so it is compared as a number. */
export class NumberText {
  constructor(readonly value: number) {}
}
/** A number column: `JSON.parse` loses the digits that a double cannot hold. */
export class Rounded {
  constructor(readonly value: number) {}
}

/** A list whose order is that of the text: `JSON.parse` puts the last of duplicate keys at the position of the first. */
export class AnyOrder {
  constructor(readonly values: readonly string[]) {}
}

/** The value of the column, null for none, and whether it represents exactly what was delivered. */
export interface Converted {
  stored: unknown;
  exact: boolean;
}

const NOTHING: Converted = { stored: null, exact: false };
/** As encoded in UTF-8. */
export const wellFormed = (text: string): string => Buffer.from(text).toString();

/** Converts a value that is not null. Whether all digits of a number are kept is not checked here. */
export function convert(as: Conversion, type: ColumnType, value: unknown): Converted {
  if (typeof as === 'object') return convertShape(as.shape, type, value);
  switch (as) {
    case 'text':
      return { stored: textOf(value), exact: typeof value === 'string' && wellFormed(value) === value };
    case 'boolean':
      if (typeof value === 'boolean') return { stored: value, exact: true };
      return { stored: value === 'true' ? true : value === 'false' ? false : null, exact: false };
    case 'true_text':
      return value === 'true' ? { stored: true, exact: true } : NOTHING;
    case 'time':
      return {
        stored: microsOf(value),
        exact: typeof value === 'string' && /^[\d:T-]{19}Z$/.test(value) && microsOf(value) !== null,
      };
    case 'date':
      return typeof value === 'string' ? dateOf(value) : NOTHING;
    case 'json':
      return { stored: new JsonText(value), exact: true };
    case 'integer': {
      const number = numberOf(value);
      const [low, high] = type === 'int' ? [-(2 ** 31), 2 ** 31] : [-(2 ** 63), 2 ** 63];
      if (number === undefined || !Number.isInteger(number) || number < low || number >= high) return NOTHING;
      return { stored: new Rounded(number), exact: typeof value === 'number' };
    }
    default: {
      const number = numberOf(value);
      if (number === undefined || !Number.isFinite(number)) return NOTHING;
      return { stored: new Rounded(number), exact: typeof value === 'number' };
    }
  }
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  const isNumber = typeof value === 'string' && /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(value);
  return isNumber ? Number(value) : undefined;
}

function dateOf(text: string): Converted {
  const isDate = /^\d{4}-\d\d-\d\d$/.test(text);
  const micros = microsOf(isDate ? `${text}T00:00:00Z` : text);
  if (micros === null) return NOTHING;
  return { stored: Math.floor(Number(micros / 1000n) / 86_400_000), exact: isDate };
}

function convertShape(shape: Shape, type: ColumnType, value: unknown): Converted {
  if (typeof shape === 'string') return convert(shape, type, value);
  if (typeof type === 'string') throw new Error(`a shape for ${type}`);
  if ('list' in shape && 'list' in type) {
    if (!Array.isArray(value)) return NOTHING;
    const elements = value.map((element) =>
      element === null ? NOTHING : convertShape(shape.list, type.list, element),
    );
    return { stored: elements.map(({ stored }) => stored), exact: elements.every(({ exact }) => exact) };
  }
  if (!('members' in shape && 'struct' in type)) throw new Error('the shape does not fit the type');
  if (!isObject(value)) return NOTHING;
  const known = new Set(shape.members.map(({ key }) => key));
  let exact = Object.keys(value).every((key) => known.has(key));
  const stored = shape.members.map(({ key, name, shape: inner }, index) => {
    if (!Object.hasOwn(value, key)) {
      // Readers show a missing list as an empty one.
      if (typeof inner === 'object' && 'list' in inner) exact = false;
      return [name, null];
    }
    if (value[key] === null) {
      exact = false;
      return [name, null];
    }
    const member = convertShape(inner, type.struct[index].type, value[key]);
    exact &&= member.exact;
    return [name, member.stored];
  });
  return { stored: Object.fromEntries(stored), exact };
}

/** Does JSON text that was changed for other engines represent what was delivered, as far as it can? */
export function portableAgrees(actual: unknown, delivered: unknown): boolean {
  if (typeof delivered === 'string') return actual === wellFormed(delivered);
  // Long numbers, and those that a double cannot hold, are strings.
  if (typeof delivered === 'number') return Object.is(typeof actual === 'string' ? Number(actual) : actual, delivered);
  if (typeof delivered !== 'object' || delivered === null) return actual === delivered;
  // Values that are nested too deeply are strings.
  if (typeof actual === 'string') return isDeepStrictEqual(JSON.parse(actual), delivered);
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual) !== Array.isArray(delivered)) return false;
  // Names may be equal now: the last one is kept.
  const members = new Map(Object.entries(delivered).map(([key, value]) => [cut(wellFormed(key)), value]));
  const keys = Object.keys(actual);
  return (
    keys.length === members.size &&
    keys.every((key) => members.has(key) && portableAgrees((actual as Record<string, unknown>)[key], members.get(key)))
  );
}

/** At most 50,000 bytes of UTF-8, without a partial character. */
function cut(key: string): string {
  return new TextDecoder().decode(Buffer.from(key).subarray(0, 50_000), { stream: true });
}

/** The text of a text column. */
export function textOf(value: unknown): unknown {
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value === 'number') return new NumberText(value);
  return typeof value === 'boolean' ? String(value) : null;
}

const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/i;

/** Microseconds since the epoch. */
function microsOf(value: unknown): bigint | null {
  const match = typeof value === 'string' ? TIME.exec(value) : null;
  if (match === null) return null;
  const [, date, time, fraction = '', sign, hours, minutes] = match;
  const at = Date.parse(`${date}T${time}Z`);
  // Date.parse takes 30 February for 1 March, and 24:00:00 for the next day's midnight.
  if (Number.isNaN(at) || date.startsWith('0000') || new Date(at).toISOString() !== `${date}T${time}.000Z`) return null;
  const offset = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -60_000 : 60_000);
  const year = new Date(at - offset).getUTCFullYear();
  if (year < 1 || year > 9999) return null;
  return BigInt(at - offset) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
}
