/** Reads values that are kept elsewhere too: copies, and what is below a value whose text is kept whole. */
import type { AnyColumn, ListColumn } from '../../columnar/columns.js';
import type { KeyNode, Keys } from './key-trie.js';
import type { JsonScanner } from './scanner.js';
import { unescapeJson } from './unescape.js';

const QUOTE = 34;
const COMMA = 44;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const LETTER_N = 110;

/** Reads a member name, whose first byte is `c`; the scanner then stands behind its closing quote. */
export function readKey(scanner: JsonScanner, keys: Keys, c: number): KeyNode | undefined {
  if (c !== QUOTE) scanner.fail('expected a member name');
  const from = scanner.pos + 1;
  const to = scanner.string();
  if (!scanner.escaped) return keys.find(scanner.bytes, from, to);
  const plain = unescapeJson(scanner.bytes, from, to);
  return plain.lossy ? undefined : keys.find(plain.bytes, 0, plain.length);
}

export class Peeker {
  private scanner!: JsonScanner;
  private columns!: readonly AnyColumn[];
  private row = 0;
  /** Counts the objects that were looked into. */
  private serial = 0;

  /** Lets go of the columns that were written to last. */
  forgetRows(): void {
    this.columns = [];
  }

  /** What is read from now on belongs to this row. */
  begin(scanner: JsonScanner, columns: readonly AnyColumn[], row: number): void {
    this.scanner = scanner;
    this.columns = columns;
    this.row = row;
  }

  /** Walks an object for the values in it that have buffers, and ends behind it. The last of equal keys wins. */
  into(keys: Keys): void {
    const { scanner } = this;
    const serial = ++this.serial;
    scanner.pos++;
    let c = scanner.peek();
    if (c === CLOSE_BRACE) {
      scanner.pos++;
      return;
    }
    const names = scanner.openNames();
    for (;;) {
      const keyFrom = scanner.pos;
      const node = readKey(scanner, keys, c);
      scanner.name(names, keyFrom + 1, scanner.pos - 1);
      scanner.expect(58);
      c = scanner.peek();
      if (node === undefined) scanner.skip();
      else {
        if (node.seen === serial) this.forget(node);
        node.seen = serial;
        this.mark(node, node.begins);
        this.value(node, c);
        this.mark(node, node.ends);
      }
      c = scanner.peek();
      if (c === CLOSE_BRACE) break;
      scanner.expect(COMMA);
      c = scanner.peek();
    }
    scanner.closeNames(names);
    scanner.pos++;
  }

  /** Reads a value's copies and what is below it, and ends behind it. */
  value(node: KeyNode, c: number): void {
    const { scanner } = this;
    const from = scanner.pos;
    if (c !== LETTER_N) this.copies(node, c);
    if (node.children !== null && c === OPEN_BRACE) {
      scanner.pos = from;
      this.into(node.children);
    }
    if (node.each !== null) {
      scanner.pos = from;
      this.each(node.each, c);
    } else if (scanner.pos === from) scanner.skip();
  }

  /** Reads the copies of a value that is not null. */
  copies({ copies }: KeyNode, c: number): void {
    const { scanner } = this;
    const from = scanner.pos;
    for (let i = 0; i < copies.length; i++) {
      const { column, read } = copies[i];
      scanner.pos = from;
      read(scanner, this.columns[column], this.row, c);
    }
  }

  /** Looks at every element of a list, or at a value that is no list. */
  private each(node: KeyNode, c: number): void {
    const { scanner } = this;
    if (c !== OPEN_BRACKET) {
      this.value(node, c);
      return;
    }
    scanner.pos++;
    let first = scanner.peek();
    if (first !== CLOSE_BRACKET) {
      for (;;) {
        this.value(node, first);
        if (scanner.peek() === CLOSE_BRACKET) break;
        scanner.expect(COMMA);
        first = scanner.peek();
      }
    }
    scanner.pos++;
  }

  /** Remembers where the values of a key begin or end in its lists, in case the key comes again. */
  private mark({ lists }: KeyNode, elements: number[]): void {
    for (let i = 0; i < lists.length; i++) elements[i] = (this.columns[lists[i]] as ListColumn).elements;
  }

  private forget(node: KeyNode): void {
    const { lists, begins, ends } = node;
    for (let i = 0; i < lists.length; i++) {
      const { child } = this.columns[lists[i]] as ListColumn;
      for (let at = begins[i]; at < ends[i]; at++) child.clear(at);
    }
    this.forgetSingle(node);
  }

  /** Below `each` there are only lists. */
  private forgetSingle(node: KeyNode): void {
    for (const { column } of node.copies) this.columns[column].truncate(this.row);
    if (node.children !== null) for (const child of node.children.nodes) this.forgetSingle(child);
  }
}
