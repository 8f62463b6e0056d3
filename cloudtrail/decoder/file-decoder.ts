/** Reads an uncompressed trail file, `{"Records":[ … ]}`, into row sets by event day. */
import { isUtf8 } from 'node:buffer';
import { UnreadableFile } from '../../errors/index.js';
import type { CloudTrailColumn } from '../columns.js';
import { Answers } from '../derived/bound.js';
import { DayRows } from './day-rows.js';
import { lastWins } from './last-wins.js';
import { RecordDecoder } from './record-decoder.js';
import { JsonScanner, JsonSyntaxError } from './scanner.js';
import { dayOf } from './timestamp.js';
import { unescapeJson } from './unescape.js';

export type RejectReason = 'not_an_object' | 'no_event_time' | 'bad_event_time' | 'invalid_utf8';

/** A record that is no row; its text is `bytes[from..to)` of the file. */
export interface Reject {
  index: number;
  from: number;
  to: number;
  reason: RejectReason;
  message: string;
}

export interface DecodedFile {
  /** Records in the file: rows + rejects. */
  records: number;
  rejects: Reject[];
  /** Microseconds since the epoch; undefined without rows. */
  firstEventTime?: number;
  lastEventTime?: number;
}

const RECORDS = Buffer.from('Records');

export class FileDecoder {
  /** Row sets by day (days since 1970-01-01). */
  private readonly days = new Map<number, DayRows>();
  private readonly decoder: RecordDecoder;
  private readonly scanner = new JsonScanner();
  private readonly rewritten = new JsonScanner();
  /** Events come in runs of one day, so the next record is first tried in the last one's row set. */
  private current: DayRows | undefined;

  /** @param answers what the derived columns look up; shared by the decoders of a thread */
  constructor(
    private readonly table: readonly CloudTrailColumn[],
    private readonly answers = new Answers(),
  ) {
    this.decoder = new RecordDecoder(table);
  }

  /**
   * Appends the file's records to `days`. Throws `UnreadableFile` when the text is not a trail file; then nothing of it
   * is left in `days`.
   * @param fileUri goes to `log.file.path` of every row
   */
  decode(bytes: Uint8Array, fileUri: string): DecodedFile {
    const rowsBefore = new Map(Array.from(this.days, ([day, rows]) => [day, rows.rows]));
    try {
      return this.file(bytes, Buffer.from(fileUri));
    } catch (error) {
      for (const [day, rows] of this.days) {
        const before = rowsBefore.get(day);
        if (before === undefined) this.days.delete(day);
        else rows.truncate(before);
      }
      this.current = undefined;
      if (error instanceof JsonSyntaxError)
        throw new UnreadableFile('invalid_json', `Not valid JSON: ${error.message}.`);
      throw error;
    }
  }

  /** Bytes held in all row sets. */
  get bytes(): number {
    let sum = 0;
    for (const rows of this.days.values()) sum += rows.bytes;
    return sum;
  }

  /** Hands over all rows decoded so far, by day, and starts anew. */
  take(): DayRows[] {
    const taken = Array.from(this.days.values()).filter((rows) => rows.rows > 0);
    this.days.clear();
    this.current = undefined;
    return taken.sort((a, b) => a.day - b.day);
  }

  private file(bytes: Uint8Array, path: Uint8Array): DecodedFile {
    const scanner = this.scanner;
    // Not a Buffer: one more kind of bytes would make the hot loops slower.
    scanner.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    scanner.pos = textStart(bytes);
    const allUtf8 = isUtf8(bytes);
    this.envelopeStart();
    const result: DecodedFile = { records: 0, rejects: [] };
    if (scanner.peek() === 93) scanner.pos++;
    else
      for (;;) {
        this.record(result, path, allUtf8);
        if (scanner.peek() === 93) {
          scanner.pos++;
          break;
        }
        scanner.expect(44);
      }
    this.envelopeEnd();
    return result;
  }

  /** Moves into the array of `Records`. */
  private envelopeStart(): void {
    const scanner = this.scanner;
    const first = scanner.peek();
    if (first === 123) {
      scanner.pos++;
      if (scanner.peek() === 34) {
        const from = scanner.pos + 1;
        const to = scanner.string();
        const name = unescapeJson(scanner.bytes, from, to);
        if (RECORDS.equals(name.bytes.subarray(0, name.length))) {
          scanner.expect(58);
          if (scanner.peek() === 91) {
            scanner.pos++;
            return;
          }
        }
      }
    }
    this.notATrailFile();
  }

  private envelopeEnd(): void {
    const scanner = this.scanner;
    if (scanner.peek() !== 125) this.notATrailFile();
    scanner.pos++;
    if (scanner.peek() !== undefined) scanner.fail('data after the end');
  }

  /** Says which of the two it is: text that is no JSON at all, or JSON of another shape. */
  private notATrailFile(): never {
    const scanner = this.scanner;
    scanner.pos = textStart(scanner.bytes);
    scanner.skip();
    if (scanner.peek() !== undefined) scanner.fail('data after the end');
    throw new UnreadableFile(
      'not_a_trail_file',
      'Valid JSON, but not an object with the one member "Records" that holds an array.',
    );
  }

  private record(result: DecodedFile, path: Uint8Array, allUtf8: boolean): void {
    const { scanner, decoder } = this;
    const index = result.records++;
    const isObject = scanner.peek() === 123;
    const from = scanner.pos;
    if (!isObject) {
      scanner.skip();
      result.rejects.push({
        index,
        from,
        to: scanner.pos,
        reason: 'not_an_object',
        message: 'The record is not a JSON object.',
      });
      return;
    }
    let rows = this.current ?? this.rowsOf(0);
    let start = rows.rows;
    decoder.decode(scanner, rows);
    const to = scanner.pos;
    const reject = (reason: RejectReason, message: string): void => {
      rows.truncate(start);
      result.rejects.push({ index, from, to, reason, message });
    };
    if (!allUtf8 && !isUtf8(scanner.bytes.subarray(from, to))) {
      reject('invalid_utf8', 'The record is not valid UTF-8.');
      return;
    }
    let source = scanner;
    if (decoder.duplicateKey) {
      rows.truncate(start);
      source = this.rewritten;
      source.bytes = lastWins(scanner.bytes, from, to, decoder.keys);
      source.pos = 0;
      decoder.decode(source, rows);
    }
    const time = decoder.eventTime;
    if (Number.isNaN(time)) {
      const text = decoder.eventTimeText;
      if (text === undefined) reject('no_event_time', 'The record has no eventTime.');
      else reject('bad_event_time', `eventTime is not an ISO 8601 time with a zone: ${text}`);
      return;
    }
    const day = dayOf(time);
    if (rows.day !== day || this.days.get(day) !== rows) {
      rows.truncate(start);
      rows = this.current = this.rowsOf(day);
      start = rows.rows;
      source.pos = source === scanner ? from : 0;
      decoder.decode(source, rows);
    }
    rows.filePath.append(path, 0, path.length, start);
    rows.recordIndex.append(index, start);
    rows.finishRow();
    if (!(time >= (result.firstEventTime as number))) result.firstEventTime = time;
    if (!(time <= (result.lastEventTime as number))) result.lastEventTime = time;
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

/** A byte-order mark is no JSON, but editors add it. */
function textStart(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}
