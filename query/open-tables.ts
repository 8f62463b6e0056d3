/**
 * SQL over the tables of a log source: the data files of the current snapshots come from the catalog, and DuckDB reads them.
 * The snapshots are loaded once, so all queries see the same state, regardless of commits in the meantime.
 */
import type { DuckDBConnection, DuckDBResult, Json } from '@duckdb/node-api';
import { TABLE_ROLES, type TableRole, tableNameOf } from '../cloudtrail/tables.js';
import { TrailmillError } from '../errors/index.js';
import type { Catalog, LoadedTable } from '../iceberg/catalog.js';
import type { ObjectStore } from '../storage/object-store.js';
import { isSearchedRole } from '../value-index/columns.js';
import { type ColumnNode, columnNode, type TableColumns } from './column-tree.js';
import { damagedFile } from './damaged-files.js';
import { type MissingTable, sqlError } from './failure.js';
import { flatViewOf } from './flat/views.js';
import type { HttpfsOptions } from './httpfs.js';
import { type BareKeyword, bareKeywords, withQuotes } from './keywords.js';
import { type SqlParameters, streamWith } from './parameters.js';
import type { PlannedTable } from './plan.js';
import type { IndexUse } from './table-index.js';
import { TableViews } from './table-views.js';

/** A row of a query result, by column name. */
export type Row = Record<string, Json>;

/** Tables that can be queried with SQL. Must be closed. */
export interface OpenTables {
  /** Returns the rows of a query. Numbers that JavaScript cannot represent are strings. */
  query(sql: string): Promise<Row[]>;
  /**
   * Runs one or more statements and streams the result of the last one. `parameters`: of the last one, all of which it must have.
   * `signal` stops the reading of manifests before it.
   */
  stream(sql: string, parameters?: SqlParameters, signal?: AbortSignal): Promise<DuckDBResult>;
  /** All tables and views, also those that SQL has made, with their columns. Reads no file. */
  columns(): Promise<TableColumns[]>;
  /** Stops the running query, which then rejects with `Interrupted`. */
  interrupt(): void;
  /** Maps an error that was thrown while reading a streamed result. */
  errorOf(error: unknown): Promise<Error>;
  /** Names of the tables. */
  names: string[];
  /** Addresses of the data and delete files that the views have for the SQL that ran last. */
  readonly files: string[];
  /** What the index has done for that SQL. */
  readonly indexUse: IndexUse;
  close(): void;
}

/** Options of {@link openTables}. */
export interface OpenTablesOptions {
  /** Prefix of the table names. */
  source?: string;
  /** The SQL to run: only tables that it mentions are opened. If absent, or if it mentions none: all of them. */
  sql?: string;
  /** Tables that are loaded and planned already, by name: only these are opened, with the planned files. */
  plans?: ReadonlyMap<string, { table: LoadedTable; plan: PlannedTable }>;
  /** Has the index, by which conditions with `=` and `IN` leave out data files; absent: they are left out by bounds alone. */
  warehouse?: ObjectStore;
  /** How to get the extension that DuckDB needs to read S3. */
  httpfs?: HttpfsOptions;
  signal?: AbortSignal;
}

/**
 * Opens the tables of a log source as views with the same names, and the flat views over them (flat/views.ts). A table without
 * rows becomes a view without rows. The views are made when SQL runs, of the files that can have rows that it is about.
 */
export async function openTables(
  catalog: Catalog,
  namespace: string,
  options: OpenTablesOptions = {},
): Promise<OpenTables> {
  const { source = 'aws_cloudtrail', sql, plans, warehouse, signal } = options;
  // Imported here, so that the start-up time of the native library does not slow down other commands.
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const views = new TableViews(connection, options.httpfs ?? { env: process.env, log: () => {} });
  const close = (): void => {
    views.close();
    connection.closeSync();
    instance.closeSync();
  };
  try {
    // Timestamps are UTC, regardless of the machine's time zone.
    await connection.run("SET TimeZone = 'UTC'");
    const damage = (error: unknown): Promise<Error | undefined> => {
      const message = error instanceof Error ? error.message : String(error);
      return damagedFile(views.relay?.withS3Uris(message) ?? message, views.files, connection, signal);
    };
    const orDamage = async (error: unknown): Promise<never> => {
      throw error instanceof TrailmillError ? error : ((await damage(error)) ?? error);
    };
    const missing: MissingTable[] = [];
    const all = TABLE_ROLES.map((role) => tableNameOf(source, role));
    const open = async (role: TableRole, name: string): Promise<void> => {
      const table = await catalog.loadTable({ namespace, name }, signal);
      if (table === undefined) return void missing.push({ name, view: flatViewOf(role).name });
      await views.add(table, { warehouse: isSearchedRole(role) ? warehouse : undefined }).catch(orDamage);
      await views.addFlatView(table, role, all);
    };
    if (plans === undefined) for (const role of rolesIn(sql, source)) await open(role, tableNameOf(source, role));
    else for (const { table, plan } of plans.values()) await views.add(table, { plan }).catch(orDamage);
    const errorOf = async (error: unknown, text?: string, keywords?: BareKeyword[]): Promise<Error> => {
      const damaged = keywords?.length ? undefined : await damage(error);
      if (damaged !== undefined) return damaged;
      const columns = [...views.columns];
      const { relay } = views;
      return sqlError(error, { missing, catalog: catalog.description, relay, keywords, columns, sql: text });
    };
    const runWithViews = async <T>(
      text: string,
      run: () => Promise<T>,
      parameters?: SqlParameters,
      stop = signal,
    ): Promise<T> => {
      await views.prepareFor(text, parameters, stop).catch(orDamage);
      return run().catch(async (error: unknown) => {
        throw await errorOf(error, text, await missingQuotes(connection, text, views.columns));
      });
    };
    // One after the other: the views of one SQL text must stay until DuckDB has planned it.
    let last: Promise<unknown> = Promise.resolve();
    const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
      const result = last.then(work);
      last = result.catch(() => {});
      return result;
    };
    return {
      async query(text) {
        const run = () => connection.runAndReadAll(text);
        return (await inTurn(() => runWithViews(text, run))).getRowObjectsJson() as Row[];
      },
      stream(text, parameters, stop) {
        const run = () => streamWith(connection, text, parameters);
        return inTurn(() => runWithViews(text, run, parameters, stop));
      },
      columns: () => inTurn(() => columnsOf(connection)),
      interrupt: () => connection.interrupt(),
      errorOf: (error) => errorOf(error),
      names: views.names,
      get files() {
        return views.files.map(({ path }) => path);
      },
      get indexUse() {
        return views.indexUse;
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

async function columnsOf(connection: DuckDBConnection): Promise<TableColumns[]> {
  const tables = new Map<string, ColumnNode[]>();
  const rows = (await connection.runAndReadAll(COLUMNS)).getRows();
  for (const [table, column, type] of rows.map((row) => row.map(String)))
    tables.set(table, [...(tables.get(table) ?? []), columnNode(column, type)]);
  return [...tables].map(([name, columns]) => ({ name, columns }));
}

const COLUMNS = `SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal
  ORDER BY table_oid, column_index`;

/**
 * Finds the keywords that only need quotes to make the SQL valid. Verified with DuckDB's parser, so that other errors are not
 * attributed to them: first with all of them quoted, then with each one separately.
 */
async function missingQuotes(
  connection: DuckDBConnection,
  sql: string,
  columns: Iterable<string>,
): Promise<BareKeyword[]> {
  const parses = (text: string): Promise<boolean> =>
    connection.extractStatements(text).then(
      () => true,
      () => false,
    );
  const bare = bareKeywords(sql, columns);
  if (bare.length === 0 || (await parses(sql))) return [];
  if (await parses(withQuotes(sql, bare))) return bare;
  for (const one of bare) if (await parses(withQuotes(sql, [one]))) return [one];
  return [];
}

/** The tables that the SQL mentions, or whose flat views it mentions; the others need not be loaded. */
function rolesIn(sql: string | undefined, source: string): readonly TableRole[] {
  if (sql === undefined) return TABLE_ROLES;
  const words = new Set(wordsOf(sql));
  const named = TABLE_ROLES.filter((role) =>
    [tableNameOf(source, role), flatViewOf(role).name].some((name) => wordsOf(name).every((word) => words.has(word))),
  );
  return named.length === 0 ? TABLE_ROLES : named;
}

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
