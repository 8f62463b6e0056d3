/** Reads an uncompressed CloudTrail file into row sets by event day. */
import { isUtf8 } from 'node:buffer';
import { UnreadableFile } from '../../errors/index.js';
import { type CloudTrailColumn, keysOf } from '../columns/column.js';
import { DayRows, type FileValues } from './day-rows.js';
import { enterRecords, leaveRecords, textStart, wholeObject } from './envelope.js';
import { lastWins } from './last-wins.js';
import { RecordDecoder } from './record-decoder.js';
import { JsonScanner, JsonSyntaxError } from './scanner.js';
import { dayOf, parseTimestamp } from './timestamp.js';

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

/** What a file is: `{"Records":[ … ]}`, or a digest, which is one record. */
export type FileForm = 'records' | 'digest';

/** What the text of a file does not say. */
export interface FileOrigin {
  uri: string;
  /** In the object's key. */
  region?: string;
  /** Of the uncompressed bytes, hex. */
  sha256?: string;
  /** User metadata of the object. */
  metadata?: Readonly<Record<string, string>>;
}

export class FileDecoder {
  /** Row sets by day (days since 1970-01-01). */
  private readonly days = new Map<number, DayRows>();
  private readonly decoder: RecordDecoder;
  private readonly scanner = new JsonScanner();
  private readonly rewritten = new JsonScanner();
  private readonly timeName: string;
  /** Events come in runs of one day, so the next record is first tried in the last one's row set. */
  private current: DayRows | undefined;

  /** @param table its first column is `ts` */
  constructor(
    private readonly table: readonly CloudTrailColumn[],
    private readonly form: FileForm = 'records',
  ) {
    this.decoder = new RecordDecoder(table);
    const [ts] = table;
    if (ts.kind !== 'direct') throw new Error('the first column must be the time of the record');
    this.timeName = keysOf(ts).join('.');
  }

  /**
   * Appends the file's records to `days`. Throws `UnreadableFile` when the text is not what it should be; then nothing of
   * it is left in `days`.
   * @param origin the address, or all that is known of the file beside its text
   */
  decode(bytes: Uint8Array, origin: string | FileOrigin): DecodedFile {
    const rowsBefore = new Map(Array.from(this.days, ([day, rows]) => [day, rows.rows]));
    try {
      return this.file(bytes, valuesOf(typeof origin === 'string' ? { uri: origin } : origin));
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

  private file(bytes: Uint8Array, values: FileValues): DecodedFile {
    const scanner = this.scanner;
    scanner.bytes = bytes;
    scanner.pos = textStart(bytes);
    const allUtf8 = isUtf8(bytes);
    const result: DecodedFile = { records: 0, rejects: [] };
    if (this.form === 'digest') {
      wholeObject(scanner);
      this.record(result, values, allUtf8);
      return result;
    }
    enterRecords(scanner);
    if (scanner.peek() === 93) scanner.pos++;
    else
      for (;;) {
        this.record(result, values, allUtf8);
        if (scanner.peek() === 93) {
          scanner.pos++;
          break;
        }
        scanner.expect(44);
      }
    leaveRecords(scanner);
    return result;
  }

  private record(result: DecodedFile, values: FileValues, allUtf8: boolean): void {
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
      if (text === undefined) reject('no_event_time', `The record has no ${this.timeName}.`);
      else reject('bad_event_time', `${this.timeName} is not an ISO 8601 time with a zone: ${text}`);
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
    rows.finishRow(index, values);
    if (!(time >= (result.firstEventTime as number))) result.firstEventTime = time;
    if (!(time <= (result.lastEventTime as number))) result.lastEventTime = time;
  }

  private rowsOf(day: number): DayRows {
    let rows = this.days.get(day);
    if (rows === undefined) {
      rows = new DayRows(this.table, day);
      this.days.set(day, rows);
    }
    return rows;
  }
}

function valuesOf({ uri, region, sha256, metadata = {} }: FileOrigin): FileValues {
  const text = (value: string | undefined): Uint8Array | undefined =>
    value === undefined ? undefined : Buffer.from(value);
  const generated = text(metadata['backfill-generation-timestamp']);
  const time = generated === undefined ? Number.NaN : parseTimestamp(generated, 0, generated.length);
  return {
    file_path: text(uri),
    region: text(region),
    sha256: text(sha256),
    signature: text(metadata.signature),
    signature_algorithm: text(metadata['signature-algorithm']),
    backfill_time: Number.isNaN(time) ? undefined : time,
  };
}
