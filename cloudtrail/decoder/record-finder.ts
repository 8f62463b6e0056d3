/**
 * Finds the CloudTrail records of a file in every delivery format and passes them to a sink in file order. A file consists
 * of one or more JSON documents; a record is an object in one of them, or the text of an object in a string. See wrappers.ts
 * for objects that may contain records, csv.ts and log-lines.ts for files that are not JSON.
 */
import { readCsv } from './csv.js';
import { EmbeddedTexts, isObjectText } from './embedded-texts.js';
import { beginsWith, membersOf, stringBytesAt, textStart } from './envelope.js';
import { FileFindings } from './findings.js';
import { DATA_AFTER_END } from './json-tokens.js';
import { DEFAULT_LIMITS, type Limits, OverLimit } from './limits.js';
import { readLogLines } from './log-lines.js';
import type { ByteRange, ReadContext, RecordSink, Reject } from './read-context.js';
import { FOREIGN_EVENT_MESSAGE, readRecordsDocument, sourceIsForeign } from './records-document.js';
import type { RejectReason } from './reject-reasons.js';
import type { JsonScanner } from './scanner.js';
import { readWrapper } from './wrapped-records.js';
import { isRecord, wrapperOf } from './wrappers.js';

const QUOTE = 34;
const COMMA = 44;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;

/** Maximum number of wrappers around a record. */
const MAX_NESTING = 4;

/** Reads one file after the other; the fields hold the state of the current file. */
export class RecordFinder implements ReadContext {
  findings = new FileFindings();
  documentStart = -1;
  objectStart = -1;
  expectRecord = false;
  inRecordsList = false;
  private readonly texts: EmbeddedTexts;
  /** Number of wrappers around the current position. */
  private nesting = 0;
  private sink!: RecordSink;

  /** @param limits limits of one file */
  constructor(private readonly limits: Limits = DEFAULT_LIMITS) {
    this.texts = new EmbeddedTexts(limits);
  }

  get scanner(): JsonScanner {
    return this.texts.scanner;
  }

  /**
   * Reads a whole file. Throws `UnreadableFile`, or `JsonSyntaxError` if it is neither JSON nor another known text format.
   * @param bytes uncompressed
   */
  read(bytes: Uint8Array, sink: RecordSink): void {
    this.sink = sink;
    this.findings = new FileFindings();
    this.nesting = 0;
    this.expectRecord = this.inRecordsList = false;
    this.documentStart = this.objectStart = -1;
    const scanner = this.texts.reset(bytes, textStart(bytes));
    const c = scanner.peek();
    const isJson = c === OPEN_BRACE || c === OPEN_BRACKET;
    if (!isJson && (readCsv(scanner, this) || readLogLines(scanner, this))) return;
    this.readDocuments();
    if (this.findings.recognized === 0) throw this.findings.refusal(scanner);
  }

  /** Releases the memory of the file's text. */
  releaseText(): void {
    this.texts.releaseText();
  }

  get rows(): number {
    return this.sink.counts.records - this.sink.counts.rejects.length;
  }

  private readDocuments(): void {
    const { scanner, findings } = this;
    // In a file with a record per line, a scalar is a bad record. After a document with records, it is damage.
    let lines = false;
    let c = scanner.peek();
    // An empty file is not JSON: the scanner reports it.
    if (c === undefined) scanner.skip();
    for (; c !== undefined; c = scanner.peek()) {
      const isScalar = c !== OPEN_BRACE && c !== OPEN_BRACKET;
      if (isScalar && findings.recognized > 0 && !lines) scanner.fail(DATA_AFTER_END);
      this.documentStart = scanner.pos;
      if (c === OPEN_BRACKET) {
        if (this.readElements() === 0) findings.recognized++;
        this.expectRecord = false;
      } else this.readValue(c);
      if (c === OPEN_BRACE) lines = this.expectRecord;
      else if (isScalar) lines = true;
      this.documentStart = -1;
    }
  }

  readElements(): number {
    const { scanner } = this;
    scanner.pos++;
    let c = scanner.peek();
    if (c === CLOSE_BRACKET) {
      scanner.pos++;
      return 0;
    }
    for (let count = 1; ; count++) {
      this.readValue(c);
      c = scanner.peek();
      if (c === CLOSE_BRACKET) {
        scanner.pos++;
        return count;
      }
      scanner.expect(COMMA);
      c = scanner.peek();
    }
  }

  /** Reads a document, or an element of an array of records. Moves past it. */
  private readValue(c: number): void {
    const { scanner } = this;
    const from = scanner.pos;
    if (c === OPEN_BRACE) {
      this.objectStart = from;
      this.readObject(from);
      this.objectStart = -1;
      return;
    }
    scanner.skip();
    const to = scanner.pos;
    const text = c === QUOTE ? stringBytesAt(scanner, from) : undefined;
    const { rows } = this;
    if (text === undefined || !isObjectText(text))
      this.reject(from, to, 'not_an_object', 'The record is not a JSON object.');
    else this.readText(text, { from, to });
    this.findings.addWrapped('strings of JSON', this.rows - rows);
  }

  readObject(from: number): void {
    const { scanner, findings } = this;
    let tooLarge: OverLimit | undefined;
    if (this.expectRecord) {
      try {
        if (this.readRecord(from)) return;
      } catch (error) {
        // Records may be followed by a document with a list of records, which may be larger than a record.
        if (!(error instanceof OverLimit)) throw error;
        tooLarge = error;
      }
      scanner.pos = from;
    } else if (!this.inRecordsList && beginsWith(scanner, 'Records')) {
      if (readRecordsDocument(this, from)) return;
      scanner.pos = from;
    }
    const members = membersOf(scanner);
    const to = scanner.pos;
    const hasRecordMembers = isRecord(members);
    const isTooDeep = this.nesting === MAX_NESTING;
    const wrapper = hasRecordMembers || isTooDeep ? undefined : wrapperOf(scanner, members, this.inRecordsList);
    if (wrapper !== undefined) {
      this.expectRecord = false;
      this.nesting++;
      readWrapper(this, wrapper, { from, to });
      this.nesting--;
      scanner.pos = to;
      return;
    }
    if (tooLarge !== undefined) throw tooLarge;
    if (!this.expectRecord) {
      scanner.pos = from;
      this.expectRecord = this.readRecord(from);
      if (this.expectRecord) return;
      scanner.pos = to;
    }
    if (hasRecordMembers) {
      findings.recognized++;
      this.expectRecord = true;
    }
    this.rejectWithoutTime(members, from, to);
  }

  /**
   * Rejects a record without a time, or another kind of event: events for Lambda functions have an eventSource like
   * `aws:kinesis`.
   */
  private rejectWithoutTime(members: ReadonlyMap<string, number>, from: number, to: number): void {
    const source = members.get('eventSource') ?? -1;
    if (!sourceIsForeign(this.scanner.bytes, source)) {
      this.reject(from, to, 'no_event_time', this.sink.noTimeMessage);
      return;
    }
    this.findings.refusalReason ??= FOREIGN_EVENT_MESSAGE;
    this.reject(from, to, 'no_record', FOREIGN_EVENT_MESSAGE);
  }

  /** Reads a record; returns false if it has no time. */
  private readRecord(from: number): boolean {
    const { texts, sink } = this;
    const { scanner, current } = texts;
    const { rejects } = sink.counts;
    const before = rejects.length;
    const hasTime = current ? sink.record(scanner, current.from, current.to) : sink.record(scanner, from);
    if (!hasTime) return false;
    this.findings.recognized++;
    if (current && rejects.length > before) texts.keepText(rejects[before], from, scanner.pos);
    return true;
  }

  readText(text: Uint8Array | undefined, at: ByteRange): void {
    const problem = this.texts.check(text);
    if (problem !== undefined) {
      this.reject(at.from, at.to, ...problem);
      return;
    }
    const { expectRecord, inRecordsList, objectStart } = this;
    this.inRecordsList = false;
    this.expectRecord = true;
    this.texts.enter(at, (from) => this.readObject(from));
    this.expectRecord = expectRecord;
    this.inRecordsList = inRecordsList;
    this.objectStart = objectStart;
  }

  reject(from: number, to: number, reason: RejectReason, message: string): void {
    const { current } = this.texts;
    const { recordBytes } = this.limits;
    if (to - from > recordBytes) throw new OverLimit('recordBytes', recordBytes, `The record at byte ${from}`);
    const { counts } = this.sink;
    if (reason === 'no_record') this.findings.foreignObjects++;
    const reject: Reject = { index: counts.records++, from, to, reason, message };
    this.sink.reject(reject);
    if (current === undefined) return;
    this.texts.keepText(reject, from, to);
    reject.from = current.from;
    reject.to = current.to;
  }
}
