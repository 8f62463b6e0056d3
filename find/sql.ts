/**
 * The SQL that reads the rows in which values may be. It returns more rows than match: `match.ts` decides. Pure.
 *
 * A row is returned if the searched texts contain a part of a needle that is common to all its forms, or an escape of JSON that
 * may stand for one of its characters: see {@link escapesOf}.
 */
import { fieldByName } from '../iceberg/schema.js';
import type { IcebergType, Schema } from '../iceberg/types.js';
import { DAY_MS } from '../protocol/days.js';
import { identifier, sqlLiteral } from '../query/sql-text.js';
import type { Needle } from '../value-index/needles.js';
import type { SearchedColumn } from './columns.js';
import { columnSql, EVENT_COLUMNS, memberSql } from './events.js';

/** With more needles, most rows have one of them. */
const MOST_TESTED = 100;

const DAY_SECONDS = DAY_MS / 1_000;

/** The rows of a table that a query reads. */
export interface SearchSql {
  schema: Schema;
  /** Name of the view. */
  table: string;
  /** The columns to search. */
  columns: readonly SearchedColumn[];
}

/**
 * The SQL of a search. Its columns are `ts`, `table`, those of EVENT_COLUMNS, and `texts`, the searched texts; newest first.
 * @param days inclusive, days since 1970-01-01
 */
export function searchSql(
  tables: readonly SearchSql[],
  needles: readonly Needle[],
  days?: { from: number; to: number },
): string {
  const rows = tables.map((table) => rowsSql(table, needles, days)).join(' UNION ALL ');
  return `SELECT * FROM (${rows}) ORDER BY ts DESC, event_id DESC`;
}

function rowsSql(
  { schema, table, columns }: SearchSql,
  needles: readonly Needle[],
  days?: { from: number; to: number },
): string {
  const texts = columns.map(({ name }) => {
    const column = columnSql(schema, name);
    if (fieldByName(schema, name)?.type === 'string') return column;
    return `CASE WHEN ${column} IS NOT NULL THEN to_json(${column})::VARCHAR END`;
  });
  const event = Object.entries(EVENT_COLUMNS).map(([name, column]) => `${columnSql(schema, column)} AS event_${name}`);
  const conditions: string[] = [];
  if (days !== undefined) {
    conditions.push(`r.ts >= to_timestamp(${days.from * DAY_SECONDS})`);
    conditions.push(`r.ts < to_timestamp(${(days.to + 1) * DAY_SECONDS})`);
  }
  if (needles.length <= MOST_TESTED) {
    const value = testOf(needles);
    const escapes = escapesOf(needles);
    const tests = columns.flatMap(({ name, mayHaveJson }) => {
      const test: TextTest = (text) => [value(text), ...(mayHaveJson ? escapes.map(has(text)) : [])].join(' OR ');
      const type = fieldByName(schema, name)?.type;
      return type === undefined ? [] : testsOf(columnSql(schema, name), type, test);
    });
    conditions.push(`(${tests.join(' OR ')})`);
  }
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return `SELECT r.ts AS ts, ${sqlLiteral(table)} AS event_table, ${event.join(', ')}, [${texts.join(', ')}]::VARCHAR[] AS texts
    FROM ${identifier(table)} AS r${where}`;
}

/** SQL for whether a text, which is SQL too, may be one of those that are searched for. */
type TextTest = (text: string) => string;

/** Whether a text has the fragment of a needle. */
function testOf(needles: readonly Needle[]): TextTest {
  // Many times as fast as a regular expression.
  if (needles.length === 1 && !hasAnyCase(needles[0])) return (text) => has(text)(fragmentOf(needles[0]));
  const pattern = sqlLiteral(needles.map(patternOf).join('|'));
  return (text) => `regexp_matches(${text}, ${pattern})`;
}

const has =
  (text: string) =>
  (part: string): string =>
    `contains(${text}, ${sqlLiteral(part)})`;

/** Tests of all texts in a value. Those in lists are tested one by one: making a JSON text of a list takes twice as long. */
function testsOf(value: string, type: IcebergType, test: TextTest, depth = 0): string[] {
  if (type === 'string') return [test(value)];
  if (typeof type === 'string') return [];
  if (type.type === 'struct')
    return type.fields.flatMap(({ name, type: inner }) => testsOf(memberSql(value, name), inner, test, depth));
  const element = `item_${depth}`;
  const tests = testsOf(element, type.element, test, depth + 1);
  if (tests.length === 0) return [];
  return [`list_contains(list_transform(${value}, lambda ${element}: ${tests.join(' OR ')}), TRUE)`];
}

/**
 * What the escapes begin with that may stand for characters of the needles. JSON may write any character as `\uXXXX`, and a
 * slash as `\/`; it always escapes quotes, backslashes and control characters. If a JSON text is in another one, some `\u` is in
 * the outer one too: nothing but `\\` or `\uXXXX` stands for the backslash of an inner one.
 */
function escapesOf(needles: readonly Needle[]): string[] {
  const fragments = needles.map(fragmentOf).join('');
  if (/["\\]|[^\P{Cc}]/u.test(fragments)) return ['\\'];
  return ['\\u', ...(fragments.includes('/') ? ['\\/'] : [])];
}

/** A regular expression (RE2) for {@link fragmentOf} the needle. */
function patternOf(needle: Needle): string {
  const literal = fragmentOf(needle).replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
  return hasAnyCase(needle) ? `(?i:${literal})` : literal;
}

/** Whether the texts of a needle differ in case. */
const hasAnyCase = (needle: Needle): boolean => needle.kind === 'UUID' || isIPv6(needle);

const isIPv6 = ({ kind, text }: Needle): boolean => (kind === 'IP address' || kind === 'CIDR') && text.includes(':');

/** A part that every form of the needle has, in any case if it is one of a UUID or an IPv6 address. */
function fragmentOf(needle: Needle): string {
  const { text, network } = needle;
  const address = network === undefined ? text : text.slice(0, text.indexOf('/'));
  // The first group of an IPv6 address, which may have zeros before it, unless the prefix ends within it.
  if (isIPv6(needle)) {
    const [group] = address.split(':');
    return group === '' || (network !== undefined && network.bits < 16) ? ':' : `${group}:`;
  }
  if (network === undefined) return text;
  const whole = address.split('.').slice(0, network.bits >> 3);
  return whole.length === 0 ? '.' : whole.map((part) => `${part}.`).join('');
}
