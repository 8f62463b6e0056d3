/** The row sets of a decoder, one per event day, and their memory limits. */
import type { CloudTrailColumn } from '../columns/column.js';
import type { LookupCaches } from '../derived/bound.js';
import { DayRows } from './day-rows.js';
import { BufferLimitReached, type Spill } from './decoded-file.js';
import { OverLimit } from './limits.js';

/** Rows, and bytes of text, between two checks of the memory in use: a check sums over all columns. */
const ROWS_PER_CHECK = 256;
const BYTES_PER_CHECK = 4 << 20;
/**
 * A row takes about 4 bytes in each column, even without a value, so rows of tiny records are larger than their text.
 */
const MAX_ROWS = 1 << 16;
/** Event days held at once; each one takes about 400 KB, however few rows it has. */
const MAX_DAYS = 100;

/** Row sets by event day, of one or more files. */
export class DayRowSets {
  /** Keyed by days since 1970-01-01. */
  private readonly days = new Map<number, DayRows>();
  /** Days of the file that is being read. */
  private readonly fileDays = new Set<number>();
  /** Rows that each set had before the file that is being read. */
  private rowsBefore = new Map<number, number>();
  private spill: { maxBytes: number; rows: number; bytes: number; take?(): void } | undefined;
  private file = 0;
  /** Consecutive events are mostly of the same day, so the next record is first decoded into the row set of the last one. */
  current: DayRows | undefined;

  /**
   * @param onTake called after row sets were handed over: the decoder must no longer write to them
   * @param maxFileDays maximum number of event days in one file
   */
  constructor(
    private readonly table: readonly CloudTrailColumn[],
    private readonly lookups: LookupCaches,
    private readonly maxFileDays: number,
    private readonly onTake: () => void,
  ) {}

  /** Starts a file; `file` is its number among those that are decoded together. */
  beginFile(file: number | undefined, spill: Spill | undefined): void {
    this.rowsBefore = new Map(Array.from(this.days, ([day, rows]) => [day, rows.rows]));
    const take = spill?.take;
    if (take !== undefined && this.rowsBefore.size > 0) throw new Error('rows of other files would be spilled too');
    this.file = file ?? 0;
    this.spill = spill && {
      ...{ maxBytes: spill.maxBytes, rows: 0, bytes: 0 },
      ...(take && { take: () => take(this.take(file)) }),
    };
    this.fileDays.clear();
  }

  /** Ends a file that was read completely. */
  endFile(): void {
    for (const rows of this.days.values()) rows.endFile(this.file);
  }

  /** Drops all rows of the current file. */
  undoFile(): void {
    for (const [day, rows] of this.days) {
      const before = this.rowsBefore.get(day);
      if (before === undefined) {
        this.days.delete(day);
        rows.release();
      } else rows.truncate(before);
    }
    this.current = undefined;
  }

  /** Bytes held in all row sets. */
  get bytes(): number {
    let sum = 0;
    for (const rows of this.days.values()) sum += rows.bytes;
    return sum;
  }

  private get rows(): number {
    let sum = 0;
    for (const { rows } of this.days.values()) sum += rows;
    return sum;
  }

  /** Whether too many rows or days are held to start another file. */
  get isFull(): boolean {
    return this.days.size > MAX_DAYS || this.rows > MAX_ROWS;
  }

  /** Returns all row sets that have rows, sorted by day, and resets; `file` is the number of a file that is still being read. */
  take(file?: number): DayRows[] {
    if (file !== undefined) for (const rows of this.days.values()) rows.endFile(file);
    const taken = Array.from(this.days.values()).filter((rows) => rows.rows > 0);
    this.days.clear();
    this.current = undefined;
    this.onTake();
    return taken.sort((a, b) => a.day - b.day);
  }

  /** Whether a day has been counted for the current file. */
  get fileHasDays(): boolean {
    return this.fileDays.size > 0;
  }

  /** Whether `rows` is the row set of the day. */
  isOf(rows: DayRows, day: number): boolean {
    return rows.day === day && this.days.get(day) === rows;
  }

  /**
   * Makes the row set of a day the current one. Throws `OverLimit` if the file has too many days.
   * @param record position of the record, from 1
   */
  enterDay(day: number, record: number): DayRows {
    this.fileDays.add(day);
    if (this.fileDays.size > this.maxFileDays) throw new OverLimit('days', this.maxFileDays, `Record ${record}`);
    this.current = this.of(day);
    return this.current;
  }

  /** The row set of a day (days since 1970-01-01), created if there is none yet. */
  of(day: number): DayRows {
    let rows = this.days.get(day);
    if (rows === undefined) {
      rows = new DayRows(this.table, day, this.lookups);
      this.days.set(day, rows);
    }
    return rows;
  }

  /**
   * Counts a row. At intervals it checks the memory in use; above the limit it hands the rows over or throws `BufferLimitReached`.
   * @param bytes size of the record's text
   */
  countRow(bytes: number): void {
    const { spill } = this;
    if (spill === undefined) return;
    spill.bytes += bytes;
    if (++spill.rows < ROWS_PER_CHECK && spill.bytes < BYTES_PER_CHECK) return;
    spill.rows = spill.bytes = 0;
    if (this.bytes <= spill.maxBytes && this.rows <= MAX_ROWS) return;
    if (spill.take === undefined) throw new BufferLimitReached();
    spill.take();
  }
}
