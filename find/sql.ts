/**
 * The SQL that reads the rows in which values may be. It returns more rows than match: `match.ts` decides. Pure.
 *
 * A row is returned if the searched texts contain a part of a needle that is common to all its forms, or if one of them has a
 * backslash, which may begin another form of any character in JSON.
 */
import { fieldByName } from '../iceberg/schema.js';
import type { Schema } from '../iceberg/types.js';
import { DAY_MS } from '../protocol/days.js';
import { identifier, sqlLiteral } from '../query/sql-text.js';
import { searchedLeaves } from '../value-index/columns.js';
import type { Needle } from '../value-index/needles.js';
import { columnSql, EVENT_COLUMNS } from './events.js';

/** With more needles, most rows have one of them, or a backslash. */
const MOST_TESTED = 100;

const DAY_SECONDS = DAY_MS / 1_000;

/** The rows of a table that a query reads. */
export interface SearchSql {
  schema: Schema;
  /** Name of the view. */
  table: string;
  /** The searched columns: see {@link searchedColumns}. */
  columns: readonly string[];
}

/**
 * The searched columns of a schema, or those of `within`, a column or a struct. A list is one column, whatever its elements are.
 */
export function searchedColumns(schema: Schema, within?: string): string[] {
  const names = searchedLeaves(schema).map(({ path }) => path.replace(/\.element(\..*)?$/, ''));
  const isWithin = (name: string): boolean => within === undefined || name === within || name.startsWith(`${within}.`);
  return [...new Set(names)].filter(isWithin);
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
  const texts = columns.map((name) => {
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
  // One expression over one text: a test of each column and needle would take DuckDB seconds to plan.
  if (needles.length <= MOST_TESTED) {
    const pattern = ['\\\\', ...needles.map(patternOf)].join('|');
    conditions.push(`regexp_matches(concat_ws(chr(31), ${texts.join(', ')}), ${sqlLiteral(pattern)})`);
  }
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return `SELECT r.ts AS ts, ${sqlLiteral(table)} AS event_table, ${event.join(', ')}, [${texts.join(', ')}]::VARCHAR[] AS texts
    FROM ${identifier(table)} AS r${where}`;
}

/** A regular expression (RE2) for {@link fragmentOf} the needle. */
function patternOf(needle: Needle): string {
  const literal = fragmentOf(needle).replace(/[\\^$.|?*+()[\]{}]/g, '\\$&');
  return needle.kind === 'UUID' || isIPv6(needle) ? `(?i:${literal})` : literal;
}

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
