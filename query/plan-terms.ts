/** Columns and literals in DuckDB's serialized plans. Pure; plan-conditions.ts combines them. */
import type { Condition, ConditionColumn, Value } from '../iceberg/condition.js';
import type { NestedField, PrimitiveType, Schema } from '../iceberg/types.js';

/** What literals of a plan can be relied on. */
export interface LiteralRules {
  /** Whether the statement depends on the clock, which goes on between planning and running it. */
  usesClock: boolean;
  /** Its text: a literal that is in it does not depend on the clock. */
  text: string;
}

/** An object of the plan. */
export type Json = Record<string, unknown>;

/** The objects of an array; none for anything else. */
export const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);

/** A column, or what a cast that keeps the order of its values makes of it. */
export interface Term {
  column: ConditionColumn;
  /** The type that it is compared as. */
  as: PrimitiveType;
}

/** DuckDB's name of the type of a literal. */
const LITERALS: Readonly<Record<string, PrimitiveType>> = {
  BOOLEAN: 'boolean',
  INTEGER: 'int',
  BIGINT: 'long',
  FLOAT: 'float',
  DOUBLE: 'double',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  'TIMESTAMP WITH TIME ZONE': 'timestamptz',
  VARCHAR: 'string',
};

/** Casts that lose nothing. */
const WIDENED: readonly (readonly [from: PrimitiveType, to: PrimitiveType])[] = [
  ['int', 'long'],
  ['float', 'double'],
];

const DAY_MICROS = 86_400_000_000n;

/** Functions that return a member of a struct. */
const MEMBER_FUNCTIONS = new Set(['struct_extract', 'array_extract']);

/** Reads the columns and literals of one scan. */
export class TermReader {
  private readonly names: readonly string[];

  /** @param scan a `LOGICAL_GET` of the plan */
  constructor(
    private readonly schema: Schema,
    private readonly scan: Json,
    private readonly rules: LiteralRules,
  ) {
    this.names = list(scan.names).map(String);
  }

  /** The path of a column of the table, by its position. */
  columnAt(position: unknown): string[] | undefined {
    const name = this.names[Number(position)];
    return name === undefined ? undefined : [name];
  }

  /** A leaf by its path. DuckDB does not distinguish upper and lower case. */
  columnOf(path: readonly string[]): ConditionColumn | undefined {
    let fields: readonly NestedField[] = this.schema.fields;
    const names: string[] = [];
    for (const [depth, part] of path.entries()) {
      const [field, ...others] = fields.filter(({ name }) => name.toLowerCase() === part.toLowerCase());
      if (field === undefined || others.length > 0) return undefined;
      names.push(field.name);
      const { id, type } = field;
      const isLast = depth === path.length - 1;
      if (typeof type === 'string') return isLast ? { id, path: names.join('.'), type } : undefined;
      if (type.type !== 'struct') return undefined;
      fields = type.fields;
    }
    return undefined;
  }

  /** A column, a member of a struct, or a cast of one; `undefined` for any other expression. */
  termOf(expression: Json | undefined, reference: 'scan' | readonly string[]): Term | undefined {
    if (expression === undefined) return undefined;
    const path = this.pathOf(expression, reference);
    if (path !== undefined) {
      const column = this.columnOf(path);
      return column && { column, as: column.type };
    }
    const cast = castOf(expression);
    if (cast === undefined) return undefined;
    const inner = this.termOf(cast.child, reference);
    return inner && inner.as === inner.column.type && keepsOrder(inner.as, cast.to)
      ? { column: inner.column, as: cast.to }
      : undefined;
  }

  private pathOf(expression: Json, reference: 'scan' | readonly string[]): string[] | undefined {
    if (expression.type === 'BOUND_REF') {
      if (reference !== 'scan') return Number(expression.index) === 0 ? [...reference] : undefined;
      const position = list(this.scan.column_indexes)[Number(expression.index)]?.index;
      return position === undefined ? undefined : this.columnAt(position);
    }
    if (expression.type !== 'BOUND_FUNCTION' || !MEMBER_FUNCTIONS.has(String(expression.name))) return undefined;
    const [struct, member] = list(expression.children);
    const name = this.stringOf(this.literalOf(member));
    const path = name === undefined ? undefined : this.pathOf(struct, reference);
    return path === undefined ? undefined : [...path, name as string];
  }

  /** The value of a constant expression. */
  literalOf(expression: unknown): unknown {
    const { type, value } = (expression ?? {}) as Json;
    return type === 'VALUE_CONSTANT' ? value : undefined;
  }

  /** A literal string. */
  stringOf(literal: unknown): string | undefined {
    const { type, value, is_null: isNull } = (literal ?? {}) as Json;
    return isNull === false && (type as Json | undefined)?.id === 'VARCHAR' && typeof value === 'string'
      ? value
      : undefined;
  }

  /** A comparison with a literal. */
  comparison(term: Term, operator: string, literal: unknown): Condition | undefined {
    const between = this.valuesOf(term, literal);
    if (between === undefined) return undefined;
    const { column } = term;
    const [lower, upper] = between;
    const inclusive = lower !== upper;
    switch (operator) {
      case 'COMPARE_EQUAL':
      case 'COMPARE_NOT_DISTINCT_FROM':
        return lower === upper
          ? { kind: 'in', column, values: [lower] }
          : { kind: 'range', column, lower: { value: lower, inclusive }, upper: { value: upper, inclusive } };
      case 'COMPARE_NOTEQUAL':
        return { kind: 'not null', column };
      case 'COMPARE_LESSTHAN':
        return { kind: 'range', column, upper: { value: upper, inclusive } };
      case 'COMPARE_LESSTHANOREQUALTO':
        return { kind: 'range', column, upper: { value: upper, inclusive: true } };
      case 'COMPARE_GREATERTHAN':
        return { kind: 'range', column, lower: { value: lower, inclusive } };
      case 'COMPARE_GREATERTHANOREQUALTO':
        return { kind: 'range', column, lower: { value: lower, inclusive: true } };
      default:
        return undefined;
    }
  }

  /** `IN`. A null in the list is equal to nothing. */
  oneOf(term: Term, literals: readonly unknown[]): Condition | undefined {
    const values: Value[] = [];
    const ranges: Condition[] = [];
    for (const literal of literals) {
      if ((literal as Json | undefined)?.is_null === true) continue;
      const one = this.comparison(term, 'COMPARE_EQUAL', literal);
      if (one === undefined) return undefined;
      if (one.kind === 'in') values.push(...one.values);
      else ranges.push(one);
    }
    if (ranges.length === 0) return { kind: 'in', column: term.column, values };
    return ranges.length === 1 ? ranges[0] : { kind: 'or', of: ranges };
  }

  /** A boolean column that must be true, or false. */
  isBoolean(term: Term | undefined, value: boolean): Condition | undefined {
    return term?.as === 'boolean' ? { kind: 'in', column: term.column, values: [value] } : undefined;
  }

  notNull(term: Term | undefined): Condition | undefined {
    return term && { kind: 'not null', column: term.column };
  }

  startsWith({ column, as }: Term, prefix: string): Condition | undefined {
    if (as !== 'string' || !this.isStable(prefix)) return undefined;
    return { kind: 'prefix', column, prefix: Buffer.from(prefix) };
  }

  /** The first and the last value of the column that a literal can be equal to: one value, unless there is a cast or a clock. */
  private valuesOf({ column, as }: Term, literal: unknown): readonly [Value, Value] | undefined {
    const { type, is_null: isNull, value } = (literal ?? {}) as Json;
    if (isNull !== false || LITERALS[String((type as Json | undefined)?.id)] !== as) return undefined;
    const { usesClock } = this.rules;
    switch (as) {
      case 'boolean':
        return typeof value === 'boolean' && !usesClock ? [value, value] : undefined;
      case 'int':
      case 'long': {
        if (!isInteger(value) || !this.isStable(String(value))) return undefined;
        const exact = BigInt(value);
        return [exact, exact];
      }
      case 'float':
      case 'double': {
        const exact = Number(value);
        return Number.isFinite(exact) && !usesClock ? [exact, exact] : undefined;
      }
      case 'string': {
        if (typeof value !== 'string' || !this.isStable(value)) return undefined;
        const exact = Buffer.from(value);
        return [exact, exact];
      }
      case 'date':
      case 'timestamp':
      case 'timestamptz': {
        if (!isInteger(value)) return undefined;
        const exact = BigInt(value);
        if (column.type === as && !usesClock) return [exact, exact];
        if (column.type === 'date') return [exact - 1n, exact + 1n];
        // A day of slack: the session's time zone may be any, and the clock goes on until the statement runs.
        const [from, to] = as === 'date' ? [exact * DAY_MICROS, (exact + 1n) * DAY_MICROS] : ([exact, exact] as const);
        return [from - DAY_MICROS, to + DAY_MICROS];
      }
      default:
        return undefined;
    }
  }

  /** Whether a literal is the same when the statement runs. */
  private isStable(text: string): boolean {
    return !this.rules.usesClock || this.rules.text.includes(text.replaceAll("'", "''"));
  }
}

const isInteger = (value: unknown): value is number | bigint =>
  typeof value === 'bigint' || (typeof value === 'number' && Number.isSafeInteger(value));

/** A cast, or `timestamptz AT TIME ZONE '…'`, which is a function. */
function castOf(expression: Json): { child: Json; to: PrimitiveType } | undefined {
  const to = LITERALS[String((expression.return_type as Json | undefined)?.id)];
  if (to === undefined) return undefined;
  if (expression.type === 'OPERATOR_CAST') return { child: expression.child as Json, to };
  const [zone, child] = list(expression.children);
  const isZoned = expression.type === 'BOUND_FUNCTION' && expression.name === 'timezone' && to === 'timestamp';
  return isZoned && zone?.type === 'VALUE_CONSTANT' && child !== undefined ? { child, to } : undefined;
}

/** Whether a cast keeps the order of values, times up to a day. */
function keepsOrder(from: PrimitiveType, to: PrimitiveType): boolean {
  if (WIDENED.some(([narrow, wide]) => narrow === from && wide === to)) return true;
  return (from === 'timestamptz' && (to === 'timestamp' || to === 'date')) || (from === 'timestamp' && to === 'date');
}
