/**
 * Conditions on the columns of a table, and which data files can have rows that satisfy them, by the counts and bounds in their
 * manifest entries (spec, "Scan Planning"). Pure. A file is left out only if none of its rows can satisfy the condition.
 */
import { compareRaw, decodeBound } from './bounds.js';
import type { DataFile, PrimitiveType } from './types.js';

/** A value of a column: integers and times as bigint, strings as UTF-8 bytes. */
export type Value = boolean | number | bigint | Buffer;

/** A column, or a member of a struct; not an element of a list. */
export interface ConditionColumn {
  /** Its field id. */
  id: number;
  /** Dotted. */
  path: string;
  type: PrimitiveType;
}

/** One end of a range. */
export interface Limit {
  value: Value;
  inclusive: boolean;
}

/** What a row must satisfy. The columns of all kinds but `null` are not null. */
export type Condition =
  | { kind: 'and'; of: readonly Condition[] }
  | { kind: 'or'; of: readonly Condition[] }
  /** The value is one of these. */
  | { kind: 'in'; column: ConditionColumn; values: readonly Value[] }
  | { kind: 'range'; column: ConditionColumn; lower?: Limit; upper?: Limit }
  /** The string begins with these bytes. */
  | { kind: 'prefix'; column: ConditionColumn; prefix: Buffer }
  | { kind: 'null'; column: ConditionColumn }
  | { kind: 'not null'; column: ConditionColumn };

/** Days since 1970-01-01, inclusive. Without an end on one side, it is infinite. */
export interface DayRange {
  from: number;
  to: number;
}

/** What is known of a file's values of one column. */
interface FileColumn {
  lower?: Value;
  upper?: Value;
  /** Whether there can be values, and nulls. */
  mayHaveValues: boolean;
  mayHaveNulls: boolean;
}

const DAY_MICROS = 86_400_000_000n;

/** The condition that a column has one of some values. */
export type InCondition = Extract<Condition, { kind: 'in' }>;

/**
 * Whether the file can have a row that satisfies the condition.
 * @param dayColumn id of the timestamptz column by whose day the files are partitioned, if there is one
 */
export function mayMatch(condition: Condition, file: DataFile, dayColumn?: number): boolean {
  return remainderOf(condition, file, () => false, dayColumn) !== false;
}

/**
 * What is undecided about a file: false if none of its rows can satisfy the condition; true if the file may satisfy it and
 * nothing else can decide that; otherwise a condition of only `and`, `or` and those `in` that the file may satisfy and that
 * something else can decide, according to `isOpen`: see {@link isSatisfied}.
 * @param dayColumn id of the timestamptz column by whose day the files are partitioned, if there is one
 */
export function remainderOf(
  condition: Condition,
  file: DataFile,
  isOpen: (condition: InCondition) => boolean,
  dayColumn?: number,
): Condition | boolean {
  if (condition.kind === 'and' || condition.kind === 'or') {
    const decisive = condition.kind === 'or';
    const rest: Condition[] = [];
    for (const one of condition.of) {
      const remainder = remainderOf(one, file, isOpen, dayColumn);
      if (remainder === decisive) return decisive;
      if (typeof remainder !== 'boolean') rest.push(remainder);
    }
    if (rest.length === 0) return !decisive;
    if (rest.length === 1) return rest[0];
    // The same object for most files, of which there may be many.
    const isWhole = rest.length === condition.of.length && rest.every((one, index) => one === condition.of[index]);
    return isWhole ? condition : { kind: condition.kind, of: rest };
  }
  const may = mayMatchOne(condition, columnOf(file, condition.column, dayColumn));
  return may && condition.kind === 'in' && isOpen(condition) ? condition : may;
}

/** Whether a remainder is satisfied, given the answer of `tell` for each `in`. */
export function isSatisfied(remainder: Condition | boolean, tell: (condition: InCondition) => boolean): boolean {
  if (typeof remainder === 'boolean') return remainder;
  if (remainder.kind === 'and') return remainder.of.every((one) => isSatisfied(one, tell));
  if (remainder.kind === 'or') return remainder.of.some((one) => isSatisfied(one, tell));
  return remainder.kind !== 'in' || tell(remainder);
}

function mayMatchOne(condition: Exclude<Condition, { kind: 'and' | 'or' }>, known: FileColumn): boolean {
  if (condition.kind === 'null') return known.mayHaveNulls;
  if (!known.mayHaveValues) return false;
  switch (condition.kind) {
    case 'not null':
      return true;
    case 'in':
      return condition.values.some((value) => isWithin(known, value));
    case 'prefix':
      return mayStartWith(known, condition.prefix);
    case 'range':
      return overlaps(known, condition);
  }
}

/** The ids of the columns that a condition is about. */
export function columnsOf(condition: Condition | undefined, ids = new Set<number>()): ReadonlySet<number> {
  if (condition === undefined) return ids;
  if (condition.kind !== 'and' && condition.kind !== 'or') return ids.add(condition.column.id);
  for (const one of condition.of) columnsOf(one, ids);
  return ids;
}

/**
 * The days of all timestamps that can satisfy the condition; `undefined` if rows of any day, or without a timestamp, can.
 * @param dayColumn id of a timestamptz column
 */
export function daysOf(condition: Condition, dayColumn: number): DayRange | undefined {
  if (condition.kind === 'and') {
    const ranges = condition.of.flatMap((one) => daysOf(one, dayColumn) ?? []);
    if (ranges.length === 0) return undefined;
    return { from: Math.max(...ranges.map(({ from }) => from)), to: Math.min(...ranges.map(({ to }) => to)) };
  }
  if (condition.kind === 'or') {
    const ranges = condition.of.map((one) => daysOf(one, dayColumn));
    // A branch that no day satisfies, such as an empty list, does not widen the others.
    const known = ranges.filter((range) => range !== undefined).filter(({ from, to }) => from <= to);
    if (ranges.includes(undefined)) return undefined;
    return known.reduce((all, { from, to }) => ({ from: Math.min(all.from, from), to: Math.max(all.to, to) }), NO_DAYS);
  }
  if (condition.column.id !== dayColumn) return undefined;
  if (condition.kind === 'in') {
    const days = condition.values.map((value) => dayOf(value));
    return { from: Math.min(...days), to: Math.max(...days) };
  }
  if (condition.kind !== 'range') return undefined;
  const { lower, upper } = condition;
  return {
    from: lower === undefined ? Number.NEGATIVE_INFINITY : dayOf(lower.value, lower.inclusive ? 0n : 1n),
    to: upper === undefined ? Number.POSITIVE_INFINITY : dayOf(upper.value, upper.inclusive ? 0n : -1n),
  };
}

const NO_DAYS: DayRange = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };

/** The day of a timestamp in microseconds, after adding `by` to it. */
function dayOf(value: Value, by = 0n): number {
  const micros = BigInt(value as bigint) + by;
  const rest = micros % DAY_MICROS;
  return Number((micros - rest) / DAY_MICROS) - (rest < 0n ? 1 : 0);
}

function columnOf(file: DataFile, { id, type }: ConditionColumn, dayColumn: number | undefined): FileColumn {
  const values = file.valueCounts[id];
  const nulls = file.nullCounts[id];
  const [low, high] = [file.lowerBounds[id], file.upperBounds[id]];
  const known: FileColumn = {
    lower: low === undefined ? undefined : decodeBound(type, low),
    upper: high === undefined ? undefined : decodeBound(type, high),
    // Without counts, nothing is known: the file may lack the column, or its writer may not have counted.
    mayHaveValues: values === undefined || nulls === undefined || nulls < values,
    mayHaveNulls: nulls !== 0 || values === undefined || values < file.rows,
  };
  if (id !== dayColumn || Number.isNaN(file.day)) return known;
  // By definition of the partition, even if a writer has omitted the bounds.
  const first = BigInt(file.day) * DAY_MICROS;
  const last = first + DAY_MICROS - 1n;
  const { lower = first, upper = last } = known;
  return {
    lower: compareRaw(lower, first) < 0 ? first : lower,
    upper: compareRaw(upper, last) > 0 ? last : upper,
    mayHaveValues: true,
    mayHaveNulls: false,
  };
}

function isWithin({ lower, upper }: FileColumn, value: Value): boolean {
  return (
    (lower === undefined || compareRaw(lower, value) <= 0) && (upper === undefined || compareRaw(upper, value) >= 0)
  );
}

/** A truncated upper bound is above all values, a truncated lower one is not above any: both compare as they are. */
function mayStartWith({ lower, upper }: FileColumn, prefix: Buffer): boolean {
  if (upper !== undefined && compareRaw(upper, prefix) < 0) return false;
  if (lower === undefined || compareRaw(lower, prefix) <= 0) return true;
  return lower instanceof Buffer && lower.subarray(0, prefix.length).equals(prefix);
}

function overlaps(known: FileColumn, { column, lower, upper }: Condition & { kind: 'range' }): boolean {
  if (upper !== undefined && known.lower !== undefined) {
    const order = compareRaw(known.lower, upper.value);
    if (order > 0 || (order === 0 && !upper.inclusive)) return false;
  }
  if (lower === undefined || known.upper === undefined) return true;
  // SQL sorts NaN after all numbers, and bounds do not include it (spec, "Data File Fields"): it is in ranges without an end.
  if ((column.type === 'float' || column.type === 'double') && upper === undefined) return true;
  const order = compareRaw(known.upper, lower.value);
  return order > 0 || (order === 0 && lower.inclusive);
}
