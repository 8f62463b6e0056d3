/** ingest-batch: fetch, decode, write. The durable step that carries the load. */
import type { TableConfig } from '../cloudtrail/table-config.js';
import { TABLE_ROLES, type TableRole } from '../cloudtrail/tables.js';
import { currentSchema } from '../iceberg/snapshot.js';
import type { DataFile } from '../iceberg/types.js';
import type { DecoderPool } from '../ingest/decoder-pool.js';
import type { BatchFile, ChunkFile, ChunkTable, ChunkTask, LedgerEntry, Origin } from '../ingest/types.js';
import { readAhead } from '../storage/concurrency.js';
import { NO_TOTALS, type RunConfigRef, type Totals } from '../workflows/messages.js';
import { addTotals } from '../workflows/totals.js';
import { storeFiles, storeManifest, tableFor } from './batch-files.js';
import { fetchFiles, unreadFile } from './fetch-files.js';
import { openTables, type RunContext, type Tables } from './run-context.js';
import { type Decode, Trials } from './suspects.js';
import {
  type Batch,
  type BatchPart,
  type BatchResult,
  batchKey,
  donePrefix,
  partKey,
  readJson,
  resultKey,
  writeJsonOnce,
} from './work-area.js';

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

/** Heartbeat details, for people: what is done is known from the work area, to the last chunk. */
export interface BatchProgress {
  /** Files that are written out, of how many. */
  done: number;
  files: number;
}

/** Chunks of a batch in memory, as stored: the next one is read while one is decoded, so neither waits for the other. */
const CHUNKS_HELD = 2;

/** Column buffers of one Parquet file. With the IPC copy and the writer's own memory a thread peaks at about five times this. */
export const BUFFER_BYTES = 64 * 1024 * 1024;

/**
 * Each chunk that is written out leaves a part under a key that is its first file's number, and the whole batch a result, each
 * of them created once: an attempt goes on behind the last part, whoever wrote it, and a batch with a result is not read
 * again. Where two attempts write the same part, the files of the second belong to nothing.
 * @param attempt which try of the activity this is; from the second on it looks for files that workers died at
 */
export async function ingestBatch(
  context: RunContext,
  pool: DecoderPool,
  input: IngestBatchInput,
  heartbeat: (progress: BatchProgress) => void,
  signal: AbortSignal,
  attempt = 1,
): Promise<IngestedBatch> {
  const { warehouse } = context;
  const batch = await readJson<Batch>(warehouse, batchKey(input.plan, input.index), signal);
  const result = resultKey(input.plan, batch.id);
  const done = await keysUnder(context, donePrefix(input.plan, batch.id), signal);
  if (done.has(result)) {
    const { totals } = await readJson<BatchResult>(warehouse, result, signal);
    return { result, totals };
  }
  const tables = await openTables(context);
  const trials = new Trials(warehouse, donePrefix(input.plan, batch.id), attempt, [...done].filter(Trials.isMark));
  const parts: string[] = [];
  const finished: BatchPart[] = [];
  const chunks = readAhead(chunksOf(batch.files, context.config.ingest.chunkBytes), CHUNKS_HELD, async (chunk) => {
    const key = partKey(input.plan, batch.id, chunk.from);
    const { from, end } = chunk;
    const read = (first: number, last: number): Promise<ChunkFile[]> =>
      fetchFiles(context, batch.files.slice(first, last), batch.day, signal);
    if (done.has(key) || trials.areMarked) return { ...chunk, key, read };
    const files = await read(from, end);
    return { ...chunk, key, read: async (first: number, last: number) => files.slice(first - from, last - from) };
  });
  for await (const { from, end, key, read } of chunks) {
    heartbeat({ done: from, files: batch.files.length });
    parts.push(key);
    if (done.has(key)) finished.push(await readJson<BatchPart>(warehouse, key, signal));
    else {
      const decode = decoderOf(context, pool, tables, { batch: batch.id, run: input.run }, signal);
      const unread = (number: number): ChunkFile => unreadFile(context.bucket, batch.files[number], batch.day);
      const { written, ledger } = await trials.decode({ read, unread, decode }, from, end, signal);
      const files = await storeFiles(context, tables, batch.id, written, signal);
      finished.push(await writeJsonOnce<BatchPart>(warehouse, key, { end, files, ledger }, signal));
    }
  }
  const { totals } = await writeJsonOnce<BatchResult>(
    warehouse,
    result,
    { batch: batch.id, parts, ...(await finish(tables, batch, finished)) },
    signal,
  );
  return { result, totals };
}

async function keysUnder({ warehouse }: RunContext, prefix: string, signal: AbortSignal): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const page of warehouse.list(prefix, { signal })) for (const { key } of page.objects) keys.add(key);
  return keys;
}

/** Hands files to the pool, with what the run says of them. */
function decoderOf(
  { config, files: allowedFiles }: RunContext,
  pool: DecoderPool,
  tables: Tables,
  origin: Origin,
  signal: AbortSignal,
): Decode {
  const task: Omit<ChunkTask, 'files'> = {
    ...origin,
    tables: chunkTables(config.tables, tables),
    rejectsSchema: currentSchema(tables.rejects.metadata),
    enrich: config.enrich,
    allowedFiles,
    deduplicate: config.deduplicate !== undefined,
    maxFileBytes: config.ingest.maxFileBytes,
    bufferBytes: BUFFER_BYTES,
  };
  return (files) => pool.ingestChunk({ ...task, files }, signal);
}

function chunkTables(configs: readonly TableConfig[], tables: Tables): ChunkTable[] {
  return configs.flatMap((config) => {
    const table = tables[config.key];
    return table === undefined ? [] : [{ config, schema: currentSchema(table.metadata) }];
  });
}

/** The files from `from` to before `end` are a chunk: as many as have `most` stored bytes, and one at least. */
function* chunksOf(files: readonly BatchFile[], most: number): Generator<{ from: number; end: number }> {
  for (let from = 0; from < files.length; ) {
    let bytes = 0;
    let end = from;
    while (end < files.length && (end === from || bytes + files[end].size <= most)) bytes += files[end++].size;
    yield { from, end };
    from = end;
  }
}

/** One manifest a table, and the counts. The ledger's rows are written by the commit, which knows of repeated events. */
async function finish(
  tables: Tables,
  batch: Batch,
  parts: readonly BatchPart[],
): Promise<Pick<BatchResult, 'manifests' | 'totals'>> {
  const files: Partial<Record<TableRole, DataFile[]>> = {};
  for (const part of parts)
    for (const { role, file } of part.files) {
      files[role] ??= [];
      files[role].push(file);
    }
  const manifests: BatchResult['manifests'] = {};
  for (const role of TABLE_ROLES) {
    const ofRole = files[role];
    if (ofRole !== undefined) manifests[role] = await storeManifest(tableFor(tables, role), batch.id, ofRole);
  }
  return { manifests, totals: totalsOf(parts.flatMap(({ ledger }) => ledger)) };
}

function totalsOf(entries: readonly LedgerEntry[]): Totals {
  return entries.reduce((sum, entry) => addTotals(sum, countsOf(entry)), NO_TOTALS);
}

function countsOf({ key, size, status, records, rejects, dropped, duplicates, error, replaces }: LedgerEntry): Totals {
  const one = (so: boolean): number => (so ? 1 : 0);
  const quarantined = status === 'quarantined';
  // The error begins with its code: see `problem` in ingest/types.ts.
  const reason = { code: String(error).split(':')[0], files: 1, example: key };
  return {
    files: 1,
    bytes: size,
    events: records,
    rejects,
    dropped,
    duplicates,
    quarantined: one(quarantined),
    quarantinedFor: quarantined ? [reason] : [],
    skipped: one(status === 'skipped'),
    replaced: one(replaces === true),
  };
}
