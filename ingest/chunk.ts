/** A chunk of files → Parquet files by (table, day) and the ledger entries. Runs in a decoder thread. */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { FileDecoder, type Reject } from '../cloudtrail/decoder/file-decoder.js';
import type { Answers } from '../cloudtrail/derived/bound.js';
import { eventIdsOf } from '../cloudtrail/event-ids.js';
import { type TableKey, tableOf } from '../cloudtrail/routing.js';
import { columnsOf } from '../cloudtrail/table-columns.js';
import { LEDGER_COLUMNS, REJECTS_COLUMNS } from '../cloudtrail/tables.js';
import { toIpc } from '../columnar/arrow.js';
import { parquetOf } from '../columnar/parquet.js';
import type { RowSet } from '../columnar/row-set.js';
import { UnreadableFile } from '../errors/index.js';
import { dataFileOf, readFooter } from '../iceberg/metrics.js';
import { schemaToWrite } from '../iceberg/schema.js';
import type { Schema } from '../iceberg/types.js';
import { answersFor } from './geoip.js';
import { loadTransform } from './load-transform.js';
import { RowsByDay } from './rows.js';
import type { ChunkFile, ChunkResult, ChunkTask, LedgerEntry, LedgerTask, Origin, WrittenFile } from './types.js';
import { uncompress } from './uncompress.js';

/**
 * Reads all files of the chunk. What is wrong with a file or a record becomes an entry, never an exception; a transform or a
 * database that cannot be loaded throws `UserMistake`.
 */
export async function ingestChunk(task: ChunkTask): Promise<ChunkResult> {
  const answers = answersFor(task.enrich);
  const decoders = new Map<TableKey, FileDecoder>();
  const rejects = new RowsByDay(REJECTS_COLUMNS);
  const result: ChunkResult = { written: [], ledger: [] };
  const flush = async (): Promise<void> => {
    for (const { config, schema } of task.tables) {
      const days = decoders.get(config.key)?.take() ?? [];
      for (const rows of days) {
        const ids = task.deduplicate ? eventIdsOf(rows) : undefined;
        const events = ids && { ids, fileEnds: rows.fileEnds };
        result.written.push({ ...(await write(config.key, schema, rows)), ...(events && { events }) });
      }
    }
    for (const rows of rejects.take()) result.written.push(await write('rejects', task.rejectsSchema, rows));
  };
  for (const file of task.files) {
    result.ledger.push(ingestFile(file, result.ledger.length, task, answers, decoders, rejects));
    // The body is not needed again: a chunk's memory goes down while its columns grow.
    file.body = undefined;
    let bytes = rejects.bytes;
    for (const decoder of decoders.values()) bytes += decoder.bytes;
    if (bytes > task.bufferBytes) await flush();
  }
  await flush();
  return result;
}

function ingestFile(
  file: ChunkFile,
  number: number,
  task: ChunkTask,
  answers: Answers,
  decoders: Map<TableKey, FileDecoder>,
  rejects: RowsByDay<typeof REJECTS_COLUMNS>,
): LedgerEntry {
  const { body, problem, metadata, ...known } = file;
  const table = tableOf(file.kind);
  const entry: LedgerEntry = { ...known, table, status: 'ingested', records: 0, rejects: 0, dropped: 0, duplicates: 0 };
  const wanted = task.tables.find(({ config }) => config.key === table);
  if (wanted === undefined)
    return { ...entry, status: 'skipped', error: `table_not_wanted: There is no table ${table}.` };
  if (body === undefined) return { ...entry, status: 'quarantined', error: problem };
  try {
    const { bytes, note } = uncompress(body, task.maxFileBytes);
    entry.notes = notesOf(file, note);
    entry.sha256 = createHash('sha256').update(bytes).digest('hex');
    let decoder = decoders.get(table);
    if (decoder === undefined) {
      const { transform } = wanted.config;
      decoder = new FileDecoder(columnsOf(wanted.config), table === 'digest' ? 'digest' : 'records', {
        answers,
        transform: transform && loadTransform(transform),
      });
      decoders.set(table, decoder);
    }
    const { uri, region } = file;
    const decoded = decoder.decode(bytes, { uri, number, region, sha256: entry.sha256, metadata });
    for (const reject of decoded.rejects) addReject(rejects, file, table, bytes, reject, task);
    entry.records = decoded.records - decoded.rejects.length - decoded.dropped;
    entry.dropped = decoded.dropped;
    entry.rejects = decoded.rejects.length;
    entry.firstEventTime = decoded.firstEventTime;
    entry.lastEventTime = decoded.lastEventTime;
    return entry;
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return { ...entry, status: 'quarantined', error: `${error.reason}: ${error.message}` };
  }
}

/** Each note begins with a code. */
function notesOf({ replaces }: ChunkFile, note: string | undefined): string | undefined {
  const replaced = 'replaced: The key was ingested before, with another ETag; both are kept, repeated events once.';
  const notes = [...(replaces ? [replaced] : []), ...(note === undefined ? [] : [note])];
  return notes.length === 0 ? undefined : notes.join(' ');
}

function addReject(
  rejects: RowsByDay<typeof REJECTS_COLUMNS>,
  file: ChunkFile,
  table: string,
  bytes: Uint8Array,
  reject: Reject,
  { batch, run }: Origin,
): void {
  const text = bytes.subarray(reject.from, reject.to);
  const encoding = isUtf8(text) ? 'utf-8' : 'base64';
  rejects.add({
    ts: file.deliveredAt * 1000,
    path: file.uri,
    record_index: reject.index,
    byte_offset: reject.from,
    table,
    reason: reject.reason,
    message: reject.message,
    raw: Buffer.from(text).toString(encoding === 'base64' ? 'base64' : 'utf8'),
    raw_encoding: encoding,
    batch,
    run,
  });
}

async function write(role: WrittenFile['role'], table: Schema, rows: RowSet): Promise<WrittenFile> {
  const schema = schemaToWrite(table, rows.specs);
  const bytes = parquetOf(toIpc(schema, rows));
  const footer = await readFooter(bytes);
  return { role, bytes, file: dataFileOf({ path: '', bytes: bytes.length, day: rows.day, schema, footer }) };
}

/** The ledger rows of a batch as Parquet files: one for each delivery day, so nearly always one. */
export async function writeLedger(task: LedgerTask): Promise<WrittenFile[]> {
  const rows = new RowsByDay(LEDGER_COLUMNS);
  for (const entry of task.entries) {
    rows.add({
      ts: entry.deliveredAt * 1000,
      key: entry.key,
      etag: entry.etag,
      path: entry.uri,
      size: entry.size,
      account: entry.account,
      region: entry.region,
      kind: entry.kind,
      table: entry.table,
      status: entry.status,
      records: entry.records,
      rejects: entry.rejects,
      dropped: entry.dropped,
      duplicates: entry.duplicates,
      attempt: entry.attempt ?? 1,
      sha256: entry.sha256,
      first_event_time: entry.firstEventTime,
      last_event_time: entry.lastEventTime,
      error: entry.error,
      notes: entry.notes,
      batch: task.batch,
      run: task.run,
    });
  }
  const written: WrittenFile[] = [];
  for (const set of rows.take()) written.push(await write('ledger', task.schema, set));
  return written;
}
