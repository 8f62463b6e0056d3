/**
 * Example values, which a real run over a bucket has written. The bucket is the sample, which is the same for the same options,
 * plus records that the sample does not have.
 */
import { tableFromIPC } from 'apache-arrow';
import { readParquet } from 'parquet-wasm/node';
import { allTables, ICEBERG_NAMESPACE, type TableRole } from '../../../cloudtrail/tables.js';
import { commit } from '../../../commit/commit.js';
import { DEFAULT_SOURCE, INGEST } from '../../../config/defaults.js';
import type { LoadedTable } from '../../../iceberg/catalog.js';
import { storageCatalog } from '../../../iceberg/catalog-settings.js';
import { keyOf } from '../../../iceberg/location.js';
import { scanFiles } from '../../../iceberg/scan.js';
import { createStorageCatalog } from '../../../iceberg/storage-catalog.js';
import { ingestBatch } from '../../../ingest/batch.js';
import { inlinePool } from '../../../ingest/threads/inline-pool.js';
import { parseKeys } from '../../../integrity/keys.js';
import { discover } from '../../../plan/discover.js';
import { planDay } from '../../../plan/plan-day.js';
import { ingestDayId, verifyId } from '../../../protocol/ids.js';
import { identifierOf } from '../../../run/config.js';
import { ensureTables, type RunContext, type RunTables } from '../../../run/context.js';
import { storeKeys } from '../../../run/key-store.js';
import { FIRST_DAY, KEYS_PREFIX, writeSample } from '../../../sample/index.js';
import { createMemoryStore } from '../../../storage/memory.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import { verifyDay } from '../../../verify/verify-day.js';
import { forgedFile, RARE_FILES } from './rare-files.js';

/** A row of the docs, by column names. */
export type ExampleRow = Record<string, unknown>;
/** The rows of each table, in the order of its files. */
export type Examples = Record<TableRole, ExampleRow[]>;

const NEVER = new AbortController().signal;
/** When all objects were delivered, as a listing says it: the pages must not change with the clock. */
const DELIVERED = Date.parse(`${FIRST_DAY}T23:55:00Z`);
/** Start of the verification: all digests of the day are due. */
const VERIFIED = DELIVERED + 86_400_000;

/** The tables, with the integrity table. */
type ExampleTables = RunTables & { integrity: LoadedTable };

/** Ingests and verifies one delivery day of a small sample in an empty warehouse, like the activities do. */
export async function ingestExamples(warehouse: ObjectStore): Promise<ExampleTables> {
  const bucket: ObjectStore = { ...createMemoryStore('bucket', () => DELIVERED), uri: 's3://trailmill-sample' };
  const { accounts } = await writeSample(bucket, { days: 1, accounts: 2, regions: 1, eventsPerHour: 30 });
  for (const { key, body, metadata } of [...RARE_FILES, forgedFile(accounts[0])])
    await bucket.put(key, body, { metadata });
  const run: RunContext = {
    config: {
      source: DEFAULT_SOURCE.name,
      location: bucket.uri,
      keyPrefix: '',
      catalog: storageCatalog(ICEBERG_NAMESPACE),
      ingest: INGEST,
      tables: allTables(DEFAULT_SOURCE.name),
    },
    warehouse,
    bucket,
    catalog: createStorageCatalog(warehouse),
  };
  const config = '';
  const { address } = await discover(run, { config, filter: {} }, NEVER);
  // Ids as in Temporal: of the workflow, and of the activity that made the plan.
  const workflow = ingestDayId(DEFAULT_SOURCE.name, FIRST_DAY);
  const execution = '0199f3c2-5d0e-7c55-8a47-0c1f8f6d2c11';
  const planner = { execution, planId: `${execution}-1-1` };
  const plan = await planDay(
    run,
    inlinePool,
    { config, day: FIRST_DAY, sources: address, filter: {}, groupBatches: 16 },
    planner,
    NEVER,
  );
  const results: string[] = [];
  for (let index = 0; index < plan.batches; index++) {
    const input = { config, plan: plan.address, index, run: workflow };
    results.push((await ingestBatch(run, inlinePool, input, () => {}, NEVER)).result);
  }
  const since = plan.ledgerSequence;
  const group = { config, plan: plan.address, since, group: 0, day: FIRST_DAY, run: workflow, results };
  await commit(run, inlinePool, group, NEVER);
  return { ...(await ensureTables(run)), integrity: await verifyExamples(run) };
}

async function verifyExamples(run: RunContext): Promise<LoadedTable> {
  const { bucket, warehouse, catalog, config } = run;
  const { body } = await bucket.get(`${KEYS_PREFIX}public-keys.json`);
  await storeKeys(warehouse, parseKeys(body, 'public-keys.json'), { from: 'folder' }, VERIFIED);
  const day = {
    ...{ day: FIRST_DAY, filter: {}, origin: { bucket: 'trailmill-sample', prefix: '' }, startedAt: VERIFIED },
    ...{ run: verifyId(config.source, { from: FIRST_DAY, to: FIRST_DAY, filter: {} }), commitId: 'verify-example' },
  };
  const first = (): never => {
    throw new Error('The day is verified once.');
  };
  await verifyDay({ ...run, pool: inlinePool, signal: NEVER }, day, { read: first, write: async () => {} });
  const table = await catalog.loadTable(identifierOf(config, 'integrity'));
  if (table === undefined) throw new Error('The verification has not made its table.');
  return table;
}

/** The rows of all tables after {@link ingestExamples}. */
export async function exampleRows(): Promise<Examples> {
  const warehouse = createMemoryStore('warehouse');
  const tables = Object.entries(await ingestExamples(warehouse)).map(async ([role, table]) => {
    const rows: ExampleRow[] = [];
    for await (const file of scanFiles(table)) {
      const { body } = await warehouse.get(keyOf(warehouse, file.path));
      for (const row of tableFromIPC(readParquet(body).intoIPCStream())) rows.push(row?.toJSON() as ExampleRow);
    }
    return [role, rows] as const;
  });
  return Object.fromEntries(await Promise.all(tables)) as Examples;
}

/** The first value of a dotted column that is neither null nor an empty list; `undefined` if no row has one. */
export function exampleOf(rows: readonly ExampleRow[], column: string): unknown {
  const keys = column.split('.');
  for (const row of rows) {
    let value: unknown = row;
    for (const key of keys) value = (value as ExampleRow | null | undefined)?.[key];
    const plain = plainOf(value);
    if (plain !== null && !(Array.isArray(plain) && plain.length === 0)) return plain;
  }
  return undefined;
}

/** Arrow's rows and vectors as plain objects and arrays. */
function plainOf(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  return JSON.parse(JSON.stringify(value, (_key, inner) => (typeof inner === 'bigint' ? Number(inner) : inner)));
}
