/** The types of derived columns, and helpers to write their values. */
import type { AnyColumn, ListColumn } from '../../columnar/nested.js';
import type { StringColumn } from '../../columnar/string-column.js';
import { sameWords, type Text } from '../../columnar/words.js';
import type { Enrichment } from '../enrichment.js';
import { hasValue } from './known-value.js';

/** A small function of a few input values. */
export interface Computed {
  /** Names of columns, or of hidden inputs. */
  inputs: readonly string[];
  /** Writes the value of `row`; writing nothing means null. */
  run(inputs: readonly AnyColumn[], out: AnyColumn, row: number): void;
}

/**
 * A function of the text of one column. It is called at most once per row, however many columns use the result, and results
 * for recent texts are cached.
 */
export interface Lookup<Result> {
  /** Name of a text column. */
  input: string;
  /** Creates the function; undefined if its database is not configured. */
  bind(enrichment: Enrichment): ((text: string) => Result | undefined) | undefined;
  /** The result if the column has no value. */
  absent?: Result;
}

/** A column that is written from the result of a lookup. */
export interface LookupColumn<Result> {
  /** The input of the lookup, then `more`. */
  inputs: readonly string[];
  lookup: Lookup<Result>;
  /** Names of direct columns or hidden inputs that `write` reads besides the result. */
  more: readonly string[];
  /** Writes one part of the result; writing nothing means null. */
  write(result: Result, out: AnyColumn, row: number, more: readonly AnyColumn[]): void;
}

/** How a derived column is computed. */
// biome-ignore lint/suspicious/noExplicitAny: a table has lookups with different result types
export type Derivation = Computed | LookupColumn<any>;

/** Creates a derivation that is written from the result of a lookup and from the columns `more`. */
export function fromLookup<Result>(
  lookup: Lookup<Result>,
  write: LookupColumn<Result>['write'],
  more: readonly string[] = [],
): LookupColumn<Result> {
  return { inputs: [lookup.input, ...more], lookup, more, write };
}

/** The text of a row; `undefined` if it has none. */
export function columnText(column: AnyColumn, row: number): string | undefined {
  return column.has(row) ? (column as StringColumn).text(row) : undefined;
}

/** Whether the text of a row is exactly this one. */
export function isText(column: AnyColumn, row: number, text: Text): boolean {
  if (!column.has(row)) return false;
  const { words, offsets } = column as StringColumn;
  return text.equals(words, offsets[row], offsets[row + 1]);
}

/** Whether the text of a row begins with this one. */
export function startsWith(column: AnyColumn, row: number, beginning: Text): boolean {
  if (!column.has(row)) return false;
  const { words, offsets } = column as StringColumn;
  const from = offsets[row];
  const { length } = beginning;
  return from + length <= offsets[row + 1] && sameWords(beginning.words, 0, words, from, length);
}

/** Whether the column has a text of at least one byte in this row. */
export function hasBytes(column: AnyColumn, row: number): boolean {
  return column.has(row) && (column as StringColumn).offsets[row] < (column as StringColumn).offsets[row + 1];
}

/** Writes a text into a text column; nothing for `undefined`. */
export function appendText(out: AnyColumn, value: Text | undefined, row: number): void {
  if (value !== undefined) (out as StringColumn).appendWords(value.words, 0, value.length, row);
}

/** Copies the text of a row into another column. The row must have one. */
export function copyText(from: AnyColumn, out: AnyColumn, row: number): void {
  const { words, offsets } = from as StringColumn;
  (out as StringColumn).appendWords(words, offsets[row], offsets[row + 1], row);
}

/** Writes a list of texts. */
export function appendList(out: AnyColumn, values: readonly Text[], row: number): void {
  const list = out as ListColumn<StringColumn>;
  list.open(row);
  for (const value of values) {
    list.child.appendWords(value.words, 0, value.length, list.elements);
    list.closeElement(row);
  }
}

/** From this many texts on, duplicates are found with a set: one record may have a million texts. */
const LARGE_LIST = 64;
/** The texts of the list that was last appended to, as Latin-1: one character per byte. */
const largeList = { list: undefined as unknown, row: -1, texts: new Set<string>() };

/** Whether the text is not yet in the list of `row`; the caller must then append it. */
function isNew(list: ListColumn<StringColumn>, row: number, words: DataView, from: number, to: number): boolean {
  const { child: texts, elements, offsets } = list;
  const count = elements - offsets[row];
  // Rebuild the set when the list becomes large: a rejected record may have used the same row.
  if (count === LARGE_LIST || largeList.list !== list || largeList.row !== row || largeList.texts.size !== count) {
    largeList.list = list;
    largeList.row = row;
    largeList.texts = new Set();
    for (let at = offsets[row]; at < elements; at++)
      largeList.texts.add(texts.data.toString('latin1', texts.offsets[at], texts.offsets[at + 1]));
  }
  const text = Buffer.from(words.buffer, words.byteOffset + from, to - from).toString('latin1');
  if (largeList.texts.has(text)) return false;
  largeList.texts.add(text);
  return true;
}

/**
 * Appends a text to the list of `row`, unless it already contains it. The first text opens the list.
 * @param words of a Text or a column: see `StringColumn.appendWords`
 */
export function addDistinct(out: AnyColumn, row: number, words: DataView, from: number, to: number): void {
  const list = out as ListColumn<StringColumn>;
  if (!list.has(row)) list.open(row);
  const texts = list.child;
  if (list.elements - list.offsets[row] >= LARGE_LIST) {
    if (!isNew(list, row, words, from, to)) return;
  } else {
    const size = to - from;
    for (let at = list.offsets[row]; at < list.elements; at++) {
      const start = texts.offsets[at];
      if (texts.offsets[at + 1] - start === size && sameWords(texts.words, start, words, from, size)) return;
    }
  }
  texts.appendWords(words, from, to, list.elements);
  list.closeElement(row);
}

/** Adds the text of a column to the list of `row`. The column must have one. */
export function addText(out: AnyColumn, column: AnyColumn, row: number): void {
  const { words, offsets } = column as StringColumn;
  addDistinct(out, row, words, offsets[row], offsets[row + 1]);
}

/** Writes the list of distinct values of these text columns, in this order; nothing if none has a value. */
export function appendDistinct(out: AnyColumn, columns: readonly AnyColumn[], row: number): void {
  for (let i = 0; i < columns.length; i++) if (hasValue(columns[i], row)) addText(out, columns[i], row);
}
