/** The ingestBatch activity: fetches, decodes and writes the files of a batch. It does most of the work of a run. */

import type { TableConfig } from '../cloudtrail/table-config.js';
import { currentSchema } from '../iceberg/snapshot.js';
import { type BatchFile, type LedgerEntry, statusOf } from '../ledger/entry.js';
import type { IngestBatchInput, IngestedBatch } from '../protocol/activities.js';
import { addTotals, NO_TOTALS, type Totals } from '../protocol/totals.js';
import { type RunContext, type RunTables, requireTables } from '../run/context.js';
import { explainGone } from '../run/plan-state.js';
import { readWork, writeWorkOnce } from '../run/versioned.js';
import { BATCH, BATCH_PART, BATCH_RESULT, type BatchPart } from '../run/work-area.js';
import { batchKey, donePrefix, partKey, resultKey } from '../run/work-keys.js';
import { writerOf } from '../run/writer.js';
import { readAhead } from '../storage/concurrency.js';
import { fetchFiles, identifyUnread, unreadFile } from './fetch.js';
import { inPieces } from './pieces.js';
import { storeFiles } from './store-files.js';
import { Trials } from './suspects.js';
import type { DecoderPool } from './threads/decoder-pool.js';
import type { ChunkTable, ChunkTask, Decode, FetchedFile, Origin } from './types.js';

/** Heartbeat details, for the UI only: retries take the progress from the work area. */
export interface BatchProgress {
  /** Number of files that are written, and the total number. */
  done: number;
  files: number;
}

/** Chunks of a batch in memory: while one is decoded and stored, the next one is read, and decoded by idle threads. */
const CHUNKS_HELD = 2;

/** Bytes of column buffers for one Parquet file. With room to grow, memory kept for the next file, and the writer, a thread peaks at about five times this. */
export const BUFFER_BYTES = 64 * 1024 * 1024;

/**
 * Ingests one batch. Each chunk writes a part, whose key has the index of its first file, and the whole batch a result. Each of
 * them is created once. An attempt continues after the last part of earlier attempts, and a batch with a result is not read
 * again. If two attempts write the same part, the data files of the second are not used.
 * Throws `PlanOutdated` if the plan was removed, because another run has finished or replaced it.
 * @param attempt of the activity, from 1; from 2 on, files at which workers crashed are isolated
 */
export async function ingestBatch(
  context: RunContext,
  pool: DecoderPool,
  input: IngestBatchInput,
  heartbeat: (progress: BatchProgress) => void,
  signal: AbortSignal,
  attempt = 1,
): Promise<IngestedBatch> {
  try {
    return await ingest(context, pool, input, heartbeat, signal, attempt);
  } catch (error) {
    throw await explainGone(context, input.plan, error, signal);
  }
}

async function ingest(
  context: RunContext,
  pool: DecoderPool,
  input: IngestBatchInput,
  heartbeat: (progress: BatchProgress) => void,
  signal: AbortSignal,
  attempt: number,
): Promise<IngestedBatch> {
  const { warehouse } = context;
  const batch = await readWork(warehouse, batchKey(input.plan, input.index), BATCH, signal);
  const result = resultKey(input.plan, batch.id);
  const done = await keysUnder(context, donePrefix(input.plan, batch.id), signal);
  if (done.has(result)) {
    const { totals } = await readWork(warehouse, result, BATCH_RESULT, signal);
    return { result, totals };
  }
  const tables = await requireTables(context, signal);
  const trials = new Trials(warehouse, donePrefix(input.plan, batch.id), attempt, [...done].filter(Trials.isMark));
  const decode = decoderOf(context, pool, tables, { batch: batch.id, run: input.run }, signal);
  const identify = (file: FetchedFile): Promise<FetchedFile> => identifyUnread(context.bucket, file, signal);
  const unread = (number: number): FetchedFile => unreadFile(context.bucket, batch.files[number], batch.day);
  const read = (first: number, last: number): Promise<FetchedFile[]> =>
    fetchFiles(context, batch.files.slice(first, last), batch.day, signal);
  const ingestChunk = async ({ from, end }: ChunkRange): Promise<{ key: string; part: BatchPart }> => {
    const key = partKey(input.plan, batch.id, from);
    if (done.has(key)) return { key, part: await readWork(warehouse, key, BATCH_PART, signal) };
    const {
      written: stored,
      ledger,
      rejectedFor,
    } = await trials.decode({ read, unread, identify, decode }, from, end, signal);
    const files = await storeFiles(context, tables, batch.id, stored, signal);
    const written = { end, files, entries: ledger, rejectedFor, writer };
    return { key, part: await writeWorkOnce(warehouse, key, BATCH_PART, written, signal) };
  };
  const writer = writerOf(context);
  heartbeat({ done: 0, files: batch.files.length });
  // Where a worker may crash, it has one chunk at a time, so that fewer files are suspected.
  const held = trials.areMarked ? 1 : CHUNKS_HELD;
  const parts: string[] = [];
  const finished: BatchPart[] = [];
  for await (const { key, part } of readAhead(
    chunksOf(batch.files, context.config.ingest.chunkBytes),
    held,
    ingestChunk,
  )) {
    parts.push(key);
    finished.push(part);
    heartbeat({ done: part.end, files: batch.files.length });
  }
  const ofBatch = {
    batch: batch.id,
    parts,
    totals: finished.reduce((sum, part) => addTotals(sum, totalsOf(part)), NO_TOTALS),
  };
  const { totals } = await writeWorkOnce(warehouse, result, BATCH_RESULT, ofBatch, signal);
  return { result, totals };
}

async function keysUnder({ warehouse }: RunContext, prefix: string, signal: AbortSignal): Promise<Set<string>> {
  const keys = new Set<string>();
  for await (const page of warehouse.list(prefix, { signal })) for (const { key } of page.objects) keys.add(key);
  return keys;
}

/** Returns a function that decodes files in the pool with the settings of the run. */
function decoderOf(
  { config, bucket, files: allowedFiles }: RunContext,
  pool: DecoderPool,
  tables: RunTables,
  origin: Origin,
  signal: AbortSignal,
): Decode {
  const task: Omit<ChunkTask, 'files'> = {
    ...origin,
    directory: bucket.directory === undefined ? undefined : { path: bucket.directory, uri: bucket.uri },
    tables: chunkTables(config.tables, tables),
    rejectsSchema: currentSchema(tables.rejects.metadata),
    enrich: config.enrich,
    allowedFiles,
    deduplicate: config.deduplicate !== undefined,
    maxFileBytes: config.ingest.maxFileBytes,
    bufferBytes: BUFFER_BYTES,
  };
  return inPieces((files) => pool.ingestChunk({ ...task, files }, signal));
}

function chunkTables(configs: readonly TableConfig[], tables: RunTables): ChunkTable[] {
  return configs.flatMap((config) => {
    const table = tables[config.key];
    return table === undefined ? [] : [{ config, schema: currentSchema(table.metadata) }];
  });
}

/** The files of a chunk: from index `from` up to, but not including, `end`. */
interface ChunkRange {
  from: number;
  end: number;
}

/** Splits files into chunks, from `from` up to, but not including, `end`: at least one file, and at most `most` stored bytes. */
function* chunksOf(files: readonly BatchFile[], most: number): Generator<ChunkRange> {
  for (let from = 0; from < files.length; ) {
    let bytes = 0;
    let end = from;
    while (end < files.length && (end === from || bytes + files[end].size <= most)) bytes += files[end++].size;
    yield { from, end };
    from = end;
  }
}

function totalsOf({ entries, rejectedFor }: BatchPart): Totals {
  const start: Totals = { ...NO_TOTALS, rejectedFor };
  return entries.reduce((sum, entry) => addTotals(sum, countsOf(entry)), start);
}

function countsOf(entry: LedgerEntry): Totals {
  const { key, size, records, rejects, dropped, duplicates, problem, replaces } = entry;
  const one = (so: boolean): number => (so ? 1 : 0);
  const status = statusOf(entry);
  return {
    files: 1,
    bytes: size,
    events: records,
    rejects,
    dropped,
    duplicates,
    quarantined: one(status === 'quarantined'),
    quarantinedFor: problem?.state === 'quarantined' ? [{ code: problem.code, files: 1, example: key }] : [],
    skipped: one(status === 'skipped'),
    replaced: one(replaces === true),
  };
}
