/** ingest-batch: fetch, decode, write. The durable step that carries the load. */
import { randomUUID } from 'node:crypto';
import type { TableConfig } from '../cloudtrail/table-config.js';
import { TABLE_ROLES, type TableRole } from '../cloudtrail/tables.js';
import { TableUnusable } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { keyOf, locationOf } from '../iceberg/location.js';
import { writeManifest } from '../iceberg/manifest.js';
import { currentSchema, currentSpec } from '../iceberg/snapshot.js';
import type { DataFile } from '../iceberg/types.js';
import type { DecoderPool } from '../ingest/decoder-pool.js';
import type { BatchFile, ChunkTable, LedgerEntry, WrittenFile } from '../ingest/types.js';
import { fromDayNumber } from '../workflows/days.js';
import { NO_TOTALS, type RunConfigRef, type Totals } from '../workflows/messages.js';
import { mapConcurrent } from './concurrency.js';
import { fetchFiles } from './fetch-files.js';
import { openTables, type RunContext, type Tables } from './run-context.js';
import { type Batch, type BatchPart, type BatchResult, batchKey, readJson, writeJson } from './work-area.js';

export interface IngestBatchInput {
  config: RunConfigRef;
  /** Address of the plan, and the batch's number in it. */
  plan: string;
  index: number;
  /** Workflow that asked for the day. */
  run: string;
}

export interface IngestedBatch {
  /** Address of the batch's result. */
  result: string;
  totals: Totals;
}

/** Heartbeat details: where the next attempt goes on. What it cannot read means "from the start". */
export interface BatchPosition {
  version: 1;
  /** Index of the first file that is not yet written out. */
  nextFile: number;
  /** Addresses of what was written out. */
  parts: string[];
}

const START: BatchPosition = { version: 1, nextFile: 0, parts: [] };

/** Stored bytes of one chunk: what a decoder thread holds at once, and what a killed worker has to do again. */
const CHUNK_BYTES = 16 * 1024 * 1024;
/** Column buffers of one Parquet file. With the IPC copy and the writer's own memory a thread peaks at about five times this. */
const BUFFER_BYTES = 96 * 1024 * 1024;

/** Reads the position of an earlier attempt. */
export function positionOf(details: unknown): BatchPosition {
  const position = details as Partial<BatchPosition> | undefined;
  const valid = position?.version === 1 && Number.isInteger(position.nextFile) && Array.isArray(position.parts);
  return valid ? (position as BatchPosition) : START;
}

export async function ingestBatch(
  context: RunContext,
  pool: DecoderPool,
  input: IngestBatchInput,
  resume: BatchPosition,
  heartbeat: (position: BatchPosition) => void,
  signal: AbortSignal,
): Promise<IngestedBatch> {
  const { warehouse, config } = context;
  const tables = await openTables(context);
  const batch = await readJson<Batch>(warehouse, batchKey(input.plan, input.index), signal);
  const origin = { batch: batch.id, run: input.run };
  const parts = [...resume.parts];
  heartbeat(resume);
  for (let at = resume.nextFile; at < batch.files.length; ) {
    const end = chunkEnd(batch.files, at);
    const files = await fetchFiles(context, batch.files.slice(at, end), batch.day, signal);
    const { written, ledger } = await pool.ingestChunk(
      {
        ...origin,
        files,
        tables: chunkTables(config.tables, tables),
        rejectsSchema: currentSchema(tables.rejects.metadata),
        enrich: config.enrich,
        maxFileBytes: config.ingest.maxFileBytes,
        bufferBytes: BUFFER_BYTES,
      },
      signal,
    );
    const part: BatchPart = { files: await store(context, tables, batch, written, signal), ledger };
    const address = `${input.plan}/parts/${batch.id}-${randomUUID()}.json`;
    await writeJson(warehouse, address, part, signal);
    parts.push(address);
    at = end;
    heartbeat({ version: 1, nextFile: at, parts });
  }
  return finish(context, pool, tables, batch, parts, input, signal);
}

function chunkTables(configs: readonly TableConfig[], tables: Tables): ChunkTable[] {
  return configs.flatMap((config) => {
    const table = tables[config.key];
    return table === undefined ? [] : [{ config, schema: currentSchema(table.metadata) }];
  });
}

function chunkEnd(files: readonly BatchFile[], from: number): number {
  let bytes = 0;
  let end = from;
  while (end < files.length && (end === from || bytes + files[end].size <= CHUNK_BYTES)) bytes += files[end++].size;
  return end;
}

/** Stores Parquet files under names that no other attempt can have. */
async function store(
  { warehouse }: RunContext,
  tables: Tables,
  batch: Batch,
  written: WrittenFile[],
  signal: AbortSignal,
): Promise<BatchPart['files']> {
  return mapConcurrent(written, 4, async ({ role, bytes, file }) => {
    const day = fromDayNumber(file.day);
    const root = keyOf(warehouse, tableFor(tables, role).location);
    const key = `${root}/data/ts_day=${day}/${batch.id}-${randomUUID()}.parquet`;
    await warehouse.put(key, bytes, { signal });
    return { role, file: { ...file, path: locationOf(warehouse, key) } };
  });
}

function tableFor(tables: Tables, role: TableRole): LoadedTable {
  const table = tables[role];
  if (table === undefined) throw new TableUnusable(`The run has rows for a table ${role}, and no such table.`);
  return table;
}

/** One manifest a table, and the result that the commit reads. */
async function finish(
  context: RunContext,
  pool: DecoderPool,
  tables: Tables,
  batch: Batch,
  parts: string[],
  input: IngestBatchInput,
  signal: AbortSignal,
): Promise<IngestedBatch> {
  const { warehouse } = context;
  const files: Record<TableRole, DataFile[]> = { default: [], insights: [], digest: [], rejects: [], ledger: [] };
  const entries: LedgerEntry[] = [];
  for (const address of parts) {
    const part = await readJson<BatchPart>(warehouse, address, signal);
    for (const { role, file } of part.files) files[role].push(file);
    entries.push(...part.ledger);
  }
  const schema = currentSchema(tables.ledger.metadata);
  const ledger = await pool.writeLedger({ entries, schema, batch: batch.id, run: input.run }, signal);
  for (const { file } of await store(context, tables, batch, ledger, signal)) files.ledger.push(file);
  const result: BatchResult = { manifests: {}, totals: totalsOf(entries) };
  for (const role of TABLE_ROLES) {
    if (files[role].length === 0) continue;
    const { location, metadata } = tableFor(tables, role);
    const key = `${keyOf(warehouse, location)}/metadata/${batch.id}-${randomUUID()}.avro`;
    result.manifests[role] = await writeManifest(
      warehouse,
      key,
      { schema: currentSchema(metadata), spec: currentSpec(metadata) },
      files[role],
    );
  }
  const address = `${input.plan}/results/${batch.id}-${randomUUID()}.json`;
  await writeJson(warehouse, address, result, signal);
  return { result: address, totals: result.totals };
}

function totalsOf(entries: LedgerEntry[]): Totals {
  const totals: Totals = { ...NO_TOTALS };
  for (const entry of entries) {
    totals.files++;
    totals.bytes += entry.size;
    totals.events += entry.records;
    totals.rejects += entry.rejects;
    totals.dropped += entry.dropped;
    if (entry.replaces) totals.replaced++;
    if (entry.status === 'quarantined') totals.quarantined++;
    if (entry.status === 'skipped') totals.skipped++;
  }
  return totals;
}
