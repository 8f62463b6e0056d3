/**
 * Finds the conditions that SQL puts on tables, before any manifest is read: DuckDB plans the SQL over empty tables with the
 * same columns, and its optimizer brings the conditions to the scans, through joins, subqueries, unions and common table
 * expressions. The planning runs in an instance of its own, without access to files and the network: planning alone would
 * already read files that the SQL names, such as standard input.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Condition } from '../iceberg/condition.js';
import { parseJson } from '../iceberg/json.js';
import type { Schema } from '../iceberg/types.js';
import { type SqlParameters, withValues } from './parameters.js';
import { addScans, type ScanConditions } from './plan-conditions.js';
import { type Json, list } from './plan-terms.js';
import { identifier, sqlLiteral, typeOf } from './sql-text.js';

/**
 * The only optimizers that run. Those that use statistics would take the tables for empty: `ts > (SELECT max(ts) FROM …)`
 * would be false.
 */
const OPTIMIZERS = ['expression_rewriter', 'filter_pullup', 'filter_pushdown', 'cte_inlining', 'cte_filter_pusher'];

/** Operators at the top of statements that only read. */
const READS =
  /^LOGICAL_(\w*GET|DUMMY_SCAN|EMPTY_RESULT|PROJECTION|FILTER|LIMIT|ORDER_BY|TOP_N|DISTINCT|AGGREGATE_AND_GROUP_BY|WINDOW|UNNEST|SAMPLE|UNION|EXCEPT|INTERSECT|MATERIALIZED_CTE|RECURSIVE_CTE|\w*JOIN|CROSS_PRODUCT)$/;

/** Settings that change neither what a condition means nor which rows satisfy it. */
const HARMLESS_SETTINGS = new Set([
  'memory_limit',
  'max_memory',
  'threads',
  'worker_threads',
  'temp_directory',
  'max_temp_directory_size',
  'preserve_insertion_order',
  'default_order',
  'default_null_order',
  'null_order',
  'enable_progress_bar',
]);

/** Words of functions and literals whose value depends on when the statement runs; `query('…')` may contain any of them. */
const CLOCK =
  /\b(now|today|yesterday|tomorrow|age|txid_current|transaction_timestamp|localtime|localtimestamp|query|\w*current_(date|time|timestamp|local\w*))\b/i;

/** The conditions on tables, by table name. All rows are needed of a table that is not in it. */
export type TableConditions = ReadonlyMap<string, Condition>;

const NONE: TableConditions = new Map();

/** The condition on a table that the SQL does not scan. */
export const NO_ROW: Condition = { kind: 'or', of: [] };

/** Plans SQL over empty tables. Must be closed. */
export class Planner {
  /** Whether an earlier statement may have changed what the next one means: it created a view, set a variable, … */
  private changed = false;

  private constructor(
    private readonly connection: DuckDBConnection,
    private readonly schemas: ReadonlyMap<string, Schema>,
    /** Closes the connection and its instance. */
    readonly close: () => void,
  ) {}

  /**
   * Opens a planner for tables with these schemas, by name; `undefined` if DuckDB cannot create such tables.
   * @param views statements that create the views over them
   */
  static async open(schemas: ReadonlyMap<string, Schema>, views: readonly string[] = []): Promise<Planner | undefined> {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(':memory:', { enable_external_access: 'false', threads: '1' });
    const connection = await instance.connect();
    const close = (): void => {
      connection.closeSync();
      instance.closeSync();
    };
    try {
      await connection.run("SET TimeZone = 'UTC'");
      const names = (await connection.runAndReadAll('SELECT name FROM duckdb_optimizers()'))
        .getRows()
        .flat()
        .map(String);
      const others = names.filter((name) => !OPTIMIZERS.includes(name));
      await connection.run(`SET disabled_optimizers = ${sqlLiteral(others.join(','))}`);
      for (const [name, { fields }] of schemas) {
        const columns = fields.map((field) => `${identifier(field.name)} ${typeOf(field.type)}`);
        await connection.run(`CREATE TABLE ${identifier(name)} (${columns.join(', ')})`);
      }
      for (const view of views) await connection.run(view);
      return new Planner(connection, schemas, close);
    } catch {
      close();
      return undefined;
    }
  }

  /**
   * The conditions of all scans of all statements in this SQL, which are alternatives: a row that satisfies none of them does
   * not change any result. None for SQL that is not valid or not understood; `undefined` for SQL that only changes settings.
   * A table that is not scanned has a condition that no row satisfies.
   * @param parameters values of the parameters of the SQL, by name
   */
  async conditionsOf(sql: string, parameters: SqlParameters = {}): Promise<TableConditions | undefined> {
    if (this.changed) return NONE;
    const plans = await this.plansOf((await withValues(this.connection, sql, parameters)) ?? sql);
    if (plans === undefined) {
      // It is not known what the statement does when it runs, unless it cannot run.
      this.changed = true;
      return NONE;
    }
    if (plans.length === 0) return undefined;
    const scans: ScanConditions = new Map();
    const rules = { usesClock: CLOCK.test(sql), text: sql };
    for (const plan of plans) addScans(plan, this.schemas, rules, scans);
    const conditions = new Map<string, Condition>();
    for (const name of this.schemas.keys()) if (!scans.has(name)) conditions.set(name, NO_ROW);
    for (const [name, of] of scans) {
      const known = of.filter((one) => one !== undefined);
      if (known.length < of.length) continue;
      conditions.set(name, known.length === 1 ? known[0] : { kind: 'or', of: known });
    }
    return conditions;
  }

  /** The plans of the statements that read; `undefined` if others do something else than to change harmless settings. */
  private async plansOf(sql: string): Promise<Json[] | undefined> {
    const text = readingPartOf(sql);
    let plans = await this.serialized(text);
    const settings = plans?.filter(({ type }) => type === 'LOGICAL_SET') ?? [];
    if (settings.length > 0) {
      for (const setting of settings) if (!(await this.apply(setting))) return undefined;
      // The time zone changes what `ts >= '2023-07-10'` means.
      plans = await this.serialized(text);
    }
    const reads = plans?.filter(({ type }) => type !== 'LOGICAL_SET');
    return reads?.every(({ type }) => READS.test(String(type))) ? reads : undefined;
  }

  private async serialized(sql: string): Promise<Json[] | undefined> {
    try {
      const reader = await this.connection.runAndReadAll(
        `SELECT json_serialize_plan(${sqlLiteral(sql)}, optimize := true)`,
      );
      const json = String(reader.getRows()[0][0]).replace(STRINGS_AND_NOT_JSON, (all) =>
        all[0] === '"' ? all : `"${all}"`,
      );
      const { error, plans } = parseJson(json) as Json;
      return error === false ? list(plans) : undefined;
    } catch {
      return undefined;
    }
  }

  /** Whether the setting leaves conditions as they are, once it is set here too. */
  private async apply({ name, value, scope }: Json): Promise<boolean> {
    const setting = String(name).toLowerCase();
    if (scope === 'VARIABLE') return false;
    if (HARMLESS_SETTINGS.has(setting)) return true;
    const zone = (value as Json | undefined)?.value;
    if (setting !== 'timezone' || typeof zone !== 'string') return false;
    return this.connection.run(`SET TimeZone = ${sqlLiteral(zone)}`).then(
      () => true,
      () => false,
    );
  }
}

/** DuckDB writes numbers that JSON does not have, and strings, which may contain such words. */
const STRINGS_AND_NOT_JSON = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|[()]/g;

/** The SELECT of `EXPLAIN [ANALYZE] SELECT …` and `COPY (SELECT …) TO …`, which cannot be serialized; else, all of the SQL. */
function readingPartOf(sql: string): string {
  const explained = /^\s*EXPLAIN\s+(ANALYZE\s+)?(?=SELECT|FROM|WITH)/i.exec(sql);
  if (explained !== null) return sql.slice(explained[0].length);
  const copied = /^\s*COPY\s*\(/i.exec(sql);
  if (copied === null) return sql;
  let depth = 1;
  for (const { 0: token, index } of sql.slice(copied[0].length).matchAll(TOKEN)) {
    if (token === '(') depth++;
    else if (token === ')') depth--;
    if (depth > 0) continue;
    const end = copied[0].length + index;
    // Nothing but the target follows: no second statement.
    return /^\)\s*TO\b[^;]*;?\s*$/i.test(sql.slice(end)) ? sql.slice(copied[0].length, end) : sql;
  }
  return sql;
}
