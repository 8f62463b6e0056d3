/** Decodes a chunk of files to Parquet files, by table and day, and ledger entries. Runs in a decoder thread. */
import { createHash } from 'node:crypto';
import type { DayRows } from '../cloudtrail/decoder/day-rows.js';
import { BufferLimitReached, type DecodedFile } from '../cloudtrail/decoder/decoded-file.js';
import { FileDecoder } from '../cloudtrail/decoder/file-decoder.js';
import type { LookupCaches } from '../cloudtrail/derived/bound.js';
import { eventIdsOf } from '../cloudtrail/event-ids.js';
import { eventListOf } from '../cloudtrail/event-list.js';
import { columnsOf } from '../cloudtrail/table-columns.js';
import { type TableKey, type TransformRef, tableOf } from '../cloudtrail/table-config.js';
import type { Transform } from '../cloudtrail/transform.js';
import { UnreadableFile } from '../errors/index.js';
import type { ExpectedContent, LedgerEntry } from '../ledger/entry.js';
import { loadParquetWriter, type ParquetWriter } from '../parquet/writer.js';
import { isSearchedRole } from '../value-index/columns.js';
import { FileValues } from '../value-index/file-values.js';
import { lookupCachesFor } from './geoip.js';
import { FileReader } from './read-file.js';
import { unidentified } from './read-problems.js';
import { ChunkRejects } from './rejects.js';
import { collectBuffers, noteFreed } from './threads/collect.js';
import { isLargeBody, LARGE_FILE_BYTES, LargeFile } from './threads/large-files.js';
import { loadTransform } from './transforms/load.js';
import { LOADING, trackCall, trackedTransform } from './transforms/state.js';
import type { ChunkResult, ChunkTable, ChunkTask, FetchedFile, WrittenFile } from './types.js';
import { type Uncompressed, uncompress } from './uncompress/uncompress.js';
import { writeParquet } from './write-parquet.js';

/**
 * Decodes all files of a chunk. Problems with a file or a record become entries or rejects. Throws `UserMistake` if a transform
 * or a database cannot be loaded, errors of the disk that it reads files from, and `LargeFile` if a file is larger than the
 * task's `largest`.
 */
export async function decodeChunk(task: ChunkTask): Promise<ChunkResult> {
  const chunk = new Chunk(task, await loadParquetWriter());
  for (const file of task.files) await chunk.add(file);
  return chunk.finish();
}

class Chunk {
  private readonly result: ChunkResult = { written: [], ledger: [] };
  private readonly decoders = new Map<TableKey, FileDecoder>();
  private readonly rejects: ChunkRejects;
  private readonly lookups: LookupCaches;
  private readonly reader: FileReader | undefined;
  constructor(
    private readonly task: ChunkTask,
    private readonly parquet: ParquetWriter,
  ) {
    this.lookups = lookupCachesFor(task.enrich);
    this.rejects = new ChunkRejects(task);
    const { directory, tables, maxFileBytes } = task;
    const configs = tables.map(({ config }) => config);
    this.reader = directory && new FileReader(directory, configs, maxFileBytes);
  }

  async add(listed: FetchedFile): Promise<void> {
    collectBuffers();
    const isRead = listed.body !== undefined || listed.problem !== undefined;
    const file = isRead || this.reader === undefined ? listed : await this.reader.read(listed);
    this.result.ledger.push(await this.ingest(file));
    // Release the body, so that memory is freed while the columns grow.
    file.body = undefined;
    let isFull = false;
    for (const decoder of this.decoders.values()) isFull ||= decoder.isFull;
    if (isFull || this.bytes > this.task.bufferBytes) await this.flush();
  }

  /** Bytes in column buffers. */
  private get bytes(): number {
    let sum = this.rejects.bytes;
    for (const decoder of this.decoders.values()) sum += decoder.bytes;
    return sum;
  }

  async finish(): Promise<ChunkResult> {
    this.reader?.assertSomeReadable();
    await this.flush();
    const { reasons } = this.rejects;
    return reasons.length === 0 ? this.result : { ...this.result, rejectedFor: reasons };
  }

  private async flush(): Promise<void> {
    for (const table of this.task.tables)
      for (const rows of this.decoders.get(table.config.key)?.take() ?? [])
        this.result.written.push(await this.write(table, rows));
    for (const rows of this.rejects.take())
      this.result.written.push(await writeParquet(this.parquet, 'rejects', this.task.rejectsSchema, rows));
  }

  private async write({ config, schema }: ChunkTable, rows: DayRows): Promise<WrittenFile> {
    const ids = this.task.deduplicate ? eventIdsOf(rows) : undefined;
    const events = ids && { list: eventListOf(ids), fileRows: rows.fileRows };
    const values = isSearchedRole(config.key) ? new FileValues(rows.rows) : undefined;
    return writeParquet(this.parquet, config.key, schema, rows, { events, values });
  }

  private async ingest(file: FetchedFile): Promise<LedgerEntry> {
    const { task } = this;
    const { body, problem, metadata, expected, unproven: _, ...known } = file;
    const table = tableOf(file.kind);
    const entry: LedgerEntry = {
      ...known,
      etag: known.etag ?? unidentified(file).etag,
      table,
      records: 0,
      rejects: 0,
      dropped: 0,
      duplicates: 0,
    };
    const wanted = task.tables.find(({ config }) => config.key === table);
    if (wanted === undefined) {
      const message = `The table ${table} is not configured.`;
      return { ...entry, problem: { state: 'skipped', code: 'table_not_wanted', message } };
    }
    if (body === undefined) return { ...entry, problem };
    try {
      const { bytes, note } = this.uncompress(body);
      noteFreed(bytes.length + (this.reader ? body.length : 0));
      entry.sha256 = createHash('sha256').update(bytes).digest('hex');
      entry.notes = notesOf(file, note);
      if (expected !== undefined) assertProven(expected, entry.sha256, note);
      const decoded = await this.decode(file, wanted, bytes, entry.sha256);
      entry.notes = notesOf(file, note, decoded.notes);
      for (const reject of decoded.rejects) {
        this.rejects.add(file, table, bytes, reject);
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
      return { ...entry, problem: { state: 'quarantined', code: error.reason, message: error.message } };
    }
  }

  private uncompress(body: Uint8Array): Uncompressed {
    const { maxFileBytes, largest = maxFileBytes } = this.task;
    if (largest < maxFileBytes && isLargeBody(body, maxFileBytes)) throw new LargeFile();
    try {
      return uncompress(body, Math.min(largest, maxFileBytes));
    } catch (error) {
      const isLarge = error instanceof UnreadableFile && error.reason === 'too_large' && largest < maxFileBytes;
      throw isLarge ? new LargeFile() : error;
    }
  }

  /**
   * If the rows of a file may not fit in the buffers together with those of other files, they are written while the file is
   * decoded, and added to the result once the whole file is decoded.
   */
  private async decode(file: FetchedFile, table: ChunkTable, bytes: Uint8Array, sha256: string): Promise<DecodedFile> {
    const { uri, region, metadata } = file;
    const number = this.result.ledger.length;
    const origin = { uri, number, region, sha256, metadata };
    const decoder = this.decoderOf(table);
    const { bufferBytes } = this.task;
    try {
      // A file's columns are about as large as its text.
      if (this.bytes + bytes.length <= bufferBytes) return decoder.decode(bytes, origin, { maxBytes: bufferBytes });
    } catch (error) {
      if (!(error instanceof BufferLimitReached)) throw error;
    }
    await this.flush();
    // The file's text is in memory as well, so the columns get less.
    const maxBytes = bytes.length > LARGE_FILE_BYTES ? bufferBytes >> 2 : bufferBytes;
    const writing: Promise<WrittenFile>[] = [];
    const take = (days: DayRows[]): void => {
      for (const rows of days) {
        const written = this.write(table, rows);
        // When decoding fails, the promises are dropped.
        written.catch(() => {});
        writing.push(written);
      }
    };
    const decoded = decoder.decode(bytes, origin, { maxBytes, take });
    for (const written of writing) this.result.written.push(await written);
    return decoded;
  }

  private transformOf(ref: TransformRef): Transform {
    const { batch, allowedFiles, state } = this.task;
    const transform = loadTransform(ref, batch, allowedFiles, (load) => trackCall(state, LOADING, 0, load));
    return trackedTransform(transform, state, () => this.result.ledger.length);
  }

  private decoderOf({ config }: ChunkTable): FileDecoder {
    let decoder = this.decoders.get(config.key);
    if (decoder === undefined) {
      decoder = new FileDecoder(columnsOf(config), config.key === 'digest' ? 'digest' : 'records', {
        lookups: this.lookups,
        tableKey: config.key,
        transform: config.transform && this.transformOf(config.transform),
      });
      this.decoders.set(config.key, decoder);
    }
    return decoder;
  }
}

/** Throws `UnreadableFile` if the content does not match the digest, or if the object has bytes that a validator does not see. */
function assertProven({ sha256: named, digest }: ExpectedContent, found: string, note: string | undefined): void {
  if (!named.includes(found)) {
    const message = `Its SHA-256 is ${found}, but the digest ${digest} says ${named.join(' or ')}.`;
    throw new UnreadableFile('not_proven', message);
  }
  if (note !== undefined)
    throw new UnreadableFile('not_proven', `The digest ${digest} does not cover the whole file: ${note}`);
}

/** Joins the notes about a file. Each starts with a code. */
function notesOf(
  { replaces }: FetchedFile,
  ofBody: string | undefined,
  ofText: readonly string[] = [],
): string | undefined {
  const replaced =
    'replaced: The key was ingested before with another ETag; both versions are kept, without duplicate events.';
  const notes = [...(replaces ? [replaced] : []), ...(ofBody === undefined ? [] : [ofBody]), ...ofText];
  return notes.length === 0 ? undefined : notes.join(' ');
}
