/**
 * SQL over the tables of a log source: the catalog says which data files the current snapshots have, DuckDB reads them.
 * The snapshots are taken once, so every question is answered from the same state, whatever is committed meanwhile.
 */
import type { DuckDBConnection, DuckDBResult, Json } from '@duckdb/node-api';
import { nameOf, TABLE_ROLES } from '../cloudtrail/tables.js';
import { TrailmillError } from '../errors/index.js';
import type { Catalog, LoadedTable } from '../iceberg/catalog.js';
import type { TableFile } from '../iceberg/damage.js';
import { s3PartsOf } from '../storage/s3/access.js';
import { damagedFile, type ViewFile } from './damaged-files.js';
import { sqlError } from './failure.js';
import { type HttpfsOptions, loadHttpfs } from './httpfs.js';
import { type BareKeyword, bareKeywords, withQuotes } from './keywords.js';
import { type PlannedFile, planTable } from './plan.js';
import { S3Relay } from './s3-relay.js';
import { identifier, placeOfFile } from './sql-text.js';
import { type Places, selectOf } from './views.js';

export type Row = Record<string, Json>;

export interface OpenTables {
  /** The rows of a query. Numbers that JavaScript cannot hold come as strings. */
  query(sql: string): Promise<Row[]>;
  /** Runs one or more statements; of the last one the answer, which is read as it is made. */
  stream(sql: string): Promise<DuckDBResult>;
  /** Stops what runs; it then rejects with `Interrupted`. */
  interrupt(): void;
  /** What to throw instead of an error that came while a streamed answer was read. */
  errorOf(error: unknown): Promise<Error>;
  /** Names of the views, each a table of the catalog. */
  names: string[];
  close(): void;
}

export interface OpenTablesOptions {
  /** Prefix of the tables' names. */
  source?: string;
  /** SQL that is to be asked: only the tables that it names are opened. Absent, or where it names none: all of them. */
  sql?: string;
  /** For getting what DuckDB needs to read S3. */
  httpfs?: HttpfsOptions;
  signal?: AbortSignal;
}

/** Opens the tables of a log source as views of the same names; a table without rows is a view without rows. */
export async function openTables(
  catalog: Catalog,
  namespace: string,
  options: OpenTablesOptions = {},
): Promise<OpenTables> {
  const { source = 'aws_cloudtrail', sql, signal } = options;
  // Loaded here: the native library costs start-up time that no other command should pay.
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const views = new Views(connection, options.httpfs ?? { env: process.env, log: () => {} });
  const close = (): void => {
    views.close();
    connection.closeSync();
    instance.closeSync();
  };
  try {
    // Timestamps are UTC here, whatever the machine thinks of time zones.
    await connection.run("SET TimeZone = 'UTC'");
    const damage = (error: unknown): Promise<Error | undefined> => {
      const said = error instanceof Error ? error.message : String(error);
      return damagedFile(views.relay?.withoutPlaces(said) ?? said, views.files, connection, signal);
    };
    const all = TABLE_ROLES.map((role) => nameOf(source, role));
    const missing: string[] = [];
    for (const name of namedIn(sql, all)) {
      const table = await catalog.loadTable({ namespace, name });
      if (table === undefined) missing.push(name);
      else {
        // DuckDB looks for the files when the view is made.
        await views.add(table, signal).catch(async (error: unknown) => {
          throw error instanceof TrailmillError ? error : ((await damage(error)) ?? error);
        });
      }
    }
    const errorOf = async (error: unknown, keywords?: BareKeyword[]): Promise<Error> => {
      const damaged = keywords?.length ? undefined : await damage(error);
      if (damaged !== undefined) return damaged;
      const columns = [...views.columns];
      const { relay } = views;
      return sqlError(error, { missing, catalog: catalog.description, relay, keywords, columns });
    };
    const orError = <T>(text: string, answer: Promise<T>): Promise<T> =>
      answer.catch(async (error: unknown) => {
        throw await errorOf(error, await missingQuotes(connection, text, views.columns));
      });
    return {
      query: async (text) => (await orError(text, connection.runAndReadAll(text))).getRowObjectsJson() as Row[],
      stream: (text) => orError(text, connection.stream(text)),
      interrupt: () => connection.interrupt(),
      errorOf: (error) => errorOf(error),
      names: views.names,
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * The keywords that only need quotes to be columns. Tried with DuckDB's parser, so that no other mistake is explained by
 * them: first all of them, then each alone.
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

/** A view costs reading the manifests of its table: those that no word of the SQL names are left out. */
function namedIn(sql: string | undefined, names: readonly string[]): readonly string[] {
  if (sql === undefined) return names;
  const words = new Set(sql.toLowerCase().match(/[\p{L}\p{N}_]+/gu));
  const named = names.filter((name) =>
    (name.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []).every((word) => words.has(word)),
  );
  return named.length === 0 ? names : named;
}

/** Views, and what DuckDB needs to read their files. */
class Views {
  readonly names: string[] = [];
  /** What they read. */
  readonly files: ViewFile[] = [];
  /** Of all of them: the names that a column's own begins with. */
  readonly columns = new Set<string>();
  /** Where one of them is in S3. */
  relay: S3Relay | undefined;

  constructor(
    private readonly connection: DuckDBConnection,
    private readonly options: HttpfsOptions,
  ) {}

  async add(table: LoadedTable, signal?: AbortSignal): Promise<void> {
    const plan = await planTable(table, signal);
    const { name } = table.identifier;
    const places = await this.placesOf(table);
    const seen = new Set<string>();
    const addFile = ({ file: { path, bytes } }: PlannedFile, kind: TableFile['kind']): void => {
      if (seen.has(path)) return;
      seen.add(path);
      this.files.push({ path, place: places?.(path) ?? placeOfFile(path), bytes, kind, of: name, store: table.store });
    };
    for (const data of plan.files) {
      addFile(data, 'data file');
      for (const one of data.deletes) addFile(one, 'delete file');
    }
    await this.connection.run(`CREATE VIEW ${identifier(name)} AS ${selectOf(plan, places)}`);
    this.names.push(name);
    for (const field of plan.schema.fields) this.columns.add(field.name);
  }

  /** Of files in S3: what DuckDB reads in their place. `undefined` for files on disk. */
  private async placesOf({ store }: LoadedTable): Promise<Places | undefined> {
    const parts = s3PartsOf(store);
    if (parts === undefined) return undefined;
    if (this.relay === undefined) {
      await loadHttpfs(this.connection, this.options);
      this.relay = await S3Relay.start();
    }
    return this.relay.placesOf(parts);
  }

  close(): void {
    this.relay?.close();
  }
}
