/**
 * The views of tables, and what DuckDB needs to read their files. A view is made for the SQL that is about to run, of the files
 * that can have rows which the SQL is about.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { TableRole } from '../cloudtrail/tables.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import type { TableFile } from '../iceberg/damage.js';
import { currentSchema } from '../iceberg/snapshot.js';
import type { ObjectStore } from '../storage/object-store.js';
import { s3PartsOf } from '../storage/s3/access.js';
import type { ViewFile } from './damaged-files.js';
import { filesWithSchema } from './file-schemas.js';
import { createFlatView } from './flat/create.js';
import { flatViewOf } from './flat/views.js';
import { type HttpfsOptions, loadHttpfs } from './httpfs.js';
import type { SqlParameters } from './parameters.js';
import { type PlannedFile, type PlannedTable, planTable } from './plan.js';
import { NO_ROW, Planner, type TableConditions } from './planner.js';
import { S3Relay } from './s3-relay.js';
import { fileUrl, identifier } from './sql-text.js';
import { type IndexUse, TableIndex } from './table-index.js';
import { type FileUrls, selectOf, selectOfNoRows } from './views.js';

/**
 * If a table has more files in a query, their footers are not read in advance: each takes 2 ms, and for files in S3 two round
 * trips. With fewer, that is less than what it saves.
 */
const MOST_FOOTERS = { onDisk: 8, inS3: 4 };

const NO_CONDITIONS: TableConditions = new Map();

interface TableView {
  table: LoadedTable;
  urls: FileUrls | undefined;
  files: readonly ViewFile[];
  index?: TableIndex;
  /** `none`: no files yet; `some`: the files for one SQL text. */
  has: 'none' | 'some' | 'all';
}

/** The views of the tables that were added. Must be closed. */
export class TableViews {
  /** The top-level column names of all tables. */
  readonly columns = new Set<string>();
  /** Set if any table is in S3. */
  relay: S3Relay | undefined;
  private readonly views = new Map<string, TableView>();
  /** The statements that create the flat views. */
  private readonly flat: string[] = [];
  private planner: Promise<Planner | undefined> | undefined;

  constructor(
    private readonly connection: DuckDBConnection,
    private readonly options: HttpfsOptions,
  ) {}

  /** The names of the tables. */
  get names(): string[] {
    return [...this.views.keys()];
  }

  /** The files that the views read. */
  get files(): ViewFile[] {
    return [...this.views.values()].flatMap(({ files }) => files);
  }

  /** What the indexes of the tables have done for the SQL that ran last. */
  get indexUse(): IndexUse {
    const uses = [...this.views.values()].flatMap(({ index }) => index?.use ?? []);
    return {
      requests: uses.reduce((sum, { requests }) => sum + requests, 0),
      leftOut: uses.reduce((sum, { leftOut }) => sum + leftOut, 0),
      problems: uses.flatMap(({ problems }) => problems),
    };
  }

  /**
   * Adds a table. Reads none of its files, unless its files are planned already: then its view is made.
   * @param options `warehouse` has the index of the table's values; absent for a table without one
   */
  async add(table: LoadedTable, { plan, warehouse }: { plan?: PlannedTable; warehouse?: ObjectStore }): Promise<void> {
    const urls = await this.urlsOf(table);
    const index = warehouse && new TableIndex(warehouse, table);
    const view: TableView = { table, urls, files: [], index, has: 'none' };
    const { name } = table.identifier;
    this.views.set(name, view);
    const schema = currentSchema(table.metadata);
    if (plan !== undefined) await this.make(view, plan, 'all', true);
    else await this.connection.run(`CREATE VIEW ${identifier(name)} AS ${selectOfNoRows(schema)}`);
    for (const field of schema.fields) this.columns.add(field.name);
  }

  /** Adds the flat view of a table that was added, unless another table has its name. */
  async addFlatView(table: LoadedTable, role: TableRole, tables: readonly string[]): Promise<void> {
    const { name } = flatViewOf(role);
    if (tables.some((other) => other.toLowerCase() === name)) return;
    const sql = createFlatView(role, table.identifier.name, currentSchema(table.metadata));
    await this.connection.run(sql);
    this.flat.push(sql);
  }

  /** Makes the views for this SQL, which must run before they are made for another. Reads manifests. */
  async prepareFor(sql: string, parameters?: SqlParameters, signal?: AbortSignal): Promise<void> {
    const views = [...this.views.values()].filter(({ has }) => has !== 'all');
    if (views.length === 0) return;
    this.planner ??= Planner.open(
      new Map([...this.views].map(([name, { table }]) => [name, currentSchema(table.metadata)])),
      this.flat,
    );
    const planner = await this.planner;
    const conditions = planner === undefined ? NO_CONDITIONS : await planner.conditionsOf(sql, parameters);
    if (conditions === undefined) return;
    for (const view of views) {
      const condition = conditions.get(view.table.identifier.name);
      if (condition === NO_ROW) continue;
      const { table, index } = view;
      const plan = await planTable(table, condition, signal, { index });
      // Without a condition, the SQL may not read the table at all.
      await this.make(view, plan, condition === undefined ? 'all' : 'some', condition !== undefined);
    }
  }

  /** @param readsFooters whether footers may be read to find the fastest way of reading the files */
  private async make(view: TableView, plan: PlannedTable, has: 'some' | 'all', readsFooters: boolean): Promise<void> {
    const { table, urls } = view;
    const { name } = table.identifier;
    const files = new Map<string, ViewFile>();
    const addFile = ({ file: { path, bytes } }: PlannedFile, kind: TableFile['kind']): void => {
      if (files.has(path)) return;
      files.set(path, { path, url: urls?.(path) ?? fileUrl(path), bytes, kind, of: name, store: table.store });
    };
    for (const data of plan.files) {
      addFile(data, 'data file');
      for (const one of data.deletes) addFile(one, 'delete file');
    }
    view.files = [...files.values()];
    const most = urls === undefined ? MOST_FOOTERS.onDisk : MOST_FOOTERS.inS3;
    const few = readsFooters && plan.files.length <= most ? plan.files : [];
    const byUrl = few.map(({ file }) => (urls ?? fileUrl)(file.path));
    const same = await filesWithSchema(this.connection, byUrl, plan.schema);
    // DuckDB accesses files when the view is created.
    await this.connection.run(`CREATE OR REPLACE VIEW ${identifier(name)} AS ${selectOf(plan, urls, same)}`);
    view.has = has;
  }

  /** Maps files in S3 to the relay URLs that DuckDB reads. `undefined` for files on disk. */
  private async urlsOf({ store }: LoadedTable): Promise<FileUrls | undefined> {
    const parts = s3PartsOf(store);
    if (parts === undefined) return undefined;
    if (this.relay === undefined) {
      await loadHttpfs(this.connection, this.options);
      // The size of a file is asked for once, although first its footer is read and then its rows: files never change.
      await this.connection.run('SET enable_http_metadata_cache = true');
      this.relay = await S3Relay.start();
    }
    return this.relay.urlsOf(parts);
  }

  close(): void {
    this.relay?.close();
    void this.planner?.then((planner) => planner?.close());
  }
}
