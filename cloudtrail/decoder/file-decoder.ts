/** Reads an uncompressed CloudTrail file into row sets by event day. */
import { isUtf8 } from 'node:buffer';
import { type CloudTrailColumn, type DirectColumn, keysOf, type TimeColumn } from '../columns/column.js';
import { Answers } from '../derived/bound.js';
import type { Transform } from '../transform.js';
import { damaged, type Progress } from './damage.js';
import { DayRows, type FileValues } from './day-rows.js';
import { Delivery } from './delivery.js';
import { enterDigest, textStart } from './envelope.js';
import { type FileOrigin, valuesOf } from './file-origin.js';
import { lastWins } from './last-wins.js';
import { DEFAULT_LIMITS, type Limits, OverLimit } from './limits.js';
import { RecordDecoder } from './record-decoder.js';
import type { RejectReason } from './reject-reasons.js';
import { RowView } from './row-view.js';
import { JsonScanner, JsonSyntaxError } from './scanner.js';
import type { Reject } from './sink.js';
import { dayOf } from './timestamp.js';
import { forgetText } from './values.js';

export type { Reject };

export interface DecodedFile {
  /** Records in the file: rows + rejects + dropped. */
  records: number;
  /** Records that the transform dropped. */
  dropped: number;
  rejects: Reject[];
  /** Microseconds since the epoch; undefined without rows. */
  firstEventTime?: number;
  lastEventTime?: number;
  /** How the records were delivered, where it is not as CloudTrail does; for the ledger's `notes`, each with its code. */
  notes: string[];
}

/** What a file holds: records, in whatever form they were delivered, or a digest, which is one record. */
export type FileForm = 'records' | 'digest';

export interface FileDecoderOptions {
  /** What the derived columns look up; shared by the decoders of a thread. */
  answers?: Answers;
  /** A user's function over each row. */
  transform?: Transform;
  /** What one file may have. */
  limits?: Limits;
}

/** Where rows go before their file is whole, so that a large one is not in memory as rows all at once. */
export interface Spill {
  /** Bytes that the row sets may hold. */
  most: number;
  /**
   * Is handed all of them. What it was handed counts only if `decode` returns. Absent where rows of other files are held:
   * then `decode` throws `TooMuchHeld`.
   */
  take?(days: DayRows[]): void;
}

/** The rows of the file and those of other files are more than may be held: it has to be read again, alone. */
export class TooMuchHeld extends Error {
  override readonly name = 'TooMuchHeld';
}

/** Rows, and bytes of text, between two looks at how much is held: looking costs a sum over all columns. */
const ROWS_A_LOOK = 256;
const BYTES_A_LOOK = 4 << 20;
/** A row costs some 4 bytes in each column, also where it has no value: rows of tiny records are more than their text. */
const MOST_ROWS = 1 << 16;
/** Of event days; each of them costs some 400 KB, however few rows it has. */
const MOST_DAYS = 100;
const NOTHING = new Uint8Array(0);

/** Years of other than four digits (ISO 8601, expanded representation), quote included. */
const EXPANDED_YEAR = /^"(?:[+-]?\d{5,6}|-\d{4})-\d\d-\d\d[Tt ]/;

export class FileDecoder {
  /** Row sets by day (days since 1970-01-01). */
  private readonly days = new Map<number, DayRows>();
  private readonly decoder: RecordDecoder;
  private readonly scanner: JsonScanner;
  private readonly rewritten = new JsonScanner();
  private readonly delivery: Delivery;
  private readonly timeName: string;
  private readonly limits: Limits;
  private readonly answers: Answers;
  private readonly view: RowView | undefined;
  private counts: DecodedFile | undefined;
  private spill: { most: number; rows: number; bytes: number; take?(): void } | undefined;
  /** Days of the file that is being read. */
  private readonly fileDays = new Set<number>();
  /** Events come in runs of one day, so the next record is first tried in the last one's row set. */
  private current: DayRows | undefined;

  /** @param table has a column of kind `time`, `ts` */
  constructor(
    private readonly table: readonly CloudTrailColumn[],
    private readonly form: FileForm = 'records',
    { answers = new Answers(), transform, limits = DEFAULT_LIMITS }: FileDecoderOptions = {},
  ) {
    this.limits = limits;
    this.scanner = new JsonScanner(limits);
    this.delivery = new Delivery(limits);
    this.answers = answers;
    this.view = transform && new RowView(table, transform);
    this.decoder = new RecordDecoder(table);
    const { firstOf } = table.find(({ kind }) => kind === 'time') as TimeColumn;
    this.timeName = keysOf(table.find(({ name }) => name === firstOf[0]) as DirectColumn).join('.');
  }

  /**
   * Appends the file's records to `days`. Throws `UnreadableFile` when the text is not what it should be; then nothing of
   * it is left in `days`.
   * @param origin the address, or all that is known of the file beside its text
   * @param spill with `take`, only where nothing of another file is held
   */
  decode(bytes: Uint8Array, origin: string | FileOrigin, spill?: Spill): DecodedFile {
    const rowsBefore = new Map(Array.from(this.days, ([day, rows]) => [day, rows.rows]));
    const take = spill?.take;
    if (take !== undefined && rowsBefore.size > 0) throw new Error('rows of other files would be spilled too');
    const known = typeof origin === 'string' ? { uri: origin } : origin;
    this.spill = spill && {
      ...{ most: spill.most, rows: 0, bytes: 0 },
      ...(take && { take: () => take(this.take(known.number)) }),
    };
    this.fileDays.clear();
    try {
      const decoded = this.file(bytes, valuesOf(known));
      for (const rows of this.days.values()) rows.endFile(known.number ?? 0);
      return decoded;
    } catch (error) {
      for (const [day, rows] of this.days) {
        const before = rowsBefore.get(day);
        if (before === undefined) this.days.delete(day);
        else rows.truncate(before);
      }
      this.current = undefined;
      if (error instanceof JsonSyntaxError) throw damaged(bytes, error, this.form, this.progress);
      throw error;
    } finally {
      // The next file is unzipped before it is read: this one's text is not to be in memory then.
      this.scanner.bytes = this.rewritten.bytes = NOTHING;
      this.delivery.forgetText();
      forgetText();
    }
  }

  /** Bytes held in all row sets. */
  get bytes(): number {
    let sum = 0;
    for (const rows of this.days.values()) sum += rows.bytes;
    return sum;
  }

  /** Between files: are there more rows or days than should be held? */
  get isFull(): boolean {
    return this.days.size > MOST_DAYS || this.rows > MOST_ROWS;
  }

  private get rows(): number {
    let sum = 0;
    for (const { rows } of this.days.values()) sum += rows;
    return sum;
  }

  /** Hands over all rows decoded so far, by day, and starts anew; `file` is the number of one that is not at its end. */
  take(file?: number): DayRows[] {
    if (file !== undefined) for (const rows of this.days.values()) rows.endFile(file);
    const taken = Array.from(this.days.values()).filter((rows) => rows.rows > 0);
    this.days.clear();
    this.current = undefined;
    this.decoder.forgetRows();
    return taken.sort((a, b) => a.day - b.day);
  }

  private file(bytes: Uint8Array, values: FileValues): DecodedFile {
    // Not a Buffer: one more kind of bytes would make the hot loops slower.
    const text = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    const allUtf8 = isUtf8(bytes);
    const counts: DecodedFile = { records: 0, dropped: 0, rejects: [], notes: [] };
    this.counts = counts;
    const noTime = `The record has no ${this.timeName}.`;
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
          message: noTime,
        });
      return counts;
    }
    const record = (scanner: JsonScanner, from: number, to?: number): boolean =>
      this.record(scanner, counts, values, allUtf8, from, to);
    this.delivery.read(text, { counts, record, noTime, reject: (reject) => this.reject(counts, reject) });
    counts.notes = this.delivery.tally.notes();
    return counts;
  }

  private reject(counts: DecodedFile, reject: Reject): void {
    const { rejects } = this.limits;
    if (counts.rejects.length >= rejects) {
      const { reason, message } = counts.rejects[0];
      throw new OverLimit('rejects', rejects, `The record at byte ${reject.from}`, `The first: ${reason}: ${message}`);
    }
    counts.rejects.push(reject);
  }

  /** Reads the object at the scanner into a row. What is left of it after an error is undone. */
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

  /** How far the reading of a file has come, for a message about its damage. */
  private get progress(): Progress {
    const { document, object } = this.delivery;
    return this.form === 'digest'
      ? { records: 0, document: 0, object: -1 }
      : { records: this.counts?.records ?? 0, document, object };
  }

  /**
   * A record, an object at the scanner. False when it has no time: then nothing of it is counted or kept.
   * @param to where its text ends in the file, if the scanner does not say
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
    let rows = this.current ?? this.rowsOf(0);
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
        reject('event_time_out_of_range', `${this.timeName} is not in the years 1 to 9999 of UTC: ${text}`);
      else reject('bad_event_time', `${this.timeName} is not an ISO 8601 time with a zone: ${text}`);
      return true;
    }
    const day = dayOf(time);
    if (rows.day !== day || this.days.get(day) !== rows) {
      rows.truncate(start);
      this.countDay(day, result);
      rows = this.current = this.rowsOf(day);
      start = rows.rows;
      source.pos = source === scanner ? at : 0;
      this.row(source, rows);
    } else if (this.fileDays.size === 0) this.countDay(day, result);
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
    const { spill } = this;
    if (spill !== undefined) {
      spill.bytes += end - at;
      if (++spill.rows >= ROWS_A_LOOK || spill.bytes >= BYTES_A_LOOK) this.look(spill);
    }
    return true;
  }

  private look(spill: NonNullable<typeof this.spill>): void {
    spill.rows = spill.bytes = 0;
    if (this.bytes <= spill.most && this.rows <= MOST_ROWS) return;
    if (spill.take === undefined) throw new TooMuchHeld();
    spill.take();
  }

  private countDay(day: number, { records }: DecodedFile): void {
    const { fileDays } = this;
    const { days } = this.limits;
    fileDays.add(day);
    if (fileDays.size > days) throw new OverLimit('days', days, `Record ${records}`);
  }

  private rowsOf(day: number): DayRows {
    let rows = this.days.get(day);
    if (rows === undefined) {
      rows = new DayRows(this.table, day, this.answers);
      this.days.set(day, rows);
    }
    return rows;
  }
}
