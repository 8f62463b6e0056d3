/**
 * The SQL that reads the rows in which values may be. It returns more rows than match: `match.ts` decides. Pure.
 *
 * A row is returned if the needle, or a part of it that every form of it has, is anywhere in its searched texts, or if one of
 * these has a backslash, after which a JSON text may have any character in another form. Where a column is the needle itself,
 * nothing is left to decide, and the texts of the row are not returned.
 */
import { fieldByName } from '../iceberg/schema.js';
import type { Schema } from '../iceberg/types.js';
import { DAY_MS } from '../protocol/days.js';
import { identifier, sqlLiteral } from '../query/sql-text.js';
import { searchedLeaves } from '../value-index/columns.js';
import type { Needle } from '../value-index/needles.js';
import { columnSql, EVENT_COLUMNS } from './events.js';

/** With more needles, DuckDB would take longer to test each of them than the rows take to be read. */
const MOST_TESTED = 8;

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
 * The SQL of a search. Its columns are `ts`, `table`, those of EVENT_COLUMNS, then `sure`, a list with a boolean for each needle,
 * or none if there are many needles, and `texts`, the searched texts, or NULL if the needles are sure; newest first.
 * @param days inclusive, days since 1970-01-01
 */
export function searchSql(
  tables: readonly SearchSql[],
  needles: readonly Needle[],
  days?: { from: number; to: number },
): string {
  const tested = needles.length <= MOST_TESTED ? needles : [];
  const rows = tables.map((table) => `(${rowsSql(table, tested, days)})`).join(' UNION ALL ');
  return `SELECT * FROM (${rows}) ORDER BY ts DESC, event_id DESC`;
}

function rowsSql(
  { schema, table, columns }: SearchSql,
  tested: readonly Needle[],
  days?: { from: number; to: number },
): string {
  const isScalar = (name: string): boolean => fieldByName(schema, name)?.type === 'string';
  const textSql = (name: string): string => {
    const column = columnSql(schema, name);
    return isScalar(name) ? column : `CASE WHEN ${column} IS NOT NULL THEN to_json(${column})::VARCHAR END`;
  };
  const scalars = columns.filter(isScalar).map((name) => columnSql(schema, name));
  const event = Object.entries(EVENT_COLUMNS).map(([name, column]) => `${columnSql(schema, column)} AS event_${name}`);
  const sure = tested.map((needle) => `coalesce(${sureSql(needle, scalars)}, FALSE)`);
  const time =
    days === undefined
      ? ''
      : ` WHERE r.ts >= to_timestamp(${days.from * DAY_SECONDS}) AND r.ts < to_timestamp(${(days.to + 1) * DAY_SECONDS})`;
  const rows = `SELECT r.ts AS ts, ${sqlLiteral(table)} AS event_table, ${event.join(', ')},
    [${sure.join(', ')}]::BOOLEAN[] AS sure, [${columns.map(textSql).join(', ')}]::VARCHAR[] AS texts
    FROM ${identifier(table)} AS r${time}`;
  if (tested.length === 0) return rows;
  const open = tested.map((needle, index) => {
    const whole = isInAnyCase(needle) ? 'lower(whole)' : 'whole';
    return `(NOT sure[${index + 1}] AND (escaped OR contains(${whole}, ${sqlLiteral(fragmentOf(needle))})))`;
  });
  return `SELECT * EXCLUDE (texts, whole, escaped), CASE WHEN ${open.join(' OR ')} THEN texts END AS texts
    FROM (SELECT *, contains(whole, '\\') AS escaped
      FROM (SELECT *, coalesce(array_to_string(texts, chr(31)), '') AS whole FROM (${rows})))
    WHERE list_bool_or(sure) OR ${open.join(' OR ')}`;
}

/** Whether a column is the needle. */
function sureSql(needle: Needle, scalars: readonly string[]): string {
  const literal = sqlLiteral(needle.text);
  if (needle.network !== undefined || isIPv6(needle) || scalars.length === 0) return 'FALSE';
  const lower = needle.kind === 'UUID';
  return `(${scalars.map((column) => `${lower ? `lower(${column})` : column} = ${literal}`).join(' OR ')})`;
}

const isIPv6 = ({ kind, text }: Needle): boolean => (kind === 'IP address' || kind === 'CIDR') && text.includes(':');
const isInAnyCase = (needle: Needle): boolean => needle.kind === 'UUID' || isIPv6(needle);

/** A part that every form of the needle has, in lower case if {@link isInAnyCase}. */
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
