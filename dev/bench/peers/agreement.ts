/** Checks with DuckDB that all contenders have written the same events. */
import { DuckDBInstance } from '@duckdb/node-api';
import { loadSettings } from '../../../config/load.js';
import { openCatalog } from '../../../iceberg/open-catalog.js';
import { openTables } from '../../../query/open-tables.js';
import { openStore } from '../../../storage/open.js';

/** Sums over all events of an output. Whole numbers as text, because some do not fit into a JavaScript number. */
export type Sums = Record<string, string>;

/** The columns that are compared, as SQL. */
interface Columns {
  id: string;
  time: string;
  texts: Record<string, string>;
}

const OF_PEERS: Columns = {
  id: '"eventID"',
  time: '"eventTime"',
  texts: {
    names: '"eventName"',
    sources: '"eventSource"',
    regions: '"awsRegion"',
    addresses: '"sourceIPAddress"',
    agents: '"userAgent"',
    principals: '"userIdentity"."arn"',
    errors: '"errorCode"',
  },
};

const OF_TRAILMILL: Columns = {
  id: 'event.id',
  time: 'ts',
  texts: {
    names: 'event.action',
    sources: 'event.provider',
    regions: 'cloud.region',
    addresses: 'source.address',
    agents: 'user_agent.original',
    principals: 'aws.cloudtrail.user_identity.arn',
    errors: 'aws.cloudtrail.error_code',
  },
};

function sqlOf({ id, time, texts }: Columns, from: string): string {
  const sums: Record<string, string> = {
    events: 'count(*)',
    ids: `count(DISTINCT ${id})`,
    hours: `sum(epoch(${time})::BIGINT // 3600)`,
    seconds: `sum(epoch(${time})::BIGINT)`,
    ...Object.fromEntries(Object.entries(texts).map(([name, column]) => [name, `sum(strlen(${column}))`])),
  };
  const columns = Object.entries(sums).map(([name, sql]) => `CAST(coalesce(${sql}, 0) AS VARCHAR) AS ${name}`);
  return `SELECT ${columns.join(', ')} FROM ${from}`;
}

/** The sums over a peer's Parquet file. */
export async function sumsOfFile(parquet: string): Promise<Sums> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const read = await connection.runAndReadAll(sqlOf(OF_PEERS, `'${parquet.replaceAll("'", "''")}'`));
    return read.getRowObjectsJson()[0] as Sums;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** The sums over the events of a project's warehouse. */
export async function sumsOfProject(directory: string): Promise<Sums> {
  const settings = loadSettings({ cwd: directory, env: {}, flags: {} });
  const catalog = openCatalog(settings.catalog, openStore(settings.warehouse));
  const tables = await openTables(catalog, settings.catalog.namespace, { source: settings.name });
  try {
    const [sums] = await tables.query(sqlOf(OF_TRAILMILL, settings.name));
    return sums as Sums;
  } finally {
    tables.close();
  }
}

/** Differences between the sums of outputs, by name, one line each; the first one is what the others are compared with. */
export function differences(outputs: ReadonlyMap<string, Sums>): string[] {
  const [first, ...others] = outputs;
  if (first === undefined) return [];
  return others.flatMap(([name, sums]) =>
    Object.keys({ ...first[1], ...sums }).flatMap((what) =>
      sums[what] === first[1][what] ? [] : [`${name}: ${what} ${sums[what]}, but ${first[0]}: ${first[1][what]}`],
    ),
  );
}
