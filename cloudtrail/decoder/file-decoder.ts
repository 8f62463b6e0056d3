/** Reads an uncompressed CloudTrail file into row sets by event day. */
import { isUtf8 } from 'node:buffer';
import { type CloudTrailColumn, type DirectColumn, keysOf, type TimeColumn } from '../columns/column.js';
import { LookupCaches } from '../derived/bound.js';
import type { TableKey } from '../table-config.js';
import type { Transform } from '../transform.js';
import { damageError, type ReadProgress } from './damage.js';
import { DayRowSets } from './day-row-sets.js';
import type { DayRows, FileValues } from './day-rows.js';
import type { DecodedFile, FileForm, Spill } from './decoded-file.js';
import { enterDigest, textStart } from './envelope.js';
import { type FileOrigin, valuesOf } from './file-origin.js';
import { JsonSyntaxError } from './json-tokens.js';
import { lastWins } from './last-wins.js';
import { DEFAULT_LIMITS, type Limits, OverLimit } from './limits.js';
import type { ByteRange, Reject } from './read-context.js';
import { RecordDecoder } from './record-decoder.js';
import { RecordFinder } from './record-finder.js';
import type { RejectReason } from './reject-reasons.js';
import { RowView } from './row-view.js';
import { JsonScanner } from './scanner.js';
import { epochDayOf } from './timestamp.js';
import { releaseText } from './values.js';

/** Settings of a decoder. */
interface FileDecoderOptions {
  /** Lookup caches of derived columns; shared by the decoders of a thread. */
  lookups?: LookupCaches;
  /** The user's transform, called for each row. */
  transform?: Transform;
  /** The table that the transform sees; absent means the one for events, or with the form `digest` that for digests. */
  tableKey?: TableKey;
  /** Limits of one file. */
  limits?: Limits;
  /** Called for each record that the finder passes to the decoder, with the range of its text in the file. */
  onRecord?: (index: number, range: ByteRange) => void;
}

const EMPTY = new Uint8Array(0);

/** A time whose year does not have four digits (ISO 8601, expanded representation), including the opening quote. */
const EXPANDED_YEAR = /^"(?:[+-]?\d{5,6}|-\d{4})-\d\d-\d\d[Tt ]/;

/**
 * Decodes the files of one table, one after the other. Rows of several files are collected by event day until `take`
 * returns them, so that small files do not result in small Parquet files.
 */
export class FileDecoder {
  private readonly days: DayRowSets;
  private readonly decoder: RecordDecoder;
  private readonly scanner: JsonScanner;
  private readonly rewritten = new JsonScanner();
  private readonly finder: RecordFinder;
  private readonly timeName: string;
  private readonly limits: Limits;
  private readonly view: RowView | undefined;
  private readonly onRecord: FileDecoderOptions['onRecord'];
  private counts: DecodedFile | undefined;

  /** @param table must have a column of kind `time`: `ts` */
  constructor(
    table: readonly CloudTrailColumn[],
    private readonly form: FileForm = 'records',
    { lookups = new LookupCaches(), transform, tableKey, limits = DEFAULT_LIMITS, onRecord }: FileDecoderOptions = {},
  ) {
    this.limits = limits;
    this.onRecord = onRecord;
    this.scanner = new JsonScanner(limits);
    this.finder = new RecordFinder(limits);
    this.days = new DayRowSets(table, lookups, limits.days, () => this.decoder.releaseRows());
    this.view = transform && new RowView(table, transform, tableKey ?? (form === 'digest' ? 'digest' : 'default'));
    this.decoder = new RecordDecoder(table);
    const { firstOf } = table.find(({ kind }) => kind === 'time') as TimeColumn;
    this.timeName = keysOf(table.find(({ name }) => name === firstOf[0]) as DirectColumn).join('.');
  }

  /**
   * Appends the file's records to the row sets. Throws `UnreadableFile` if the text cannot be read; the row sets then
   * contain none of its rows.
   * @param bytes uncompressed
   * @param origin address of the file, or all of its metadata
   * @param spill may have `take` only if no rows of another file are held
   */
  decode(bytes: Uint8Array, origin: string | FileOrigin, spill?: Spill): DecodedFile {
    const known = typeof origin === 'string' ? { uri: origin } : origin;
    this.days.beginFile(known.number, spill);
    try {
      const decoded = this.file(bytes, valuesOf(known));
      this.days.endFile();
      return decoded;
    } catch (error) {
      this.days.undoFile();
      if (error instanceof JsonSyntaxError) throw damageError(bytes, error, this.form, this.progress);
      throw error;
    } finally {
      // The next file is uncompressed before it is decoded; release this one's text first.
      this.scanner.bytes = this.rewritten.bytes = EMPTY;
      this.finder.releaseText();
      releaseText();
    }
  }

  /** Bytes held in all row sets. */
  get bytes(): number {
    return this.days.bytes;
  }

  /** Whether too many rows or days are held to start another file. */
  get isFull(): boolean {
    return this.days.isFull;
  }

  /** Returns the row sets of all files decoded so far, sorted by day, and resets. */
  take(): DayRows[] {
    return this.days.take();
  }

  private file(bytes: Uint8Array, values: FileValues): DecodedFile {
    // Not a Buffer: a second type of byte array would make the hot loops polymorphic, and slower.
    const text = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    const allUtf8 = isUtf8(bytes);
    const counts: DecodedFile = { records: 0, dropped: 0, rejects: [], notes: [] };
    this.counts = counts;
    const noTimeMessage = `The record has no ${this.timeName}.`;
    if (this.form === 'digest') {
      const { scanner } = this;
      scanner.bytes = text;
      scanner.pos = textStart(text);
      enterDigest(scanner);
      const from = scanner.pos;
      if (!this.record(scanner, counts, values, allUtf8, from))
        this.reject(counts, {
          index: counts.records++,
          from,
          to: scanner.pos,
          reason: 'no_event_time',
          message: noTimeMessage,
        });
      return counts;
    }
    const record = (scanner: JsonScanner, from: number, to?: number): boolean => {
      const index = counts.records;
      const hasTime = this.record(scanner, counts, values, allUtf8, from, to);
      if (hasTime) this.onRecord?.(index, { from, to: to ?? scanner.pos });
      return hasTime;
    };
    this.finder.read(text, { counts, record, noTimeMessage, reject: (reject) => this.reject(counts, reject) });
    counts.notes = this.finder.findings.notes();
    return counts;
  }

  private reject(counts: DecodedFile, reject: Reject): void {
    const { rejects } = this.limits;
    if (counts.rejects.length >= rejects) {
      const { reason, message } = counts.rejects[0];
      const first = `The first reject: ${reason}: ${message}`;
      throw new OverLimit('rejects', rejects, `The record at byte ${reject.from}`, first);
    }
    counts.rejects.push(reject);
  }

  /** Reads the object at the scanner into a row; undoes the row if it throws. */
  private row(scanner: JsonScanner, rows: DayRows): void {
    const start = rows.rows;
    scanner.begin(this.form === 'digest' ? 'digestBytes' : 'recordBytes');
    try {
      this.decoder.decode(scanner, rows);
      scanner.checkEnd();
    } catch (error) {
      rows.truncate(start);
      throw error;
    } finally {
      scanner.end = Number.MAX_SAFE_INTEGER;
    }
  }

  /** How far the current file has been read, to describe its damage. */
  private get progress(): ReadProgress {
    const { documentStart, objectStart } = this.finder;
    return this.form === 'digest'
      ? { records: 0, document: 0, object: -1 }
      : { records: this.counts?.records ?? 0, document: documentStart, object: objectStart };
  }

  /**
   * Decodes the record (an object) at the scanner. Returns false if it has no time; nothing is then counted or kept.
   * @param to end of its text in the file, if that is not the scanner's position
   */
  private record(
    scanner: JsonScanner,
    result: DecodedFile,
    values: FileValues,
    allUtf8: boolean,
    from: number,
    to?: number,
  ): boolean {
    const { decoder } = this;
    const index = result.records;
    const at = scanner.pos;
    let rows = this.days.current ?? this.days.of(0);
    let start = rows.rows;
    this.row(scanner, rows);
    result.records++;
    const end = scanner.pos;
    const reject = (reason: RejectReason, message: string): void => {
      rows.truncate(start);
      this.reject(result, { index, from, to: to ?? end, reason, message });
    };
    if (!allUtf8 && !isUtf8(scanner.bytes.subarray(at, end))) {
      reject('invalid_utf8', 'The record is not valid UTF-8.');
      return true;
    }
    let source = scanner;
    if (decoder.duplicateKey) {
      rows.truncate(start);
      source = this.rewritten;
      source.bytes = lastWins(scanner.bytes, at, end, decoder.keys);
      source.pos = 0;
      this.row(source, rows);
    }
    const time = decoder.eventTime;
    if (Number.isNaN(time)) {
      const text = decoder.eventTimeText;
      if (text === undefined) {
        rows.truncate(start);
        result.records--;
        return false;
      }
      if (decoder.eventTimeIsOutside || EXPANDED_YEAR.test(text))
        reject('event_time_out_of_range', `${this.timeName} is outside the years 1 to 9999 (UTC): ${text}`);
      else reject('bad_event_time', `${this.timeName} is not an ISO 8601 time with a time zone: ${text}`);
      return true;
    }
    const day = epochDayOf(time);
    if (!this.days.isOf(rows, day)) {
      rows.truncate(start);
      rows = this.days.enterDay(day, result.records);
      start = rows.rows;
      source.pos = source === scanner ? at : 0;
      this.row(source, rows);
    } else if (!this.days.fileHasDays) this.days.enterDay(day, result.records);
    rows.complete(index, values);
    if (decoder.altered) rows.original.append(scanner.bytes, at, end, rows.rows);
    if (this.view !== undefined) {
      const kept = this.view.run(rows, scanner.bytes.subarray(at, end));
      if (kept !== true) {
        if (kept === false) {
          rows.truncate(start);
          result.dropped++;
        } else reject('transform_error', kept);
        return true;
      }
    }
    rows.rows++;
    if (!(time >= (result.firstEventTime as number))) result.firstEventTime = time;
    if (!(time <= (result.lastEventTime as number))) result.lastEventTime = time;
    this.days.countRow(end - at);
    return true;
  }
}
