/** What decoding a file results in, and the limits of what it may hold in memory meanwhile. */
import type { DayRows } from './day-rows.js';
import type { Reject } from './read-context.js';

/** Counts and problems of one decoded file; its rows are in the row sets of the decoder. */
export interface DecodedFile {
  /** Records in the file: rows + rejects + dropped. */
  records: number;
  /** Records that the transform dropped. */
  dropped: number;
  rejects: Reject[];
  /** Smallest and largest `ts`, microseconds since the epoch; undefined without rows. */
  firstEventTime?: number;
  lastEventTime?: number;
  /** What differs from CloudTrail's own form of delivery, for the ledger's `notes`; each begins with its code. */
  notes: string[];
}

/** What a file holds: records, in any form of delivery, or a digest, which is one record. */
export type FileForm = 'records' | 'digest';

/** Where rows go before their file is complete, so that a large file is not in memory as rows all at once. */
export interface Spill {
  /** Bytes that the row sets may hold. */
  maxBytes: number;
  /**
   * Receives all row sets. What it received counts only if `decode` returns. Absent where rows of other files are held:
   * then `decode` throws `BufferLimitReached`.
   */
  take?(days: DayRows[]): void;
}

/** The rows of the file and of the files before it exceed the limit: the file has to be decoded again, alone. */
export class BufferLimitReached extends Error {
  override readonly name = 'BufferLimitReached';
}
