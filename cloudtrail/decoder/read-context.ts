/**
 * The contracts between the three parts that read a file: `RecordFinder` finds records, the readers of the forms of delivery
 * (csv.ts, log-lines.ts, records-document.ts, wrapped-records.ts) work on a `ReadContext`, and a `RecordSink` takes the records.
 */
import type { FileFindings } from './findings.js';
import type { RejectReason } from './reject-reasons.js';
import type { JsonScanner } from './scanner.js';

/** A record that is not a row; its text is `bytes[from..to)` of the file. */
export interface Reject {
  /** Position of the record in its file, from 0. */
  index: number;
  from: number;
  to: number;
  reason: RejectReason;
  message: string;
  /** The record's own text, where `from` and `to` are those of a string in the file that holds more than this record. */
  text?: Uint8Array;
}

/** Takes the records of one file, in their order. */
export interface RecordSink {
  /** Keeps a record that is not a row. Throws `OverLimit` when there are too many. */
  reject(reject: Reject): void;
  /** Records so far, and those of them that are not rows. */
  counts: { records: number; rejects: Reject[] };
  /**
   * Reads the object at the scanner as a record. Returns false when it has no time; then nothing was counted or kept.
   * @param to where its text ends in the file, if the scanner does not say
   */
  record(scanner: JsonScanner, from: number, to?: number): boolean;
  /** Message of a reject without a time. */
  noTimeMessage: string;
}

/** A range of bytes of the file, `to` exclusive. */
export interface ByteRange {
  from: number;
  to: number;
}

/** State and methods that readers of one form of delivery need; `RecordFinder` is the only implementation. */
export interface ReadContext {
  /** Of the file, or of a text that is embedded in it. */
  readonly scanner: JsonScanner;
  readonly findings: FileFindings;
  /** Rows so far, including those that a transform dropped. */
  readonly rows: number;
  /** Offset in the file of the document that is being read; -1 between documents. For messages about damage. */
  documentStart: number;
  /** Offset of the object in that document; -1 between objects. */
  objectStart: number;
  /** Were the last objects records? Then the next one is first tried as a record, without looking at its members. */
  expectRecord: boolean;
  /** Is a list "Records" being read? Its elements are not searched for another one. */
  inRecordsList: boolean;
  /** At an opening bracket: reads the elements and returns their number. Ends behind the array. */
  readElements(): number;
  /** Reads an object that is a record, or that holds records. Ends behind it. */
  readObject(from: number): void;
  /**
   * Reads the text of a record, or of an object with records. Damage in it rejects the record, not the file.
   * @param at the range of the text, in the bytes that are being read
   */
  readText(text: Uint8Array | undefined, at: ByteRange): void;
  /** Rejects the record at `from` to `to` of the bytes that are being read. */
  reject(from: number, to: number, reason: RejectReason, message: string): void;
}
