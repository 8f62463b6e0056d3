/** Where the records of a file go, one after the other. */
import type { RejectReason } from './reject-reasons.js';
import type { JsonScanner } from './scanner.js';

/** A record that is no row; its text is `bytes[from..to)` of the file. */
export interface Reject {
  index: number;
  from: number;
  to: number;
  reason: RejectReason;
  message: string;
  /** The record's own text, where `from` and `to` are those of a string in the file that holds more than this record. */
  text?: Uint8Array;
}

export interface RecordSink {
  /** Keeps a record that is no row. Throws `OverLimit` when there are too many. */
  reject(reject: Reject): void;
  /** Records so far, and those of them that are no rows. */
  counts: { records: number; rejects: Reject[] };
  /**
   * Reads the object at the scanner as a record; false when it has no time, and then nothing has come of it.
   * @param to where its text ends in the file, if the scanner does not say
   */
  record(scanner: JsonScanner, from: number, to?: number): boolean;
  /** What is said of a record without a time. */
  noTimeMessage: string;
}

/** A range of the file. */
export interface ByteRange {
  from: number;
  to: number;
}
