/**
 * The interfaces between the three parts that read a file: `RecordFinder` finds records, the readers of delivery formats
 * (csv.ts, log-lines.ts, records-document.ts, wrapped-records.ts) work on a `ReadContext`, and a `RecordSink` receives the
 * records.
 */
import type { FileFindings } from './findings.js';
import type { RejectReason } from './reject-reasons.js';
import type { JsonScanner } from './scanner.js';

/** A record that was rejected; its text is `bytes[from..to)` of the file. */
export interface Reject {
  /** Position of the record in its file, from 0. */
  index: number;
  from: number;
  to: number;
  reason: RejectReason;
  message: string;
  /** The record's own text, if `from` and `to` are those of a string in the file that contains more than this record. */
  text?: Uint8Array;
}

/** Receives the records of one file, in file order. */
export interface RecordSink {
  /** Stores a rejected record. Throws `OverLimit` if there are too many. */
  reject(reject: Reject): void;
  /** Number of records so far, and those of them that were rejected. */
  counts: { records: number; rejects: Reject[] };
  /**
   * Reads the object at the scanner as a record. Returns false if it has no time; nothing was then counted or kept.
   * @param to end of its text in the file, if that is not the scanner's position
   */
  record(scanner: JsonScanner, from: number, to?: number): boolean;
  /** Message for a record that is rejected because it has no time. */
  noTimeMessage: string;
}

/** A byte range of the file, `to` exclusive. */
export interface ByteRange {
  from: number;
  to: number;
}

/** State and methods for the readers of a delivery format; `RecordFinder` is the only implementation. */
export interface ReadContext {
  /** Scanner of the file, or of the embedded text that is being read. */
  readonly scanner: JsonScanner;
  readonly findings: FileFindings;
  /** Number of rows so far, including those that a transform dropped. */
  readonly rows: number;
  /** Offset in the file of the document that is being read; -1 between documents. For messages about damage. */
  documentStart: number;
  /** Offset of the object in that document; -1 between objects. */
  objectStart: number;
  /** Whether the last objects were records. The next one is then first tried as a record, without checking its members. */
  expectRecord: boolean;
  /** Whether a list "Records" is being read. Its elements are not searched for another one. */
  inRecordsList: boolean;
  /** At an opening bracket: reads the elements and returns their number. Moves past the array. */
  readElements(): number;
  /** Reads an object that is a record or contains records. Moves past it. */
  readObject(from: number): void;
  /**
   * Reads the text of a record, or of an object with records. If the text is damaged, the record is rejected, not the file.
   * @param at range of the text in the bytes that are being read
   */
  readText(text: Uint8Array | undefined, at: ByteRange): void;
  /** Rejects the record at `[from..to)` of the bytes that are being read. */
  reject(from: number, to: number, reason: RejectReason, message: string): void;
}
