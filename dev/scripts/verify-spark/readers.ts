/** Queries the tables of both catalogs with three readers. */
import type { PyIcebergTable } from '../../servers/iceberg-readers.js';
import { READER_PACKAGES, startReader } from '../../servers/iceberg-readers.js';
import { pythonEnvironment } from '../../servers/python-environment.js';
import { duckDbSecret, pyIcebergProperties, sparkFileIo, sparkS3a } from '../../servers/reach.js';
import { findSpark, type Spark, sparkCatalog, startSpark } from '../../servers/spark.js';
import { type CatalogType, LAKE_NAMESPACE, type Lake } from './lake.js';

/** A question in SQL. Each reader has its own FROM clause. */
export interface CountQuestion {
  type: CatalogType;
  table: string;
  /** The expression to select: a single integer. */
  select: string;
  /** Only rows in which this column is not null. */
  filled?: string;
  /** Only rows from this day on, UTC. */
  since?: string;
  snapshot?: string;
}

/** The count that each reader found. */
export type ReaderCounts = Record<'PyIceberg' | 'DuckDB' | 'Spark', number>;

/** The three readers. */
export interface Readers {
  spark: Spark;
  count(question: Omit<CountQuestion, 'select'>): Promise<ReaderCounts>;
  /** The number of data files that each reads for the question; for PyIceberg, that it plans to read. */
  filesRead(question: Omit<CountQuestion, 'select' | 'snapshot' | 'filled'>): Promise<ReaderCounts>;
  /** Number of rows that only one of the catalogs has, ignoring the columns in `without`. */
  rowsThatDiffer(table: string, without: readonly string[]): Promise<Pick<ReaderCounts, 'DuckDB' | 'Spark'>>;
  /** Ids of the snapshots, oldest first. */
  snapshots(type: CatalogType, table: string): Promise<string[]>;
  close(): Promise<void>;
}

/** Starts the three readers; downloads them if they are not in the cache. */
export async function startReaders(lake: Lake, log: (line: string) => void): Promise<Readers> {
  const { reach } = lake;
  const options = { env: process.env, log };
  const python = await startReader(await pythonEnvironment('PyIceberg and DuckDB', READER_PACKAGES, options));
  const spark = await startSpark(await findSpark(options), {
    ...sparkCatalog('rest', { type: 'rest', uri: lake.restUri, ...sparkFileIo(reach) }),
    ...sparkCatalog('storage', { type: 'hadoop', warehouse: lake.warehouse }),
    ...sparkS3a(reach),
  });

  async function tableOf(type: CatalogType, table: string): Promise<PyIcebergTable> {
    const properties = pyIcebergProperties(reach);
    if (type === 'rest') {
      return { catalog: { type: 'rest', uri: lake.restUri, ...properties }, table: `${LAKE_NAMESPACE}.${table}` };
    }
    const folder = `${LAKE_NAMESPACE}/${table}/metadata`;
    const version = (await lake.storage.get(`${folder}/version-hint.text`)).body.toString().trim();
    return { metadata: `${lake.warehouse}/${folder}/v${version}.metadata.json`, properties };
  }

  async function duckDb({ type, table, select, filled, since, snapshot }: CountQuestion): Promise<number> {
    const metadata = await python.metadata(await tableOf(type, table));
    const where = whereOf(filled, since && `TIMESTAMPTZ '${since} 00:00:00+00'`);
    const [{ n }] = await python.duckdb({
      tables: { t: { metadata, ...(snapshot === undefined ? {} : { snapshot }) } },
      setup: [duckDbSecret(reach)],
      sql: `SELECT (${select})::INT AS n FROM t${where}`,
    });
    return Number(n);
  }

  async function withSpark({ type, table, select, filled, since, snapshot }: CountQuestion): Promise<number> {
    const version = snapshot === undefined ? '' : ` VERSION AS OF ${snapshot}`;
    const where = whereOf(filled, since && `TIMESTAMP '${since} 00:00:00 UTC'`);
    const from = `${type}.${LAKE_NAMESPACE}.${table}${version}`;
    const [{ n }] = await spark.sql(`SELECT ${select} AS n FROM ${from}${where}`);
    return Number(n);
  }

  async function pyIceberg({ type, table, filled, since, snapshot }: Omit<CountQuestion, 'select'>) {
    const filters = [
      ...(filled === undefined ? [] : [`${filled} is not null`]),
      ...(since === undefined ? [] : [`ts >= '${since}T00:00:00+00:00'`]),
    ];
    return { ...(await tableOf(type, table)), snapshot, filter: filters.join(' and ') || undefined };
  }

  return {
    spark,
    async count(question) {
      const counting = { ...question, select: 'count(*)' };
      return {
        PyIceberg: await python.count(await pyIceberg(question)),
        DuckDB: await duckDb(counting),
        Spark: await withSpark(counting),
      };
    },
    async filesRead(question) {
      const planned = await python.files(await pyIceberg(question));
      // A column that is read for every row, so that statistics alone are not enough.
      const reading = { ...question, select: 'count(DISTINCT event.id)' };
      return {
        PyIceberg: planned.length,
        DuckDB: await filesReadBy(lake, () => duckDb(reading)),
        Spark: await filesReadBy(lake, () => withSpark(reading)),
      };
    },
    async rowsThatDiffer(table, without) {
      const names = without.map((name) => `'${name}'`).join(', ');
      const tables: Record<string, string> = {};
      for (const type of ['storage', 'rest'] as const) tables[type] = await python.metadata(await tableOf(type, table));
      const kept = `COLUMNS(name -> name NOT IN (${names}))`;
      const [{ n }] = await python.duckdb({
        tables,
        setup: [duckDbSecret(reach)],
        sql: differing(`(SELECT ${kept} FROM storage)`, `(SELECT ${kept} FROM rest)`),
      });
      const columns = (await spark.sql(`DESCRIBE TABLE storage.${LAKE_NAMESPACE}.${table}`))
        .map(({ col_name }) => String(col_name))
        .filter((name) => /^\w+$/.test(name) && !without.includes(name));
      const from = (type: CatalogType): string =>
        `(SELECT ${[...new Set(columns)].join(', ')} FROM ${type}.${LAKE_NAMESPACE}.${table})`;
      const [row] = await spark.sql(differing(from('storage'), from('rest')));
      return { DuckDB: Number(n), Spark: Number(row.n) };
    },
    async snapshots(type, table) {
      return (await python.snapshots(await tableOf(type, table))).map(({ id }) => id);
    },
    async close() {
      await python.close();
      await spark.close();
    },
  };
}

function whereOf(filled: string | undefined, since: string | undefined): string {
  const conditions = [...(filled ? [`${filled} IS NOT NULL`] : []), ...(since ? [`ts >= ${since}`] : [])];
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
}

function differing(one: string, other: string): string {
  const only = (a: string, b: string): string =>
    `(SELECT count(*) FROM (SELECT * FROM ${a} EXCEPT ALL SELECT * FROM ${b}))`;
  return `SELECT ${only(one, other)} + ${only(other, one)} AS n`;
}

/** The number of data files that are read during the query. */
async function filesReadBy({ proxy }: Lake, query: () => Promise<unknown>): Promise<number> {
  const files = new Set<string>();
  const rule = proxy.addRule({
    fault: { kind: 'refuse' },
    method: 'GET',
    when: ({ path }) => {
      const [key] = path.split('?');
      if (key.endsWith('.parquet')) files.add(decodeURIComponent(key));
      return false;
    },
  });
  try {
    await query();
  } finally {
    proxy.removeRule(rule);
  }
  return files.size;
}
