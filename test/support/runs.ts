/** A run without Temporal: the activities' functions over memory stores, with the decoder in this thread. */
import { gzipSync } from 'node:zlib';
import type { DeduplicateConfig, TableConfig } from '../../cloudtrail/table-config';
import { defaultTables, ICEBERG_NAMESPACE, type TableRole } from '../../cloudtrail/tables';
import { commit } from '../../commit/commit';
import type { IngestSettings } from '../../config/settings';
import { type AvroFile, readAvro } from '../../iceberg/avro';
import { storageCatalog } from '../../iceberg/catalog-settings';
import { keyOf } from '../../iceberg/location';
import { readManifestList } from '../../iceberg/manifest-list';
import type { Snapshot } from '../../iceberg/metadata';
import { scanFiles } from '../../iceberg/scan';
import { createStorageCatalog } from '../../iceberg/storage-catalog';
import type { DataFile } from '../../iceberg/types';
import { type BatchProgress, ingestBatch } from '../../ingest/batch';
import { inlinePool } from '../../ingest/threads/inline-pool';
import { discover } from '../../plan/discover';
import { planDay } from '../../plan/plan-day';
import {
  addTotals,
  type DayPlan,
  NO_TOTALS,
  type Reprocess,
  type RetryTiming,
  type SourceFilter,
  type Totals,
} from '../../protocol/messages';
import { identifierOf } from '../../run/config';
import { loadTables, type RunContext } from '../../run/context';
import { createMemoryStore } from '../../storage/memory';
import type { ObjectStore, StoredObject } from '../../storage/object-store';
import { liveFiles, type Place } from './deletes';

export const INGEST: IngestSettings = {
  batchBytes: 64 << 20,
  batchFiles: 2000,
  chunkBytes: 1 << 20,
  groupBatches: 16,
  daysInFlight: 2,
  batchesInFlight: 2,
  concurrentReads: 4,
  maxFileBytes: 1 << 20,
};

export const RETRY: RetryTiming = { heartbeatTimeoutSeconds: 10, maximumIntervalSeconds: 2, giveUpAfterHours: 1 };

export const NEVER = new AbortController().signal;
export const DAY = '2024-03-05';
export const ACCOUNT = '111122223333';

export function trailKey(
  name: string,
  { kind = 'CloudTrail', region = 'us-east-1', account = ACCOUNT, day = DAY } = {},
): string {
  const stamp = `${day.replaceAll('-', '')}T1210Z`;
  return `AWSLogs/${account}/${kind}/${region}/${day.replaceAll('-', '/')}/${account}_${kind}_${region}_${stamp}_${name}.json.gz`;
}

/** `count` small records, the first at `start` and each a second later; `id` distinguishes them from others at that time. */
export function records(count: number, start = `${DAY}T12:00:00Z`, more: object = {}, id = start): object[] {
  return Array.from({ length: count }, (_, i) => ({
    eventVersion: '1.08',
    eventTime: new Date(Date.parse(start) + i * 1000).toISOString().replace('.000Z', 'Z'),
    eventID: `${id}-${i}`,
    eventName: 'GetObject',
    ...more,
  }));
}

export const trailFile = (list: readonly unknown[]): Buffer => gzipSync(JSON.stringify({ Records: list }));

export function memoryRun(
  ingest: Partial<IngestSettings> = {},
  tables: readonly TableConfig[] = defaultTables('aws_cloudtrail'),
  deduplicate: DeduplicateConfig | undefined = { windowDays: 30 },
): RunContext & { bucket: ObjectStore; warehouse: ObjectStore } {
  const warehouse = createMemoryStore('warehouse');
  return {
    config: {
      source: 'aws_cloudtrail',
      location: 'memory://bucket',
      keyPrefix: '',
      catalog: storageCatalog(ICEBERG_NAMESPACE),
      ingest: { ...INGEST, ...ingest },
      tables,
      deduplicate,
    },
    warehouse,
    bucket: createMemoryStore('bucket'),
    catalog: createStorageCatalog(warehouse),
  };
}

let plans = 0;

/** A plan of a new execution; with `fresh: false`, it may continue an unfinished one. */
export async function plan(
  run: RunContext,
  day = DAY,
  filter: SourceFilter = {},
  more: {
    retryQuarantined?: boolean;
    reprocess?: Reprocess;
    execution?: string;
    fresh?: boolean;
    now?: number;
  } = {},
): Promise<DayPlan> {
  const { address } = await discover(run, { config: '', filter }, NEVER);
  const { execution = `execution-${++plans}-`, retryQuarantined, reprocess, fresh = true, now } = more;
  const planner = { execution, planId: `${execution}${++plans}`, now };
  const { groupBatches } = run.config.ingest;
  const input = { config: '', day, sources: address, filter, retryQuarantined, reprocess, groupBatches, fresh };
  return planDay(run, inlinePool, input, planner, NEVER);
}

export async function ingest(
  run: RunContext,
  of: DayPlan,
  index: number,
  beat: (progress: BatchProgress) => void = () => {},
) {
  return ingestBatch(run, inlinePool, { config: '', plan: of.address, index, run: 'a test' }, beat, NEVER);
}

/** Commits the batches of a plan whose results are given, as its group `group`. */
export async function commitGroup(
  run: RunContext,
  of: DayPlan,
  results: string[],
  {
    group = 0,
    day = DAY,
    groups = Math.ceil(of.batches / run.config.ingest.groupBatches),
    replaces = undefined as boolean | undefined,
  } = {},
): Promise<Totals> {
  const { address, ledgerSequence: since } = of;
  const input = { config: '', plan: address, since, group, groups, day, run: 'a test', results, replaces };
  return commit(run, inlinePool, input, NEVER);
}

/** Ingests a whole day, with all its batches in one group. */
export async function ingestWholeDay(
  run: RunContext,
  day = DAY,
  retryQuarantined = false,
  now?: number,
): Promise<Totals> {
  const dayPlan = await plan(run, day, {}, { retryQuarantined, now });
  const results: string[] = [];
  for (let index = 0; index < dayPlan.batches; index++) results.push((await ingest(run, dayPlan, index)).result);
  return results.length === 0 ? { ...NO_TOTALS } : commitGroup(run, dayPlan, results, { day, groups: 1 });
}

/** Reads the files of a whole day again, with its batches in groups of the configured size. */
export async function reprocessDay(
  run: RunContext,
  reprocess: Reprocess = {},
  day = DAY,
  filter: SourceFilter = {},
): Promise<Totals> {
  const of = await plan(run, day, filter, { reprocess });
  const { groupBatches } = run.config.ingest;
  let totals: Totals = { ...NO_TOTALS };
  for (let group = 0; group * groupBatches < of.batches; group++) {
    const results: string[] = [];
    for (let index = group * groupBatches; index < Math.min((group + 1) * groupBatches, of.batches); index++)
      results.push((await ingest(run, of, index)).result);
    totals = addTotals(totals, await commitGroup(run, of, results, { group, day, replaces: true }));
  }
  return totals;
}

type Row = Record<string, unknown>;

/** The data files of a table. */
export async function filesOf(run: RunContext, role: TableRole): Promise<DataFile[]> {
  const files: DataFile[] = [];
  const table = await run.catalog.loadTable(identifierOf(run.config, role));
  if (table === undefined) return files;
  for await (const file of scanFiles(table)) files.push(file);
  return files;
}

/** The manifests of a snapshot, as Avro files. */
export async function manifestsOf(run: RunContext, snapshot: Snapshot): Promise<AvroFile[]> {
  const read = async (location: string) => (await run.warehouse.get(keyOf(run.warehouse, location))).body;
  const list = readManifestList(await read(snapshot['manifest-list']));
  return Promise.all(list.map(async (entry) => readAvro(await read(entry.manifest_path))));
}

/** A table, for code that writes to it by hand. */
export function placeOf(run: RunContext, role: TableRole): Place {
  const identifier = identifierOf(run.config, role);
  return { catalog: run.catalog, identifier };
}

const parsed = new Map<string, Row[]>();

/** The rows of a Parquet file; the same bytes are read once, because tests look at a table repeatedly. */
async function rowsIn({ etag, body }: StoredObject): Promise<readonly Row[]> {
  let rows = parsed.get(etag);
  if (rows === undefined) {
    const { readParquet } = await import('parquet-wasm/node');
    const { tableFromIPC } = await import('apache-arrow');
    const table = tableFromIPC(readParquet(body).intoIPCStream());
    rows = table.toArray().map((row) => JSON.parse(JSON.stringify(row, bigints)) as Row);
    parsed.set(etag, rows);
  }
  return rows;
}

/** All rows of a table, as plain values; those that are deleted by position are left out. */
export async function rowsOf(run: RunContext, role: TableRole): Promise<Row[]> {
  const rows: Row[] = [];
  const place = placeOf(run, role);
  if ((await run.catalog.loadTable(place.identifier)) === undefined) return rows;
  for (const { file, deleted } of await liveFiles(place)) {
    const all = await rowsIn(await run.warehouse.get(keyOf(run.warehouse, file.path)));
    rows.push(...all.filter((_, position) => !deleted.has(position)));
  }
  return rows;
}

function bigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

export async function snapshotsOf(run: RunContext, role: TableRole): Promise<number> {
  return (await loadTables(run, [role]))[role]?.metadata.snapshots.length ?? 0;
}
