/**
 * Reads the conditions on tables from DuckDB's optimized logical plan (`json_serialize_plan`). Pure. What is not understood
 * is no condition: it leaves out no file. Names of operators, filters and expressions are those of DuckDB's serialization; an
 * upgrade that changes them makes queries slower and not wrong, and test/unit/query/conditions.test.ts notices.
 */
import type { Condition } from '../iceberg/condition.js';
import type { Schema } from '../iceberg/types.js';
import { type Json, type LiteralRules, list, type Term, TermReader } from './plan-terms.js';

/** The conditions that the scans of one table have: a row that no scan wants cannot change the result. */
export type ScanConditions = Map<string, (Condition | undefined)[]>;

/** Adds the condition of each scan in a plan to those of its table; `undefined` for a scan of all rows. */
export function addScans(
  plan: unknown,
  schemas: ReadonlyMap<string, Schema>,
  rules: LiteralRules,
  scans: ScanConditions,
): void {
  const visit = (node: Json, filters: readonly Json[]): void => {
    if (node.type === 'LOGICAL_GET') {
      const name = String((node.function_data as Json | undefined)?.table);
      const schema = schemas.get(name);
      if (schema === undefined) return;
      const conditions = scans.get(name) ?? [];
      conditions.push(allOf(new TermReader(schema, node, rules), node, filters));
      scans.set(name, conditions);
      return;
    }
    // Only a filter directly above a scan has references to the columns of the scan.
    const above = node.type === 'LOGICAL_FILTER' && !hasItems(node.projection_map) ? list(node.expressions) : [];
    for (const child of list(node.children)) visit(child, above);
  };
  visit(plan as Json, []);
}

const hasItems = (value: unknown): boolean => Array.isArray(value) && value.length > 0;

function allOf(terms: TermReader, scan: Json, filters: readonly Json[]): Condition | undefined {
  const pushed = list((scan.table_filters as Json | undefined)?.filters).map(({ key, value }) =>
    ofFilter(terms, value as Json, terms.columnAt(key)),
  );
  // With projection ids, references above the scan count other columns.
  const above = hasItems(scan.projection_ids) ? [] : filters.map((one) => ofExpression(terms, one, 'scan'));
  return and([...pushed, ...above]);
}

/** What understood conditions have in common; `undefined` if none was understood. */
function and(all: readonly (Condition | undefined)[]): Condition | undefined {
  const of = all.filter((one) => one !== undefined);
  return of.length > 1 ? { kind: 'and', of } : of[0];
}

/** `undefined` if any alternative is not understood. */
function or(all: readonly (Condition | undefined)[]): Condition | undefined {
  const of = all.filter((one) => one !== undefined);
  if (of.length < all.length) return undefined;
  return of.length === 1 ? of[0] : { kind: 'or', of };
}

/** A filter that is pushed into the scan. `path`: of the column or struct member that it filters. */
function ofFilter(terms: TermReader, filter: Json, path: readonly string[] | undefined): Condition | undefined {
  if (path === undefined) return undefined;
  const column = terms.columnOf(path);
  switch (filter.filter_type) {
    case 'CONJUNCTION_AND':
      return and(list(filter.child_filters).map((one) => ofFilter(terms, one, path)));
    case 'CONJUNCTION_OR':
      return or(list(filter.child_filters).map((one) => ofFilter(terms, one, path)));
    // May be skipped when it costs more than it saves, and is true for all rows of the result.
    case 'OPTIONAL_FILTER':
      return filter.child_filter == null ? undefined : ofFilter(terms, filter.child_filter as Json, path);
    case 'STRUCT_EXTRACT':
      return ofFilter(terms, filter.child_filter as Json, [...path, String(filter.child_name)]);
    case 'IS_NULL':
      return column && { kind: 'null', column };
    case 'IS_NOT_NULL':
      return column && { kind: 'not null', column };
    case 'CONSTANT_COMPARISON':
      return column && terms.comparison({ column, as: column.type }, String(filter.comparison_type), filter.constant);
    case 'IN_FILTER':
      return column && terms.oneOf({ column, as: column.type }, list(filter.values));
    case 'EXPRESSION_FILTER':
      return ofExpression(terms, filter.expr as Json, path);
    default:
      return undefined;
  }
}

const MIRRORED: Readonly<Record<string, string>> = {
  COMPARE_LESSTHAN: 'COMPARE_GREATERTHAN',
  COMPARE_LESSTHANOREQUALTO: 'COMPARE_GREATERTHANOREQUALTO',
  COMPARE_GREATERTHAN: 'COMPARE_LESSTHAN',
  COMPARE_GREATERTHANOREQUALTO: 'COMPARE_LESSTHANOREQUALTO',
};

/**
 * A boolean expression.
 * @param reference what its references mean: columns of the scan, or always one column or member
 */
function ofExpression(
  terms: TermReader,
  expression: Json,
  reference: 'scan' | readonly string[],
): Condition | undefined {
  const each = (): (Condition | undefined)[] =>
    list(expression.children).map((one) => ofExpression(terms, one, reference));
  const termOf = (value: unknown) => terms.termOf(value as Json, reference);
  const children = list(expression.children);
  switch (expression.type) {
    case 'CONJUNCTION_AND':
      return and(each());
    case 'CONJUNCTION_OR':
      return or(each());
    case 'COMPARE_BETWEEN':
      return ofAny(expression.input, (input) => between(terms, expression, termOf(input)));
    case 'COMPARE_IN': {
      const [subject, ...literals] = children;
      const values = literals.map((one) => terms.literalOf(one));
      return ofAny(subject, (one) => {
        const term = termOf(one);
        return term && terms.oneOf(term, values);
      });
    }
    case 'COMPARE_NOT_IN':
    case 'OPERATOR_IS_NOT_NULL':
      return ofAny(children[0], (one) => terms.notNull(termOf(one)));
    case 'OPERATOR_IS_NULL': {
      const term = termOf(children[0]);
      return term?.column && term.as === term.column.type ? { kind: 'null', column: term.column } : undefined;
    }
    case 'OPERATOR_NOT':
      return terms.isBoolean(termOf(children[0]), false);
    case 'BOUND_REF':
      return terms.isBoolean(termOf(expression), true);
    case 'BOUND_FUNCTION':
      return ofFunction(terms, expression, reference);
  }
  if (expression.expression_class !== 'BOUND_COMPARISON') return undefined;
  const operator = String(expression.type);
  const compare = (subject: unknown, as: string, other: unknown): Condition | undefined =>
    ofAny(subject, (one) => {
      const term = termOf(one);
      return term && terms.comparison(term, as, terms.literalOf(other));
    });
  return (
    compare(expression.left, operator, expression.right) ??
    compare(expression.right, MIRRORED[operator] ?? operator, expression.left)
  );
}

/** `coalesce(a, b) = 'x'` is only true if it is of `a` or of `b`: the condition of any of the alternatives. */
function ofAny(subject: unknown, of: (one: Json) => Condition | undefined): Condition | undefined {
  return or(alternativesOf(subject as Json).map(of));
}

function alternativesOf(subject: Json): Json[] {
  return subject?.type === 'OPERATOR_COALESCE' ? list(subject.children).flatMap(alternativesOf) : [subject];
}

function between(terms: TermReader, expression: Json, term: Term | undefined): Condition | undefined {
  if (term === undefined) return undefined;
  const [low, high] = [expression.lower_inclusive, expression.upper_inclusive].map((is) =>
    is === true ? 'OREQUALTO' : '',
  );
  return and([
    terms.comparison(term, `COMPARE_GREATERTHAN${low}`, terms.literalOf(expression.lower)),
    terms.comparison(term, `COMPARE_LESSTHAN${high}`, terms.literalOf(expression.upper)),
  ]);
}

/** Functions that are true for strings with a prefix. */
const PREFIX_FUNCTIONS = new Set(['prefix', 'starts_with', '^@']);

function ofFunction(terms: TermReader, call: Json, reference: 'scan' | readonly string[]): Condition | undefined {
  const [subject, pattern, ...others] = list(call.children);
  const name = String(call.name);
  const isLike = name === '~~';
  if (others.length === 0 && (isLike || PREFIX_FUNCTIONS.has(name))) {
    const text = terms.stringOf(terms.literalOf(pattern));
    if (text === undefined) return undefined;
    const prefix = isLike ? (/^[^%_]*/.exec(text)?.[0] ?? '') : text;
    return ofAny(subject, (one) => {
      const term = terms.termOf(one, reference);
      return term && terms.startsWith(term, prefix);
    });
  }
  return terms.isBoolean(terms.termOf(call, reference), true);
}
