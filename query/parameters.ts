/** Values of the parameters in SQL (`$name`): how they are bound, and how they are shown to the planner. */
import type { DuckDBConnection, DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import { sqlLiteral } from './sql-text.js';

/**
 * A value of a parameter, as text; null for SQL NULL. Times are ISO 8601, in UTC. DuckDB takes a bound VARCHAR for text in quotes in
 * the SQL: it becomes a number or a time where it is compared with one.
 */
export interface SqlParameter {
  type: 'VARCHAR' | 'BIGINT' | 'DOUBLE' | 'BOOLEAN' | 'TIMESTAMPTZ';
  value: string | null;
}

/** Values by the names of parameters, without `$`. */
export type SqlParameters = Readonly<Record<string, SqlParameter>>;

/** Starts a statement with values for its parameters, all of which it must have. */
export async function streamWith(
  connection: DuckDBConnection,
  sql: string,
  parameters: SqlParameters = {},
): Promise<DuckDBResult> {
  const all = Object.entries(parameters);
  if (all.length === 0) return connection.stream(sql);
  // Imported here: the native library takes long to load, and is there only where a connection is.
  const duckdb = await import('@duckdb/node-api');
  const duckdbValue = ({ type, value }: SqlParameter): DuckDBValue => {
    if (value === null || type === 'VARCHAR') return value;
    if (type === 'BIGINT') return BigInt(value);
    if (type === 'DOUBLE') return Number(value);
    if (type === 'BOOLEAN') return value === 'true';
    return new duckdb.DuckDBTimestampTZValue(BigInt(Date.parse(value)) * 1_000n);
  };
  const values = Object.fromEntries(all.map(([name, one]) => [name, duckdbValue(one)]));
  // Without a type, whole numbers would be HUGEINT, and functions of BIGINT would not take them.
  const types = Object.fromEntries(all.map(([name, { type }]) => [name, duckdb[type]]));
  return connection.stream(sql, values, types);
}

/** A parameter in the JSON of a parsed statement. The quotes of an SQL literal are escaped there, so no literal looks like this. */
const PARAMETER =
  /\{"class":"PARAMETER","type":"VALUE_PARAMETER","alias":("(?:[^"\\]|\\.)*"),"query_location":\d+,"identifier":("(?:[^"\\]|\\.)*")\}/g;
const NAMES = /"named_param_map":\[[^\]]*\]/g;

/**
 * The SQL with literals in place of its parameters, for planning only: DuckDB parses it, the literals are put into the parsed
 * statement, and DuckDB writes it as SQL again. `undefined` if it has no parameters, or is not a SELECT.
 */
export async function withValues(
  connection: DuckDBConnection,
  sql: string,
  parameters: SqlParameters,
): Promise<string | undefined> {
  if (Object.keys(parameters).length === 0) return undefined;
  try {
    const nodes = new Map<string, string>();
    for (const [name, { type, value }] of Object.entries(parameters)) {
      const literal = value === null ? 'NULL' : sqlLiteral(value);
      const parsed = await parse(
        connection,
        type === 'VARCHAR' && value !== null ? `SELECT ${literal}` : `SELECT CAST(${literal} AS ${type})`,
      );
      nodes.set(name, /"select_list":\[(.*?)\],"from_table"/s.exec(parsed)?.[1] ?? '');
    }
    const statement = (await parse(connection, sql))
      .replace(PARAMETER, (_, alias: string, name: string) =>
        (nodes.get(JSON.parse(name)) ?? '').replace('"alias":""', () => `"alias":${alias}`),
      )
      .replace(NAMES, '"named_param_map":[]');
    return await one(connection, `SELECT json_deserialize_sql(${sqlLiteral(statement)}::JSON)`);
  } catch {
    return undefined;
  }
}

async function parse(connection: DuckDBConnection, sql: string): Promise<string> {
  return one(connection, `SELECT json_serialize_sql(${sqlLiteral(sql)})`);
}

async function one(connection: DuckDBConnection, sql: string): Promise<string> {
  return String((await connection.runAndReadAll(sql)).getRows()[0][0]);
}
