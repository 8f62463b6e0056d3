/** Reads one record from bytes straight into the column buffers of a row set. */
import type { BooleanColumn, ListColumn, LongColumn, StringColumn } from '../../columnar/columns.js';
import type { CloudTrailColumn } from '../columns.js';
import { sameBytes } from '../derived/bytes.js';
import type { DayRows } from './day-rows.js';
import { type KeyNode, type KeyTable, keyTrie } from './key-trie.js';
import { Leftovers } from './leftovers.js';
import { ResourcesReader } from './resources.js';
import type { JsonScanner } from './scanner.js';
import { isCanonical, parseTimestamp } from './timestamp.js';
import { unescapeJson } from './unescape.js';

const QUOTE = 34;
const COMMA = 44;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const LETTER_F = 102;
const LETTER_N = 110;
const LETTER_T = 116;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');

export class RecordDecoder {
  readonly keys: KeyTable;
  /** eventTime of the last record, microseconds; NaN when it is missing or unreadable. */
  eventTime = Number.NaN;
  /** What was delivered as eventTime, when it could not be read; for the message. */
  eventTimeText: string | undefined;
  /** Did the last record have a mapped key twice? Then its row is worthless: see last-wins.ts. */
  duplicateKey = false;

  private scanner!: JsonScanner;
  private rows!: DayRows;
  private row = 0;
  private serial = 0;
  private readonly unmapped = new Leftovers();
  private readonly empty = new Leftovers();
  private readonly resources = new ResourcesReader();
  /** Members of the record itself that another column can stand in for. */
  private readonly replaceable: KeyNode[];

  constructor(table: readonly CloudTrailColumn[]) {
    this.keys = keyTrie(table);
    this.replaceable = this.keys.nodes.filter((node) => node.standIn >= 0);
  }

  /** The scanner stands at the record's opening brace. Fills row `rows.rows`, which the caller finishes or truncates. */
  decode(scanner: JsonScanner, rows: DayRows): void {
    this.scanner = scanner;
    this.rows = rows;
    this.row = rows.rows;
    this.serial++;
    this.eventTime = Number.NaN;
    this.eventTimeText = undefined;
    this.duplicateKey = false;
    this.unmapped.reset();
    this.empty.reset();
    this.object(this.keys, null);
    for (const node of this.replaceable) this.standIn(node);
    this.unmapped.finish(rows.unmapped, this.row);
    this.empty.finish(rows.emptyMembers, this.row);
  }

  private object(keys: KeyTable, parent: KeyNode | null): void {
    const scanner = this.scanner;
    scanner.pos++;
    let c = scanner.peek();
    if (c === CLOSE_BRACE) {
      scanner.pos++;
      return;
    }
    let previous: { next: KeyNode | undefined } = keys.first;
    for (;;) {
      const keyFrom = scanner.pos;
      let node = this.guess(previous.next);
      if (node === undefined) {
        node = this.key(keys, c);
        const keyTo = scanner.pos;
        scanner.expect(58);
        if (node === undefined) {
          scanner.peek();
          const from = scanner.pos;
          scanner.skip();
          this.unmapped.add(parent, scanner.bytes, keyFrom, keyTo, scanner.bytes, from, scanner.pos);
        } else previous.next = node;
      }
      if (node !== undefined) {
        previous = node;
        this.member(node, scanner.peek());
      }
      c = scanner.peek();
      if (c === CLOSE_BRACE) break;
      scanner.expect(COMMA);
      c = scanner.peek();
    }
    scanner.pos++;
  }

  /** Moves behind the key of `node` and its colon, when they stand here in their usual form. */
  private guess(node: KeyNode | undefined): KeyNode | undefined {
    if (node === undefined) return undefined;
    const { quoted } = node;
    const scanner = this.scanner;
    const { bytes, pos } = scanner;
    for (let i = 0; i < quoted.length; i++) if (quoted[i] !== bytes[pos + i]) return undefined;
    scanner.pos = pos + quoted.length;
    return node;
  }

  /** Reads a member name; the scanner then stands behind its closing quote. */
  private key(keys: KeyTable, c: number): KeyNode | undefined {
    const scanner = this.scanner;
    if (c !== QUOTE) scanner.fail('expected a member name');
    const from = scanner.pos + 1;
    const to = scanner.string();
    if (!scanner.escaped) return keys.find(scanner.bytes, from, to);
    const plain = unescapeJson(scanner.bytes, from, to);
    return plain.lossy ? undefined : keys.find(plain.bytes, 0, plain.length);
  }

  private member(node: KeyNode, c: number): void {
    if (node.seen === this.serial) this.duplicateKey = true;
    node.seen = this.serial;
    const scanner = this.scanner;
    const from = scanner.pos;
    if (c === LETTER_N) {
      scanner.skip();
      this.keep(this.empty, node, from);
      return;
    }
    switch (node.as) {
      case 'text':
        this.settle(node, from, this.text(node, c));
        return;
      case 'object':
        if (c === OPEN_BRACE) this.nested(node, from);
        else {
          scanner.skip();
          this.keep(this.unmapped, node, from);
        }
        return;
      case 'json':
        if (c === OPEN_BRACE && node.children !== null) this.peekInto(node.children);
        else scanner.skip();
        (this.rows.columns[node.column] as StringColumn).append(scanner.bytes, from, scanner.pos, this.row);
        return;
      case 'resources':
        if (!this.resources.read(scanner, this.rows.columns[node.column] as ListColumn, this.row))
          this.keep(this.unmapped, node, from);
        return;
      case 'time':
        this.settle(node, from, this.time(node, c));
        return;
      default:
        if (!this.boolean(node, c)) this.keep(this.unmapped, node, from);
    }
  }

  /** What the column does not say exactly is kept. */
  private settle(node: KeyNode, from: number, exact: boolean): void {
    if (!exact) this.keep(this.unmapped, node, from);
    if (node.standIn < 0) return;
    node.from = from;
    node.to = this.scanner.pos;
    node.exact = exact;
  }

  /** At the end of a record: see `standIn` of a direct column. */
  private standIn(node: KeyNode): void {
    const { row, scanner } = this;
    const column = this.rows.columns[node.column];
    const other = this.rows.columns[node.standIn];
    if (!other.has(row)) return;
    if (column.has(row)) {
      if (node.exact) this.unmapped.add(null, node.quoted, 0, node.quoted.length, scanner.bytes, node.from, node.to);
    } else if (node.as === 'time') {
      const micros = (other as LongColumn).values[row];
      (column as LongColumn).append(micros, row);
      if (node.column === 0) this.eventTime = micros;
    } else {
      const { data, offsets } = other as StringColumn;
      (column as StringColumn).append(data, offsets[row], offsets[row + 1], row);
    }
  }

  /** Keeps the delivered value, which ends at the scanner's position. */
  private keep(where: Leftovers, node: KeyNode, from: number): void {
    where.add(node.parent, node.quoted, 0, node.quoted.length, this.scanner.bytes, from, this.scanner.pos);
  }

  private nested(node: KeyNode, from: number): void {
    this.object(node.children as KeyTable, node);
    // An object without members leaves no trace in the columns. Between its braces there may be white space.
    const { bytes, pos } = this.scanner;
    for (let i = from + 1; i < pos - 1; i++) if (bytes[i] > 32) return;
    this.keep(this.empty, node, from);
  }

  /** True when the column says exactly what was delivered; so for all converters below. */
  private text(node: KeyNode, c: number): boolean {
    const scanner = this.scanner;
    const column = this.rows.columns[node.column] as StringColumn;
    const from = scanner.pos;
    if (c === QUOTE) {
      const end = column.appendQuoted(scanner.bytes, from + 1, this.row);
      if (end >= 0) {
        scanner.pos = end + 1;
        return true;
      }
      const to = scanner.string();
      if (!scanner.escaped) {
        column.append(scanner.bytes, from + 1, to, this.row);
        return true;
      }
      const plain = unescapeJson(scanner.bytes, from + 1, to);
      column.append(plain.bytes, 0, plain.length, this.row);
      return !plain.lossy;
    }
    scanner.skip();
    if (c !== OPEN_BRACE && c !== 91) column.append(scanner.bytes, from, scanner.pos, this.row);
    return false;
  }

  private boolean(node: KeyNode, c: number): boolean {
    const scanner = this.scanner;
    const column = this.rows.columns[node.column] as BooleanColumn;
    const from = scanner.pos;
    scanner.skip();
    if (c === LETTER_T || c === LETTER_F) {
      if (node.as === 'true_text') return false;
      column.append(c === LETTER_T, this.row);
      return true;
    }
    if (c !== QUOTE) return false;
    let [text, start, end] = [scanner.bytes, from + 1, scanner.pos - 1];
    if (scanner.escaped) {
      const plain = unescapeJson(text, start, end);
      [text, start, end] = [plain.bytes, 0, plain.length];
    }
    const isTrue = sameBytes(TRUE, 0, TRUE.length, text, start, end);
    if (node.as === 'true_text') {
      if (isTrue) column.append(true, this.row);
      return isTrue;
    }
    if (isTrue || sameBytes(FALSE, 0, FALSE.length, text, start, end)) column.append(isTrue, this.row);
    return false;
  }

  private time(node: KeyNode, c: number): boolean {
    const scanner = this.scanner;
    const { bytes, pos } = scanner;
    scanner.skip();
    const isText = c === QUOTE;
    let [text, from, to] = [bytes, pos + 1, scanner.pos - 1];
    if (isText && scanner.escaped) {
      const plain = unescapeJson(bytes, from, to);
      [text, from, to] = [plain.bytes, 0, plain.length];
    }
    const micros = isText ? parseTimestamp(text, from, to) : Number.NaN;
    const readable = !Number.isNaN(micros);
    if (readable) (this.rows.columns[node.column] as LongColumn).append(micros, this.row);
    if (node.column === 0) {
      this.eventTime = micros;
      if (!readable) this.eventTimeText = Buffer.from(bytes.subarray(pos, Math.min(scanner.pos, pos + 60))).toString();
    }
    return readable && isCanonical(text, from, to);
  }

  /** Walks an object whose text is kept whole, for the values in it that are columns too. The last of equal keys wins. */
  private peekInto(keys: KeyTable): void {
    const scanner = this.scanner;
    scanner.pos++;
    let c = scanner.peek();
    if (c === CLOSE_BRACE) {
      scanner.pos++;
      return;
    }
    for (;;) {
      const node = this.key(keys, c);
      scanner.expect(58);
      c = scanner.peek();
      if (node === undefined) scanner.skip();
      else {
        this.forget(node);
        if (node.children !== null && c === OPEN_BRACE) this.peekInto(node.children);
        else if (node.column >= 0 && c !== LETTER_N) this.text(node, c);
        else scanner.skip();
      }
      c = scanner.peek();
      if (c === CLOSE_BRACE) break;
      scanner.expect(COMMA);
      c = scanner.peek();
    }
    scanner.pos++;
  }

  private forget(node: KeyNode): void {
    if (node.column >= 0) this.rows.columns[node.column].truncate(this.row);
    if (node.children !== null) for (const child of node.children.nodes) this.forget(child);
  }
}
