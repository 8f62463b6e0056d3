/**
 * Finds the CloudTrail records of a file in every form of delivery, and hands them to a sink in their order. A file is one
 * JSON document or several; a record is an object in one of them, or the text of an object in a string. See wrappers.ts for
 * what may be around records, csv.ts and log-lines.ts for files that are no JSON.
 */
import { readCsv } from './csv.js';
import { beginsWith, membersOf, textAt, textStart } from './envelope.js';
import { DEFAULT_LIMITS, type Limits, OverLimit } from './limits.js';
import { readLogLines } from './log-lines.js';
import type { RejectReason } from './reject-reasons.js';
import { JsonScanner, JsonSyntaxError } from './scanner.js';
import type { Place, Reject, Sink } from './sink.js';
import { Tally } from './tally.js';
import { FOREIGN, readTrail, sourceIsForeign } from './trail-document.js';
import { NO_MESSAGE, readWrapper } from './wrapped-records.js';
import { isRecord, wrapperOf } from './wrappers.js';

const QUOTE = 34;
const COMMA = 44;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;

/** How deep wrappers, and JSON text inside of JSON text, may be: an event in an SNS notification in an SQS message is 3. */
const MAX_DEPTH = 4;
const NOTHING = new Uint8Array(0);

export class Delivery {
  tally = new Tally();
  /** Where the document began that is being read, and the object in it; -1 between them. For messages about damage. */
  document = -1;
  object = -1;
  private readonly scanners: JsonScanner[];
  /** Of the file, or of a text in it. */
  scanner: JsonScanner;
  private depth = 0;
  /** Wrappers around what is being read. */
  private nesting = 0;
  /** Where the text stands in the file, and where its one object begins. Absent for the file itself. */
  private inside: (Place & { root: number }) | undefined;
  /** Were the last objects records? Then the next one is read as a record before it is looked at. */
  expectRecord = false;
  /** Is a list of "Records" being read? There is none in its elements. */
  inTrail = false;
  private sink!: Sink;

  constructor(private readonly limits: Limits = DEFAULT_LIMITS) {
    this.scanner = new JsonScanner(limits);
    this.scanners = [this.scanner];
  }

  /** Reads all of the file. Throws `UnreadableFile`, or `JsonSyntaxError` where it is neither JSON nor another known text. */
  read(bytes: Uint8Array, sink: Sink): void {
    this.sink = sink;
    this.tally = new Tally();
    this.depth = this.nesting = 0;
    const scanner = this.scanners[0];
    this.scanner = scanner;
    this.inside = undefined;
    this.expectRecord = this.inTrail = false;
    this.document = this.object = -1;
    scanner.bytes = bytes;
    scanner.pos = textStart(bytes);
    scanner.end = Number.MAX_SAFE_INTEGER;
    const c = scanner.peek();
    const isJson = c === OPEN_BRACE || c === OPEN_BRACKET;
    if (!isJson && (readCsv(scanner, this) || readLogLines(scanner, this))) return;
    this.documents();
    if (this.tally.recognized === 0) throw this.tally.refusal(scanner);
  }

  /** Lets go of the text. */
  forgetText(): void {
    for (const scanner of this.scanners) scanner.bytes = NOTHING;
  }

  /** Rows so far, those that a transform dropped among them. */
  get rows(): number {
    return this.sink.counts.records - this.sink.counts.rejects.length;
  }

  private documents(): void {
    const { scanner, tally } = this;
    // Among records, a line each, a number is a record that is none. Behind a document of records it is damage.
    let lines = false;
    let c = scanner.peek();
    // An empty file is no JSON: the scanner says so.
    if (c === undefined) scanner.skip();
    for (; c !== undefined; c = scanner.peek()) {
      const isScalar = c !== OPEN_BRACE && c !== OPEN_BRACKET;
      if (isScalar && tally.recognized > 0 && !lines) scanner.fail('data after the end');
      this.document = scanner.pos;
      if (c === OPEN_BRACKET) {
        if (this.elements() === 0) tally.recognized++;
        this.expectRecord = false;
      } else this.value(c);
      if (c === OPEN_BRACE) lines = this.expectRecord;
      else if (isScalar) lines = true;
      this.document = -1;
    }
  }

  /** At an opening bracket: reads the elements, and says how many. Ends behind the array. */
  elements(): number {
    const { scanner } = this;
    scanner.pos++;
    let c = scanner.peek();
    if (c === CLOSE_BRACKET) {
      scanner.pos++;
      return 0;
    }
    for (let count = 1; ; count++) {
      this.value(c);
      c = scanner.peek();
      if (c === CLOSE_BRACKET) {
        scanner.pos++;
        return count;
      }
      scanner.expect(COMMA);
      c = scanner.peek();
    }
  }

  /** A document, or an element of an array of records. Ends behind it. */
  private value(c: number): void {
    const { scanner } = this;
    const from = scanner.pos;
    if (c === OPEN_BRACE) {
      this.object = from;
      this.anObject(from);
      this.object = -1;
      return;
    }
    scanner.skip();
    const to = scanner.pos;
    const text = c === QUOTE ? textAt(scanner, from) : undefined;
    const { rows } = this;
    if (text === undefined || !isObjectText(text))
      this.reject(from, to, 'not_an_object', 'The record is not a JSON object.');
    else this.text(text, { from, to });
    this.tally.rowsIn('strings of JSON', this.rows - rows);
  }

  /** An object that is a record, or that holds records. Ends behind it. */
  anObject(from: number): void {
    const { scanner, tally } = this;
    let tooLarge: OverLimit | undefined;
    if (this.expectRecord) {
      try {
        if (this.record(from)) return;
      } catch (error) {
        // Records may be followed by a document with a list of them, which is larger than a record.
        if (!(error instanceof OverLimit)) throw error;
        tooLarge = error;
      }
      scanner.pos = from;
    } else if (!this.inTrail && beginsWith(scanner, 'Records')) {
      if (readTrail(this, from)) return;
      scanner.pos = from;
    }
    const members = membersOf(scanner);
    const to = scanner.pos;
    const isOurs = isRecord(members);
    const isTooDeep = this.nesting === MAX_DEPTH;
    const wrapper = isOurs || isTooDeep ? undefined : wrapperOf(scanner, members, this.inTrail);
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
      this.expectRecord = this.record(from);
      if (this.expectRecord) return;
      scanner.pos = to;
    }
    if (isOurs) {
      tally.recognized++;
      this.expectRecord = true;
    }
    this.timeless(members, from, to);
  }

  /** A record without a time, or an event of another kind: those that Lambda functions get say `aws:kinesis` and the like. */
  private timeless(members: ReadonlyMap<string, number>, from: number, to: number): void {
    const source = members.get('eventSource') ?? -1;
    if (!sourceIsForeign(this.scanner.bytes, source)) {
      this.reject(from, to, 'no_event_time', this.sink.noTime);
      return;
    }
    this.tally.finding ??= FOREIGN;
    this.reject(from, to, 'no_record', FOREIGN);
  }

  /** False when it has no time. */
  private record(from: number): boolean {
    const { inside, sink } = this;
    const { rejects } = sink.counts;
    const before = rejects.length;
    const has = inside ? sink.record(this.scanner, inside.from, inside.to) : sink.record(this.scanner, from);
    if (!has) return false;
    this.tally.recognized++;
    if (inside && rejects.length > before) this.addText(rejects[before], from, this.scanner.pos);
    return true;
  }

  /**
   * The text of a record, or of an object with records. What is wrong with it is no fault of the file.
   * @param at the place of what is rejected, in the bytes that are being read
   */
  text(text: Uint8Array | undefined, at: Place): void {
    const problem = this.enterText(text);
    if (problem !== undefined) {
      this.reject(at.from, at.to, ...problem);
      return;
    }
    const { scanner, inside, expectRecord, inTrail, object } = this;
    const inner = this.scanners[++this.depth];
    this.scanner = inner;
    this.inTrail = false;
    this.inside = { from: inside?.from ?? at.from, to: inside?.to ?? at.to, root: inner.pos };
    this.expectRecord = true;
    this.anObject(inner.pos);
    this.depth--;
    this.scanner = scanner;
    this.inside = inside;
    this.expectRecord = expectRecord;
    this.inTrail = inTrail;
    this.object = object;
  }

  /** Puts the next scanner at the object that the text is; says what is wrong where it is none. */
  private enterText(text: Uint8Array | undefined): [RejectReason, string] | undefined {
    if (text === undefined || !isObjectText(text)) return ['not_an_object', NO_MESSAGE];
    if (this.depth === MAX_DEPTH - 1) return ['no_record', `JSON text in JSON text, more than ${MAX_DEPTH - 1} times.`];
    this.scanners[this.depth + 1] ??= new JsonScanner(this.limits);
    const inner = this.scanners[this.depth + 1];
    inner.bytes = text;
    inner.end = Number.MAX_SAFE_INTEGER;
    inner.pos = 0;
    inner.peek();
    const root = inner.pos;
    try {
      inner.skip();
      if (inner.peek() !== undefined) inner.fail('data after the end');
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      return ['invalid_json', `The message is not valid JSON: ${error.message}. CloudWatch Logs cuts long ones.`];
    }
    inner.pos = root;
    return undefined;
  }

  reject(from: number, to: number, reason: RejectReason, message: string): void {
    const { inside } = this;
    const { recordBytes } = this.limits;
    if (to - from > recordBytes) throw new OverLimit('recordBytes', recordBytes, `The record at byte ${from}`);
    const { counts } = this.sink;
    if (reason === 'no_record') this.tally.strangers++;
    const reject: Reject = { index: counts.records++, from, to, reason, message };
    this.sink.reject(reject);
    if (inside === undefined) return;
    this.addText(reject, from, to);
    reject.from = inside.from;
    reject.to = inside.to;
  }

  /**
   * Keeps the text of what is rejected, unless its place in the file is that of a string with this text alone. A text in a
   * text has the place of the outer one, which may hold many; and what is around a string may be of any length.
   */
  private addText(reject: Reject, from: number, to: number): void {
    const { inside } = this;
    if (inside === undefined) return;
    const isAlone = this.depth === 1 && from === inside.root && inside.to - inside.from <= this.limits.recordBytes;
    if (!isAlone) reject.text = this.scanner.bytes.slice(from, to);
  }
}

/** Does the text begin as a JSON object does? */
function isObjectText(text: Uint8Array): boolean {
  let i = 0;
  while (text[i] <= 32) i++;
  return text[i] === OPEN_BRACE;
}
