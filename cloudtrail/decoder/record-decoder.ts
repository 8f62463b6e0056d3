/** Decodes a record from bytes directly into the column buffers of a row set. */
import type { LongColumn } from '../../columnar/columns.js';
import type { StringColumn } from '../../columnar/string-column.js';
import { sameWords } from '../../columnar/words.js';
import type { CloudTrailColumn, TimeColumn } from '../columns/column.js';
import { CopyReader, readKey } from './copy-reader.js';
import type { DayRows } from './day-rows.js';
import { type KeyNode, type Keys, keyTrie, type Predecessor } from './key-trie.js';
import { NestedJsonWriter } from './nested-json-writer.js';
import type { JsonScanner } from './scanner.js';
import { lastTimeOutOfRange } from './timestamp.js';
import { appendJson, readText } from './values.js';

const QUOTE = 34;
const COMMA = 44;
const OPEN_BRACKET = 91;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const LETTER_N = 110;

/** Decodes one record after the other. Its public fields describe the last one. */
export class RecordDecoder {
  readonly keys: Keys;
  /** `ts` of the last record, microseconds since the epoch; NaN if it is missing or not valid. */
  eventTime = Number.NaN;
  /** The delivered time if it is not valid, for the message. */
  eventTimeText: string | undefined;
  /** Whether it is a time, but outside the years 1 to 9999. */
  eventTimeIsOutside = false;
  /** Whether the last record has a mapped key twice. Its row must then be decoded again: see last-wins.ts. */
  duplicateKey = false;
  /** Whether JSON text of the last record was changed, so that its row also needs the delivered text: see portable-json.ts. */
  altered = false;

  private scanner!: JsonScanner;
  private rows!: DayRows;
  private row = 0;
  private serial = 0;
  private readonly copyReader = new CopyReader();
  private readonly unmapped = new NestedJsonWriter();
  private readonly empty = new NestedJsonWriter();
  /** Column indexes of `ts` and of the columns that it is taken from. */
  private readonly ts: number;
  private readonly times: readonly number[];

  /** @param table must have a column of kind `time` */
  constructor(table: readonly CloudTrailColumn[]) {
    this.keys = keyTrie(table);
    this.ts = table.findIndex(({ kind }) => kind === 'time');
    const { firstOf } = table[this.ts] as TimeColumn;
    this.times = firstOf.map((source) => table.findIndex(({ name }) => name === source));
  }

  /** Releases the last row set. */
  releaseRows(): void {
    this.rows = undefined as never;
    this.copyReader.releaseRows();
  }

  /** Decodes the record whose opening brace is at the scanner into row `rows.rows`, which the caller completes or truncates. */
  decode(scanner: JsonScanner, rows: DayRows): void {
    this.scanner = scanner;
    this.rows = rows;
    this.row = rows.rows;
    this.copyReader.begin(scanner, rows.columns, this.row);
    this.serial++;
    this.eventTimeText = undefined;
    this.duplicateKey = false;
    this.unmapped.reset();
    this.empty.reset();
    scanner.suspect = false;
    scanner.altered = false;
    scanner.closeNames(0);
    this.object(this.keys, null);
    const unmapped = this.unmapped.finish(rows.unmapped, this.row, scanner.suspect);
    const empty = this.empty.finish(rows.emptyMembers, this.row, scanner.suspect);
    this.altered = scanner.altered || unmapped || empty;
    const time = this.eventTimeText === undefined ? this.firstTime() : undefined;
    this.eventTime = time === undefined ? Number.NaN : time.values[this.row];
    if (time !== undefined) (rows.columns[this.ts] as LongColumn).copy(time, this.row, this.row);
  }

  private firstTime(): LongColumn | undefined {
    for (const index of this.times) {
      const column = this.rows.columns[index] as LongColumn;
      if (column.has(this.row)) return column;
    }
    return undefined;
  }

  /** At an opening brace: reads all members and moves past the object. copy-reader.ts has a similar loop. */
  private object(keys: Keys, parent: KeyNode | null): void {
    const scanner = this.scanner;
    scanner.pos++;
    let c = scanner.peek();
    if (c === CLOSE_BRACE) {
      scanner.pos++;
      return;
    }
    const names = scanner.openNames();
    let before: Predecessor = keys.start;
    for (;;) {
      const keyFrom = scanner.pos;
      let node = this.guess(before.next);
      if (node === undefined) {
        node = readKey(scanner, keys, c);
        const keyTo = scanner.pos;
        scanner.expect(58);
        if (node === undefined) {
          scanner.name(names, keyFrom + 1, keyTo - 1);
          scanner.peek();
          const from = scanner.pos;
          scanner.skip();
          this.unmapped.add(parent, scanner.bytes, keyFrom, keyTo, scanner.bytes, from, scanner.pos);
        } else before.next = node;
      }
      if (node !== undefined) {
        before = node;
        this.member(node, scanner.peek());
      }
      c = scanner.peek();
      if (c === CLOSE_BRACE) break;
      scanner.expect(COMMA);
      c = scanner.peek();
    }
    scanner.closeNames(names);
    scanner.pos++;
  }

  /** Moves past the key of `node` and its colon if they are next, without whitespace; otherwise returns `undefined`. */
  private guess(node: KeyNode | undefined): KeyNode | undefined {
    if (node === undefined) return undefined;
    const { quoted, quotedWords } = node;
    const scanner = this.scanner;
    const { bytes, words, pos } = scanner;
    const size = quoted.length;
    if (pos + size > bytes.length || !sameWords(quotedWords, 0, words, pos, size)) return undefined;
    scanner.pos = pos + size;
    return node;
  }

  private member(node: KeyNode, c: number): void {
    if (node.seen === this.serial) this.duplicateKey = true;
    node.seen = this.serial;
    const scanner = this.scanner;
    const from = scanner.pos;
    if (c === LETTER_N) {
      scanner.skip();
      if (node.as === 'unmapped') this.keepUnmapped(node, from);
      else this.keep(this.empty, node, from);
      return;
    }
    switch (node.as) {
      case 'text':
        if (!readText(scanner, this.rows.columns[node.column] as StringColumn, this.row, c))
          this.keepUnmapped(node, from);
        break;
      case 'object':
        if (c === OPEN_BRACE) this.nested(node, from);
        else {
          scanner.skip();
          this.keepUnmapped(node, from);
        }
        break;
      case 'json':
        if (c === OPEN_BRACE && node.children !== null) this.copyReader.readMembers(node.children);
        else scanner.skip();
        appendJson(scanner, this.rows.columns[node.column] as StringColumn, from, this.row);
        break;
      case 'value':
        if (!node.read(scanner, this.rows.columns[node.column], this.row, c)) this.keepInexact(node, from);
        // Some Parquet readers return a missing list as an empty one.
        else if (c === OPEN_BRACKET && this.isEmpty(from)) this.keep(this.empty, node, from);
        break;
      default:
        scanner.skip();
        this.keepUnmapped(node, from);
    }
    if (node.rereads) this.reread(node, from, c);
  }

  private keepInexact(node: KeyNode, from: number): void {
    this.keepUnmapped(node, from);
    if (node.column !== this.times[0] || this.rows.columns[node.column].has(this.row)) return;
    const { bytes, pos } = this.scanner;
    this.eventTimeIsOutside = bytes[from] === QUOTE && lastTimeOutOfRange();
    this.eventTimeText = Buffer.from(bytes.subarray(from, Math.min(pos, from + 60))).toString();
  }

  private keepUnmapped(node: KeyNode, from: number): void {
    this.keep(this.unmapped, node, from);
  }

  /** Writes the delivered value, which ends at the scanner's position, to `where`. */
  private keep(where: NestedJsonWriter, node: KeyNode, from: number): void {
    this.scanner.checkEnd();
    where.add(node.parent, node.quoted, 0, node.quoted.length, this.scanner.bytes, from, this.scanner.pos);
  }

  private nested(node: KeyNode, from: number): void {
    this.object(node.children as Keys, node);
    // An object without members leaves no trace in the columns.
    if (this.isEmpty(from)) this.keep(this.empty, node, from);
  }

  /** Whether there is only whitespace between the brackets of the value that ends at the scanner. */
  private isEmpty(from: number): boolean {
    const { bytes, pos } = this.scanner;
    for (let i = from + 1; i < pos - 1; i++) if (bytes[i] > 32) return false;
    return true;
  }

  /** Reads a value a second time, for its copies and for the members below it. */
  private reread(node: KeyNode, from: number, c: number): void {
    const scanner = this.scanner;
    const end = scanner.pos;
    scanner.pos = from;
    if (node.as === 'object' || node.as === 'json') this.copyReader.readCopies(node, c);
    else this.copyReader.readValue(node, c);
    scanner.pos = end;
  }
}
