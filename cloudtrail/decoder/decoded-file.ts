/** The result of decoding a file, and how its rows are spilled when they exceed the memory limit. */
import type { DayRows } from './day-rows.js';
import type { Reject } from './read-context.js';

/** Counts and findings of one decoded file; its rows are in the row sets of the decoder. */
export interface DecodedFile {
  /** Records in the file: rows + rejects + dropped. */
  records: number;
  /** Records that the transform dropped. */
  dropped: number;
  rejects: Reject[];
  /** Smallest and largest `ts`, microseconds since the epoch; undefined if there are no rows. */
  firstEventTime?: number;
  lastEventTime?: number;
  /** Differences from CloudTrail's own delivery format, for the ledger's `notes`; each begins with its code. */
  notes: string[];
}

/** What a file contains: records, in any delivery format, or a digest, which is one record. */
export type FileForm = 'records' | 'digest';

/** Where rows go before their file has been read completely, so that the rows of a large file are never all in memory. */
export interface Spill {
  /** Bytes that the row sets may hold. */
  maxBytes: number;
  /**
   * Receives all row sets. They count only if `decode` returns without an error. Absent if rows of other files are held;
   * `decode` then throws `BufferLimitReached`.
   */
  take?(days: DayRows[]): void;
}

/** The rows of this file and the files before it exceed the limit: the file has to be decoded again on its own. */
export class BufferLimitReached extends Error {
  override readonly name = 'BufferLimitReached';
}
