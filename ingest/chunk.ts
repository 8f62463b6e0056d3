/** A chunk of files → Parquet files by (table, day) and the ledger entries. Runs in a decoder thread. */
import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { DayRows } from '../cloudtrail/decoder/day-rows.js';
import { type DecodedFile, FileDecoder, type Reject, TooMuchHeld } from '../cloudtrail/decoder/file-decoder.js';
import type { Answers } from '../cloudtrail/derived/bound.js';
import { eventIdsOf } from '../cloudtrail/event-ids.js';
import { type TableKey, tableOf } from '../cloudtrail/routing.js';
import { columnsOf } from '../cloudtrail/table-columns.js';
import type { TransformRef } from '../cloudtrail/table-config.js';
import { LEDGER_COLUMNS, REJECTS_COLUMNS } from '../cloudtrail/tables.js';
import type { Transform } from '../cloudtrail/transform.js';
import { toIpc } from '../columnar/arrow.js';
import { parquetOf } from '../columnar/parquet.js';
import type { RowSet } from '../columnar/row-set.js';
import { UnreadableFile } from '../errors/index.js';
import { dataFileOf, readFooter } from '../iceberg/metrics.js';
import { schemaToWrite } from '../iceberg/schema.js';
import type { Schema } from '../iceberg/types.js';
import { collectBuffers, letGo } from './collect.js';
import { answersFor } from './geoip.js';
import { LARGE_FILE_BYTES, LargeFile } from './large-files.js';
import { loadTransform } from './load-transform.js';
import { RowsByDay } from './rows.js';
import { inside, LOADING, reporting } from './transform-state.js';
import type {
  ChunkFile,
  ChunkResult,
  ChunkTable,
  ChunkTask,
  FileEvents,
  LedgerEntry,
  LedgerTask,
  Origin,
  WrittenFile,
} from './types.js';
import { type Uncompressed, uncompress } from './uncompress.js';

/**
 * Reads all files of the chunk. What is wrong with a file or a record becomes an entry, never an exception; a transform or a
 * database that cannot be loaded throws `UserMistake`.
 */
export async function ingestChunk(task: ChunkTask): Promise<ChunkResult> {
  const chunk = new Chunk(task);
  for (const file of task.files) await chunk.add(file);
  return chunk.finish();
}

/** A Parquet file that lacks its metrics. */
interface Raw {
  role: WrittenFile['role'];
  day: number;
  schema: Schema;
  bytes: Uint8Array;
  events?: FileEvents;
}

class Chunk {
  private readonly result: ChunkResult = { written: [], ledger: [] };
  private readonly decoders = new Map<TableKey, FileDecoder>();
  private readonly rejects = new RowsByDay(REJECTS_COLUMNS);
  private readonly answers: Answers;
  constructor(private readonly task: ChunkTask) {
    this.answers = answersFor(task.enrich);
  }

  async add(file: ChunkFile): Promise<void> {
    collectBuffers();
    this.result.ledger.push(await this.ingest(file));
    // The body is not needed again: a chunk's memory goes down while its columns grow.
    file.body = undefined;
    let isFull = false;
    for (const decoder of this.decoders.values()) isFull ||= decoder.isFull;
    if (isFull || this.bytes > this.task.bufferBytes) await this.flush();
  }

  /** In column buffers. */
  private get bytes(): number {
    let sum = this.rejects.bytes;
    for (const decoder of this.decoders.values()) sum += decoder.bytes;
    return sum;
  }

  async finish(): Promise<ChunkResult> {
    await this.flush();
    return this.result;
  }

  private async flush(): Promise<void> {
    for (const table of this.task.tables)
      for (const rows of this.decoders.get(table.config.key)?.take() ?? [])
        this.result.written.push(await withMetrics(this.rawOf(table, rows)));
    for (const rows of this.rejects.take())
      this.result.written.push(await withMetrics(rawOf('rejects', this.task.rejectsSchema, rows)));
  }

  private rawOf({ config, schema }: ChunkTable, rows: DayRows): Raw {
    const ids = this.task.deduplicate ? eventIdsOf(rows) : undefined;
    return { ...rawOf(config.key, schema, rows), ...(ids && { events: { ids, fileEnds: rows.fileEnds } }) };
  }

  private async ingest(file: ChunkFile): Promise<LedgerEntry> {
    const { task } = this;
    const { body, problem, metadata, ...known } = file;
    const table = tableOf(file.kind);
    const entry: LedgerEntry = {
      ...known,
      table,
      status: 'ingested',
      records: 0,
      rejects: 0,
      dropped: 0,
      duplicates: 0,
    };
    const wanted = task.tables.find(({ config }) => config.key === table);
    if (wanted === undefined)
      return { ...entry, status: 'skipped', error: `table_not_wanted: There is no table ${table}.` };
    if (body === undefined) return { ...entry, status: 'quarantined', error: problem };
    try {
      const { bytes, note } = this.uncompress(body);
      letGo(bytes.length);
      entry.sha256 = createHash('sha256').update(bytes).digest('hex');
      entry.notes = notesOf(file, note);
      const decoded = await this.decode(file, wanted, bytes, entry.sha256);
      entry.notes = notesOf(file, note, decoded.notes);
      for (const reject of decoded.rejects) {
        addReject(this.rejects, file, table, bytes, reject, task);
        if (this.rejects.bytes > task.bufferBytes >> 1) await this.flush();
      }
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

  private uncompress(body: Uint8Array): Uncompressed {
    const { maxFileBytes, largest = maxFileBytes } = this.task;
    try {
      return uncompress(body, Math.min(largest, maxFileBytes));
    } catch (error) {
      const isLarge = error instanceof UnreadableFile && error.reason === 'too_large' && largest < maxFileBytes;
      throw isLarge ? new LargeFile() : error;
    }
  }

  /**
   * The rows of a file that may not fit beside those of others are written out on the way, and held back until it is known
   * to be whole.
   */
  private async decode(file: ChunkFile, table: ChunkTable, bytes: Uint8Array, sha256: string): Promise<DecodedFile> {
    const { uri, region, metadata } = file;
    const number = this.result.ledger.length;
    const origin = { uri, number, region, sha256, metadata };
    const decoder = this.decoderOf(table);
    const { bufferBytes } = this.task;
    try {
      // A file's columns are about as large as its text.
      if (this.bytes + bytes.length <= bufferBytes) return decoder.decode(bytes, origin, { most: bufferBytes });
    } catch (error) {
      if (!(error instanceof TooMuchHeld)) throw error;
    }
    await this.flush();
    // Its text is in memory beside the columns, so these are smaller.
    const most = bytes.length > LARGE_FILE_BYTES ? bufferBytes >> 2 : bufferBytes;
    const raw: Raw[] = [];
    const take = (days: DayRows[]): void => {
      for (const rows of days) raw.push(this.rawOf(table, rows));
    };
    const decoded = decoder.decode(bytes, origin, { most, take });
    for (const one of raw) this.result.written.push(await withMetrics(one));
    return decoded;
  }

  private transformOf(ref: TransformRef): Transform {
    const { batch, allowedFiles, state } = this.task;
    const transform = loadTransform(ref, batch, allowedFiles, (load) => inside(state, LOADING, 0, load));
    return reporting(transform, state, () => this.result.ledger.length);
  }

  private decoderOf({ config }: ChunkTable): FileDecoder {
    let decoder = this.decoders.get(config.key);
    if (decoder === undefined) {
      decoder = new FileDecoder(columnsOf(config), config.key === 'digest' ? 'digest' : 'records', {
        answers: this.answers,
        transform: config.transform && this.transformOf(config.transform),
      });
      this.decoders.set(config.key, decoder);
    }
    return decoder;
  }
}

/** Each note begins with a code. */
function notesOf(
  { replaces }: ChunkFile,
  ofBody: string | undefined,
  ofText: readonly string[] = [],
): string | undefined {
  const replaced = 'replaced: The key was ingested before, with another ETag; both are kept, repeated events once.';
  const notes = [...(replaces ? [replaced] : []), ...(ofBody === undefined ? [] : [ofBody]), ...ofText];
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
  const text = reject.text ?? bytes.subarray(reject.from, reject.to);
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

function rawOf(role: WrittenFile['role'], table: Schema, rows: RowSet): Raw {
  const schema = schemaToWrite(table, rows.specs);
  collectBuffers();
  const ipc = toIpc(schema, rows);
  // The rows, which are as large, are not needed any more, either.
  letGo(2 * ipc.length);
  return { role, day: rows.day, schema, bytes: parquetOf(ipc) };
}

async function withMetrics({ role, day, schema, bytes, events }: Raw): Promise<WrittenFile> {
  const footer = await readFooter(bytes);
  const file = dataFileOf({ path: '', bytes: bytes.length, day, schema, footer });
  return { role, bytes, file, ...(events && { events }) };
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
  for (const set of rows.take()) written.push(await withMetrics(rawOf('ledger', task.schema, set)));
  return written;
}
