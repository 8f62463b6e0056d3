/** Copies chosen rows of batches to column buffers: column by column, so that a column of nulls costs nothing. */
import { BooleanColumn, DoubleColumn, IntColumn, LongColumn } from './columns.js';
import { type AnyColumn, ListColumn, StructColumn } from './nested.js';
import { StringColumn } from './string-column.js';
import { hasValue, type Vector } from './vectors.js';
import { NO_WORDS, WORD_SLACK } from './words.js';

/** Rows of batches, in a new order. */
export interface Picks {
  /** For each pick, the number of its batch. */
  batches: Uint32Array;
  /** For each pick, its row in the batch. */
  rows: Uint32Array;
}

/** A column of several batches; `undefined` for a batch in which all of its rows are null. */
type Vectors = readonly (Vector | undefined)[];

/**
 * Copies the picks `from` up to, but not including, `to` of one column to the rows of a buffer from `at` on. Null rows
 * are skipped: the buffer's next value, or `finish`, fills them.
 */
export function gather(vectors: Vectors, picks: Picks, from: number, to: number, column: AnyColumn, at: number): void {
  if (vectors.every((vector) => vector === undefined)) return;
  if (column instanceof StringColumn) gatherStrings(vectors, picks, from, to, column, at);
  else if (column instanceof LongColumn) gatherLongs(vectors, picks, from, to, column, at);
  else if (column instanceof StructColumn) gatherStructs(vectors, picks, from, to, column, at);
  else if (column instanceof ListColumn) gatherLists(vectors, picks, from, to, column, at);
  else gatherNumbers(vectors, picks, from, to, column, at);
}

function mismatch({ kind }: Vector, column: AnyColumn): Error {
  return new Error(`a ${kind} cannot be copied to a ${column.constructor.name}`);
}

const NO_OFFSETS: Int32Array = new Int32Array(0);
const NO_BYTES: Uint8Array = new Uint8Array(0);

function gatherStrings(
  vectors: Vectors,
  { batches, rows }: Picks,
  from: number,
  to: number,
  column: StringColumn,
  at: number,
): void {
  let batch = -1;
  let vector: Vector | undefined;
  let validity: Uint8Array | undefined;
  let offsets = NO_OFFSETS;
  let data = NO_BYTES;
  let words = NO_WORDS;
  let last = 0;
  for (let i = from; i < to; i++) {
    if (batches[i] !== batch) {
      batch = batches[i];
      vector = vectors[batch];
      if (vector !== undefined) {
        if (vector.kind !== 'string') throw mismatch(vector, column);
        ({ validity, offsets, data, words } = vector);
        last = words.byteLength - WORD_SLACK;
      }
    }
    if (vector === undefined) continue;
    const row = rows[i];
    if (validity !== undefined && (validity[row >> 3] & (1 << (row & 7))) === 0) continue;
    const end = offsets[row + 1];
    if (end <= last) column.appendWords(words, offsets[row], end, at + i - from);
    else column.append(data, offsets[row], end, at + i - from);
  }
}

const TWO_TO_32 = 2 ** 32;
/** The high words of integers that a double represents exactly are between this and its negative. */
const SAFE_HIGH = 2 ** 20;

/** A file that was written before a column became wider has 32-bit integers. */
function gatherLongs(
  vectors: Vectors,
  { batches, rows }: Picks,
  from: number,
  to: number,
  column: LongColumn,
  at: number,
): void {
  for (let i = from; i < to; i++) {
    const vector = vectors[batches[i]];
    const row = rows[i];
    if (vector === undefined || !hasValue(vector, row)) continue;
    if (vector.kind === 'int') {
      column.append(vector.values[row], at + i - from);
      continue;
    }
    if (vector.kind !== 'long') throw mismatch(vector, column);
    const low = vector.words[2 * row] >>> 0;
    const high = vector.words[2 * row + 1];
    if (high >= -SAFE_HIGH && high < SAFE_HIGH) column.append(high * TWO_TO_32 + low, at + i - from);
    else column.appendExact((BigInt(high) << 32n) | BigInt(low), at + i - from);
  }
}

function gatherNumbers(
  vectors: Vectors,
  { batches, rows }: Picks,
  from: number,
  to: number,
  column: BooleanColumn | IntColumn | DoubleColumn,
  at: number,
): void {
  for (let i = from; i < to; i++) {
    const vector = vectors[batches[i]];
    const row = rows[i];
    if (vector === undefined || !hasValue(vector, row)) continue;
    if (vector.kind === 'boolean' && column instanceof BooleanColumn)
      column.append((vector.bits[row >> 3] & (1 << (row & 7))) !== 0, at + i - from);
    else if (vector.kind === 'int' && column instanceof IntColumn) column.append(vector.values[row], at + i - from);
    else if (vector.kind === 'double' && column instanceof DoubleColumn)
      column.append(vector.values[row], at + i - from);
    else throw mismatch(vector, column);
  }
}

function gatherStructs(
  vectors: Vectors,
  picks: Picks,
  from: number,
  to: number,
  column: StructColumn,
  at: number,
): void {
  const { batches, rows } = picks;
  for (let i = from; i < to; i++) {
    const vector = vectors[batches[i]];
    if (vector !== undefined && hasValue(vector, rows[i])) column.open(at + i - from);
  }
  column.children.forEach((child, index) => {
    const members = vectors.map((vector) => {
      if (vector !== undefined && vector.kind !== 'struct') throw mismatch(vector, column);
      return vector?.children[index];
    });
    gather(members, picks, from, to, child, at);
  });
}

function gatherLists(
  vectors: Vectors,
  { batches, rows }: Picks,
  from: number,
  to: number,
  column: ListColumn,
  at: number,
): void {
  const children = vectors.map((vector) => {
    if (vector !== undefined && vector.kind !== 'list') throw mismatch(vector, column);
    return vector;
  });
  let count = 0;
  for (let i = from; i < to; i++) {
    const offsets = children[batches[i]]?.offsets;
    if (offsets !== undefined) count += offsets[rows[i] + 1] - offsets[rows[i]];
  }
  const elements: Picks = { batches: new Uint32Array(count), rows: new Uint32Array(count) };
  const first = column.elements;
  let next = 0;
  for (let i = from; i < to; i++) {
    const vector = children[batches[i]];
    const row = rows[i];
    if (vector === undefined || !hasValue(vector, row)) continue;
    column.open(at + i - from);
    for (let element = vector.offsets[row]; element < vector.offsets[row + 1]; element++) {
      elements.batches[next] = batches[i];
      elements.rows[next++] = element;
      column.closeElement(at + i - from);
    }
  }
  const ofElements = children.map((vector) => vector?.child);
  if (next > 0) gather(ofElements, elements, 0, next, column.child, first);
}
