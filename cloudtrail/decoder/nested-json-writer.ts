/** Writes members that have no column into one JSON object, nested as in the record, while the record is read. */
import type { StringColumn } from '../../columnar/string-column.js';
import type { KeyNode } from './key-trie.js';
import { portableJson } from './portable-json.js';

/** Shorter ranges are copied faster in a loop than by creating a view for the engine's memmove. */
const MEMMOVE_BYTES = 48;
const COMMA = 44;
const OPEN = 123;
const CLOSE = 125;

/** Collects members of one record. Members must be added in the order of the record. */
export class NestedJsonWriter {
  private bytes = new Uint8Array(1024);
  private end = 0;
  /** Objects that are open in the output, outermost first, without the root. */
  private readonly open: KeyNode[] = [];
  private first = true;

  reset(): void {
    this.end = 0;
    this.open.length = 0;
  }

  /** Adds a member of the object `parent` (null: the record itself); `key` includes its quotes. */
  add(
    parent: KeyNode | null,
    key: Uint8Array,
    keyFrom: number,
    keyTo: number,
    value: Uint8Array,
    from: number,
    to: number,
  ): void {
    this.enter(parent);
    this.comma();
    this.copy(key, keyFrom, keyTo);
    if (key[keyTo - 1] !== 58) this.byte(58);
    this.copy(value, from, to);
  }

  /**
   * Ends the object and copies it into `row`; writes nothing if it has no members.
   * @param suspect whether JSON functions may reject something in the record; it is then changed where necessary
   * @returns whether the text was changed
   */
  finish(column: StringColumn, row: number, suspect: boolean): boolean {
    if (this.end === 0) return false;
    for (let i = this.open.length; i >= 0; i--) this.byte(CLOSE);
    const changed = suspect ? portableJson(this.bytes, 0, this.end) : undefined;
    if (changed === undefined) column.append(this.bytes, 0, this.end, row);
    else column.append(changed, 0, changed.length, row);
    return changed !== undefined;
  }

  private enter(parent: KeyNode | null): void {
    if (this.end === 0) {
      this.byte(OPEN);
      this.first = true;
    }
    let depth = 0;
    for (let node = parent; node !== null; node = node.parent) depth++;
    while (this.open.length > depth || (this.open.length > 0 && !isWithin(parent, this.open[this.open.length - 1]))) {
      this.byte(CLOSE);
      this.open.pop();
      this.first = false;
    }
    if (this.open.length < depth) this.openUpTo(parent as KeyNode);
  }

  private openUpTo(node: KeyNode): void {
    if (this.open[this.open.length - 1] === node) return;
    if (node.parent !== null) this.openUpTo(node.parent);
    this.comma();
    this.copy(node.quoted, 0, node.quoted.length);
    this.byte(OPEN);
    this.first = true;
    this.open.push(node);
  }

  private comma(): void {
    if (!this.first) this.byte(COMMA);
    this.first = false;
  }

  private byte(value: number): void {
    if (this.end === this.bytes.length) this.reserve(this.end + 1);
    this.bytes[this.end++] = value;
  }

  private copy(source: Uint8Array, from: number, to: number): void {
    const size = to - from;
    if (this.end + size > this.bytes.length) this.reserve(this.end + size);
    const { bytes, end } = this;
    if (size < MEMMOVE_BYTES) for (let i = from, j = end; i < to; ) bytes[j++] = source[i++];
    else bytes.set(source.subarray(from, to), end);
    this.end = end + size;
  }

  private reserve(total: number): void {
    const larger = new Uint8Array(Math.max(total, this.bytes.length * 2));
    larger.set(this.bytes);
    this.bytes = larger;
  }
}

function isWithin(node: KeyNode | null, ancestor: KeyNode): boolean {
  for (let at = node; at !== null; at = at.parent) if (at === ancestor) return true;
  return false;
}
