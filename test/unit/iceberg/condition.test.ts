/** Which files can have rows that satisfy a condition, by their counts and bounds. */
import { encodeBound, type RawBound } from '../../../iceberg/bounds';
import { type Condition, type ConditionColumn, daysOf, mayMatch, type Value } from '../../../iceberg/condition';
import type { DataFile, PrimitiveType } from '../../../iceberg/types';

const DAY_MICROS = 86_400_000_000n;
const column = (type: PrimitiveType, id = 1): ConditionColumn => ({ id, path: 'x', type });

interface Known {
  lower?: string;
  upper?: string;
  values?: number;
  nulls?: number;
  day?: number;
}

function file({ lower, upper, values = 10, nulls = 0, day = Number.NaN }: Known = {}): DataFile {
  const of = <T>(value: T | undefined): Record<string, T> => (value === undefined ? {} : { 1: value });
  return {
    path: 'f',
    bytes: 1,
    rows: 10,
    day,
    columnSizes: {},
    valueCounts: of(values),
    nullCounts: of(nulls),
    lowerBounds: of(lower),
    upperBounds: of(upper),
  };
}

const encoded = (type: PrimitiveType, raw: RawBound, side: 'lower' | 'upper' = 'lower') =>
  (encodeBound(type, raw, side) as Buffer).toString('base64');
function double(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes.toString('base64');
}
const equals = (type: PrimitiveType, value: Value): Condition => ({
  kind: 'in',
  column: column(type),
  values: [value],
});
const above = (type: PrimitiveType, value: Value, inclusive = false): Condition => ({
  kind: 'range',
  column: column(type),
  lower: { value, inclusive },
});

test('NaN is above all numbers, and bounds do not include it', () => {
  const scores = file({ lower: double(1), upper: double(2) });
  expect(mayMatch(above('double', 3), scores)).toBe(true);
  expect(mayMatch(equals('double', 3), scores)).toBe(false);
  const between: Condition = { ...above('double', 3), upper: { value: 4, inclusive: true } } as Condition;
  expect(mayMatch(between, scores)).toBe(false);
  const below: Condition = { kind: 'range', column: column('double'), upper: { value: 1, inclusive: false } };
  expect(mayMatch(below, scores)).toBe(false);
  const odd = file({ lower: double(Number.NaN), upper: double(Number.NaN) });
  expect(mayMatch(equals('double', 3), odd)).toBe(true);
  expect(mayMatch(equals('double', -0), file({ lower: double(0), upper: double(0) }))).toBe(true);
});

test('bounds from before a column became wider', () => {
  const codes = file({ lower: encoded('int', -5), upper: encoded('int', 7) });
  expect([-6n, -5n, 7n, 8n].map((code) => mayMatch(equals('long', code), codes))).toEqual([false, true, true, false]);
  const float = Buffer.alloc(4);
  float.writeFloatLE(1.5);
  const scores = file({ lower: float.toString('base64'), upper: float.toString('base64') });
  expect([1.5, 1.6].map((score) => mayMatch(equals('double', score), scores))).toEqual([true, false]);
});

test('strings are compared by their bytes, and truncated bounds include what was truncated', () => {
  const text = 'arn:aws:sts::694000:role/x';
  const [lower, upper] = (['lower', 'upper'] as const).map((side) => encoded('string', Buffer.from(text), side));
  const arns = file({ lower, upper });
  const at = (value: string) => mayMatch(equals('string', Buffer.from(value)), arns);
  expect([text, 'arn:aws:sts::694', 'arn:aws:sts::694zzz', 'arn:aws:sts::693', 'arn:aws:sts::696'].map(at)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
  const begins = (prefix: string) =>
    mayMatch({ kind: 'prefix', column: column('string'), prefix: Buffer.from(prefix) }, arns);
  expect(['', 'arn', 'arn:aws:sts::694000:role/x', 'arn:aws:sts::7', 'arm', 'b'].map(begins)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  // UTF-16 sorts U+1F600 before U+FFFF; UTF-8 and SQL do not.
  const beyond = file({ lower: encoded('string', Buffer.from('\u{ffff}')) });
  expect(mayMatch(equals('string', Buffer.from('😀')), beyond)).toBe(true);
});

test('nulls', () => {
  const [isNull, isNotNull]: Condition[] = [
    { kind: 'null', column: column('string') },
    { kind: 'not null', column: column('string') },
  ];
  const files = [file(), file({ nulls: 10 }), file({ nulls: 3 })];
  expect(files.map((one) => mayMatch(isNull, one))).toEqual([false, true, true]);
  expect(files.map((one) => mayMatch(isNotNull, one))).toEqual([true, false, true]);
  expect(mayMatch(above('long', 5n), file({ nulls: 10 }))).toBe(false);
  // A file of an older schema has no counts: all of its values are null, but its manifest does not say so.
  const old = { ...file(), valueCounts: {}, nullCounts: {} };
  expect([isNull, isNotNull, above('long', 5n)].map((one) => mayMatch(one, old))).toEqual([true, true, true]);
});

test('the day of the partition is a bound of its timestamps', () => {
  const micros = (day: number, more = 0n) => BigInt(day) * DAY_MICROS + more;
  const someDay = file({ day: 100 });
  const at = (from: bigint, inclusive = true) => mayMatch(above('timestamptz', from, inclusive), someDay, 1);
  expect([micros(100), micros(101, -1n), micros(101)].map((from) => at(from))).toEqual([true, true, false]);
  expect(at(micros(101, -1n), false)).toBe(false);
  expect(mayMatch(above('timestamptz', micros(101)), someDay, 2)).toBe(true);
  expect(mayMatch(above('timestamptz', micros(101)), file({ day: Number.NaN }), 1)).toBe(true);
});

test('days of conditions', () => {
  const ts = column('timestamptz');
  const from = (day: number, inclusive = true): Condition => ({
    kind: 'range',
    column: ts,
    lower: { value: BigInt(day) * DAY_MICROS, inclusive },
  });
  const until = (day: number, inclusive = false): Condition => ({
    kind: 'range',
    column: ts,
    upper: { value: BigInt(day) * DAY_MICROS, inclusive },
  });
  const other = equals('string', Buffer.from('x'));
  const elsewhere: Condition = { ...other, column: column('string', 9) } as Condition;
  const days = (condition: Condition) => daysOf(condition, 1);
  expect(days({ kind: 'and', of: [from(3), until(5), elsewhere] })).toEqual({ from: 3, to: 4 });
  expect(days({ kind: 'and', of: [from(3), until(5, true)] })).toEqual({ from: 3, to: 5 });
  expect(
    days({
      kind: 'or',
      of: [
        { kind: 'and', of: [from(3), until(4)] },
        { kind: 'in', column: ts, values: [-1n] },
      ],
    }),
  ).toEqual({
    from: -1,
    to: 3,
  });
  expect(days({ kind: 'or', of: [from(3), elsewhere] })).toBeUndefined();
  expect(days({ kind: 'or', of: [{ kind: 'in', column: ts, values: [] }, from(3)] })).toEqual({
    from: 3,
    to: Number.POSITIVE_INFINITY,
  });
  expect(days(elsewhere)).toBeUndefined();
  expect(days({ kind: 'null', column: ts })).toBeUndefined();
});
