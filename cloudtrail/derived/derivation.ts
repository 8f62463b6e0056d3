/** What a derived column is, and what its functions write with. */
import type { AnyColumn, ListColumn, StringColumn } from '../../columnar/columns.js';
import type { Enrichment } from '../enrichment.js';
import { sameBytes } from './bytes.js';

/** A small function over the few values that it needs. */
export interface Computed {
  /** Names of columns, or peeked paths of the record. Of derived columns those that are looked up, and those computed from no derived column. */
  inputs: readonly string[];
  /** Writes the value of `row`; writing nothing means null. */
  run(inputs: readonly AnyColumn[], out: AnyColumn, row: number): void;
}

/**
 * A question about the text of one column. It is asked once a row, however many columns use the answer, and the answers
 * to the texts of late are kept.
 */
export interface Question<Answer> {
  /** Name of a direct column of texts, or of a derived one that is computed from direct ones. */
  input: string;
  /** Makes the function that answers; undefined when nothing could be answered. */
  bind(enrichment: Enrichment): ((text: string) => Answer | undefined) | undefined;
  /** The answer where the column has no value. */
  absent?: Answer;
}

/** A column that is a part of an answer. */
export interface LookedUp<Answer> {
  /** The question's. */
  inputs: readonly string[];
  question: Question<Answer>;
  /** Writes a part of the answer; writing nothing means null. */
  write(answer: Answer, out: AnyColumn, row: number): void;
}

// biome-ignore lint/suspicious/noExplicitAny: a table holds derivations of all kinds of answers
export type Derivation = Computed | LookedUp<any>;

export function lookedUp<Answer>(question: Question<Answer>, write: LookedUp<Answer>['write']): LookedUp<Answer> {
  return { inputs: [question.input], question, write };
}

export function textOf(column: AnyColumn, row: number): string | undefined {
  return column.has(row) ? (column as StringColumn).text(row) : undefined;
}

export function isText(column: AnyColumn, row: number, text: Uint8Array): boolean {
  if (!column.has(row)) return false;
  const { data, offsets } = column as StringColumn;
  return sameBytes(text, 0, text.length, data, offsets[row], offsets[row + 1]);
}

export function appendBytes(out: AnyColumn, value: Uint8Array | undefined, row: number): void {
  if (value !== undefined) (out as StringColumn).append(value, 0, value.length, row);
}

export function copyText(from: AnyColumn, out: AnyColumn, row: number): void {
  const { data, offsets } = from as StringColumn;
  (out as StringColumn).append(data, offsets[row], offsets[row + 1], row);
}

export function appendList(out: AnyColumn, values: readonly Uint8Array[], row: number): void {
  const list = out as ListColumn<StringColumn>;
  list.open(row);
  for (const value of values) {
    list.child.append(value, 0, value.length, list.elements);
    list.closeElement(row);
  }
}

/** Writes the list of the distinct texts that these columns have, in their order; nothing when they have none. */
export function appendDistinct(
  out: AnyColumn,
  columns: readonly AnyColumn[],
  row: number,
  accepts?: (column: AnyColumn, index: number) => boolean,
): void {
  const list = out as ListColumn<StringColumn>;
  const texts = list.child;
  let first = -1;
  for (let index = 0; index < columns.length; index++) {
    const column = columns[index];
    if (!column.has(row) || (accepts && !accepts(column, index))) continue;
    if (first < 0) {
      list.open(row);
      first = list.elements;
    }
    const { data, offsets } = column as StringColumn;
    let at = first;
    for (; at < list.elements; at++)
      if (sameBytes(texts.data, texts.offsets[at], texts.offsets[at + 1], data, offsets[row], offsets[row + 1])) break;
    if (at < list.elements) continue;
    texts.append(data, offsets[row], offsets[row + 1], at);
    list.closeElement(row);
  }
}
