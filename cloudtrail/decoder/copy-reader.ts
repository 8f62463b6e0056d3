/**
 * Reads values that are also kept elsewhere: copies, and members of a value whose whole text is kept.
 *
 * `readMembers` walks an object much like `RecordDecoder.object`. They are separate loops on purpose: this one skips unknown
 * members and marks lists, the other one guesses keys and collects unknown members. A shared loop would need a function call
 * per member in the hottest part of the decoder.
 */
import type { AnyColumn, ListColumn } from '../../columnar/nested.js';
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

/**
 * Reads the member name at the scanner, whose first byte is `c`, and moves past its closing quote. Returns its node, or
 * `undefined` for an unknown key.
 */
export function readKey(scanner: JsonScanner, keys: Keys, c: number): KeyNode | undefined {
  if (c !== QUOTE) scanner.fail('expected a member name');
  const from = scanner.pos + 1;
  const to = scanner.string();
  if (!scanner.escaped) return keys.find(scanner.bytes, from, to);
  const plain = unescapeJson(scanner.bytes, from, to);
  return plain.lossy ? undefined : keys.find(plain.bytes, 0, plain.length);
}

/** Reads copies of values into the columns of a row. */
export class CopyReader {
  private scanner!: JsonScanner;
  private columns!: readonly AnyColumn[];
  private row = 0;
  /** Number of the object that is being read. A key whose `seen` is equal to it is a duplicate. */
  private serial = 0;

  /** Releases the columns of the last row. */
  releaseRows(): void {
    this.columns = [];
  }

  /** Starts a row. */
  begin(scanner: JsonScanner, columns: readonly AnyColumn[], row: number): void {
    this.scanner = scanner;
    this.columns = columns;
    this.row = row;
  }

  /** At an opening brace: reads the members that have buffers and moves past the object. The last of equal keys wins. */
  readMembers(keys: Keys): void {
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
        if (node.seen === serial) this.clearKey(node);
        node.seen = serial;
        this.markLists(node, node.begins);
        this.readValue(node, c);
        this.markLists(node, node.ends);
      }
      c = scanner.peek();
      if (c === CLOSE_BRACE) break;
      scanner.expect(COMMA);
      c = scanner.peek();
    }
    scanner.closeNames(names);
    scanner.pos++;
  }

  /** Reads the copies of a value and of the members below it, and moves past it. */
  readValue(node: KeyNode, c: number): void {
    const { scanner } = this;
    const from = scanner.pos;
    if (c !== LETTER_N) this.readCopies(node, c);
    if (node.children !== null && c === OPEN_BRACE) {
      scanner.pos = from;
      this.readMembers(node.children);
    }
    if (node.each !== null) {
      scanner.pos = from;
      this.readElements(node.each, c);
    } else if (scanner.pos === from) scanner.skip();
  }

  /** Reads the copies of a value that is not null. */
  readCopies({ copies }: KeyNode, c: number): void {
    const { scanner } = this;
    const from = scanner.pos;
    for (let i = 0; i < copies.length; i++) {
      const { column, read } = copies[i];
      scanner.pos = from;
      read(scanner, this.columns[column], this.row, c);
    }
  }

  /** Reads every element of a list, or the value itself if it is not a list. */
  private readElements(node: KeyNode, c: number): void {
    const { scanner } = this;
    if (c !== OPEN_BRACKET) {
      this.readValue(node, c);
      return;
    }
    scanner.pos++;
    let first = scanner.peek();
    if (first !== CLOSE_BRACKET) {
      for (;;) {
        this.readValue(node, first);
        if (scanner.peek() === CLOSE_BRACKET) break;
        scanner.expect(COMMA);
        first = scanner.peek();
      }
    }
    scanner.pos++;
  }

  /** Records where the values of a key begin or end in its lists, in case the key occurs again. */
  private markLists({ lists }: KeyNode, elements: number[]): void {
    for (let i = 0; i < lists.length; i++) elements[i] = (this.columns[lists[i]] as ListColumn).elements;
  }

  /** Clears what an earlier, equal key wrote. */
  private clearKey(node: KeyNode): void {
    const { lists, begins, ends } = node;
    for (let i = 0; i < lists.length; i++) {
      const { child } = this.columns[lists[i]] as ListColumn;
      for (let at = begins[i]; at < ends[i]; at++) child.clear(at);
    }
    this.clearValues(node);
  }

  /** Clears all columns except lists, which also hold elements of other keys. Below `each` there are only lists. */
  private clearValues(node: KeyNode): void {
    const { copies, lists } = node;
    for (const { column } of copies) if (!lists.includes(column)) this.columns[column].truncate(this.row);
    if (node.children !== null) for (const child of node.children.nodes) this.clearValues(child);
  }
}
