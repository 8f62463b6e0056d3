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
import { RecordDecoder } from './record-decoder.js';
import type { RejectReason } from './reject-reasons.js';
import { RowView } from './row-view.js';
import { JsonScanner, JsonSyntaxError } from './scanner.js';
import type { Reject } from './sink.js';
import { dayOf } from './timestamp.js';

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
}

/** Where rows go before their file is whole, so that a large one is not in memory as rows all at once. */
export interface Spill {
  /** Bytes that the row sets may hold. */
  most: number;
  /** Is handed all of them. What it was handed counts only if `decode` returns. */
  take(days: DayRows[]): void;
}

/** Rows between two looks at how much is held: looking costs a sum over all columns. */
const ROWS_A_LOOK = 256;

export class FileDecoder {
  /** Row sets by day (days since 1970-01-01). */
  private readonly days = new Map<number, DayRows>();
  private readonly decoder: RecordDecoder;
  private readonly scanner = new JsonScanner();
  private readonly rewritten = new JsonScanner();
  private readonly delivery = new Delivery();
  private readonly timeName: string;
  private readonly answers: Answers;
  private readonly view: RowView | undefined;
  private counts: DecodedFile | undefined;
  private spill: { most: number; rows: number; take(): void } | undefined;
  /** Events come in runs of one day, so the next record is first tried in the last one's row set. */
  private current: DayRows | undefined;

  /** @param table has a column of kind `time`, `ts` */
  constructor(
    private readonly table: readonly CloudTrailColumn[],
    private readonly form: FileForm = 'records',
    { answers = new Answers(), transform }: FileDecoderOptions = {},
  ) {
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
   * @param spill only where nothing of another file is held: see `take`
   */
  decode(bytes: Uint8Array, origin: string | FileOrigin, spill?: Spill): DecodedFile {
    const rowsBefore = new Map(Array.from(this.days, ([day, rows]) => [day, rows.rows]));
    if (spill !== undefined && rowsBefore.size > 0) throw new Error('rows of other files would be spilled too');
    const known = typeof origin === 'string' ? { uri: origin } : origin;
    this.spill = spill && { most: spill.most, rows: 0, take: () => spill.take(this.take(known.number)) };
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
    }
  }

  /** Bytes held in all row sets. */
  get bytes(): number {
    let sum = 0;
    for (const rows of this.days.values()) sum += rows.bytes;
    return sum;
  }

  /** Hands over all rows decoded so far, by day, and starts anew; `file` is the number of one that is not at its end. */
  take(file?: number): DayRows[] {
    if (file !== undefined) for (const rows of this.days.values()) rows.endFile(file);
    const taken = Array.from(this.days.values()).filter((rows) => rows.rows > 0);
    this.days.clear();
    this.current = undefined;
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
        counts.rejects.push({
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
    this.delivery.read(text, { counts, record, noTime });
    counts.notes = this.delivery.tally.notes();
    return counts;
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
    decoder.decode(scanner, rows);
    result.records++;
    const end = scanner.pos;
    const reject = (reason: RejectReason, message: string): void => {
      rows.truncate(start);
      result.rejects.push({ index, from, to: to ?? end, reason, message });
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
      decoder.decode(source, rows);
    }
    const time = decoder.eventTime;
    if (Number.isNaN(time)) {
      const text = decoder.eventTimeText;
      if (text === undefined) {
        rows.truncate(start);
        result.records--;
        return false;
      }
      reject('bad_event_time', `${this.timeName} is not an ISO 8601 time with a zone: ${text}`);
      return true;
    }
    const day = dayOf(time);
    if (rows.day !== day || this.days.get(day) !== rows) {
      rows.truncate(start);
      rows = this.current = this.rowsOf(day);
      start = rows.rows;
      source.pos = source === scanner ? at : 0;
      decoder.decode(source, rows);
    }
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
    if (spill !== undefined && ++spill.rows % ROWS_A_LOOK === 0 && this.bytes > spill.most) spill.take();
    return true;
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
