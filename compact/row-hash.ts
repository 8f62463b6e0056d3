/**
 * Hashes of rows over all of their columns, and sums of them that do not depend on the order of rows: equal multisets of rows
 * have equal sums, and others have different sums, except with a probability of about 2^-64. This is no protection against
 * forgery: it finds mistakes.
 */
import type { StringVector, Vector } from '../columnar/vectors.js';
import type { IcebergType, StructType } from '../iceberg/types.js';

/** The sum of the hashes of rows. Structured-cloneable. */
export interface RowSum {
  rows: number;
  /** Two sums modulo 2^32. */
  one: number;
  two: number;
}

/** The sum of no rows. */
export const noRows = (): RowSum => ({ rows: 0, one: 0, two: 0 });

/** Adds a sum to another. */
export function addSum(to: RowSum, { rows, one, two }: RowSum): void {
  to.rows += rows;
  to.one = (to.one + one) >>> 0;
  to.two = (to.two + two) >>> 0;
}

/** Whether both are sums of the same rows. */
export function sameSum(a: RowSum, b: RowSum): boolean {
  return a.rows === b.rows && a.one === b.one && a.two === b.two;
}

/** Two 32-bit hashes of each of some values. */
interface Hashes {
  one: Int32Array;
  two: Int32Array;
}

/**
 * The sum of the rows of a batch.
 * @param vectors the columns, in the order of the schema
 * @param isDeleted rows to leave out
 */
export function sumOf(
  schema: StructType,
  vectors: readonly (Vector | undefined)[],
  rows: number,
  isDeleted?: (row: number) => boolean,
): RowSum {
  const hashes = { one: new Int32Array(rows), two: new Int32Array(rows) };
  addMembers(schema, vectors, rows, hashes);
  const sum = noRows();
  for (let row = 0; row < rows; row++) {
    if (isDeleted?.(row)) continue;
    sum.rows++;
    sum.one = (sum.one + finish(hashes.one[row])) >>> 0;
    sum.two = (sum.two + finish(hashes.two[row])) >>> 0;
  }
  return sum;
}

function addMembers(
  { fields }: StructType,
  vectors: readonly (Vector | undefined)[],
  rows: number,
  hashes: Hashes,
): void {
  fields.forEach(({ id, type }, index) => {
    const vector = vectors[index];
    if (vector !== undefined) add(id, type, vector, rows, hashes);
  });
}

/** Mixes the values of a column into the hashes of their rows. Nulls change nothing, so a column that a file lacks is null. */
function add(id: number, type: IcebergType, vector: Vector, rows: number, hashes: Hashes): void {
  const { one, two } = hashes;
  const { validity } = vector;
  const seed = Math.imul(id + 1, 0x9e3779b1);
  const mix = (row: number, low: number, high: number): void => {
    one[row] = mixed(one[row] ^ seed ^ low, 0x85ebca6b) ^ high;
    two[row] = mixed(two[row] + seed + high, 0xc2b2ae35) ^ mixed(low, 0x27d4eb2f);
  };
  const has = (row: number): boolean => validity === undefined || (validity[row >> 3] & (1 << (row & 7))) !== 0;
  switch (vector.kind) {
    case 'string':
      addStrings(vector, seed, rows, hashes);
      return;
    case 'boolean':
      for (let row = 0; row < rows; row++) if (has(row)) mix(row, (vector.bits[row >> 3] >> (row & 7)) & 1, 0);
      return;
    case 'int':
      // As a long: the table's type may be wider than the file's.
      for (let row = 0; row < rows; row++) if (has(row)) mix(row, vector.values[row], vector.values[row] >> 31);
      return;
    case 'long':
      for (let row = 0; row < rows; row++) if (has(row)) mix(row, vector.words[2 * row], vector.words[2 * row + 1]);
      return;
    case 'double': {
      const value = new Float64Array(1);
      const words = new Int32Array(value.buffer);
      for (let row = 0; row < rows; row++) {
        if (!has(row)) continue;
        value[0] = vector.values[row];
        mix(row, words[0], words[1]);
      }
      return;
    }
    case 'struct':
      // A struct of nulls is not null.
      for (let row = 0; row < rows; row++) if (has(row)) mix(row, 1, 0);
      addMembers(type as StructType, vector.children, rows, hashes);
      return;
    case 'list': {
      const { offsets, child } = vector;
      const count = offsets[rows];
      const elements: Hashes = { one: new Int32Array(count), two: new Int32Array(count) };
      const of = type as Extract<IcebergType, { type: 'list' }>;
      if (child !== undefined) add(of['element-id'], of.element, child, count, elements);
      for (let row = 0; row < rows; row++) {
        if (!has(row)) continue;
        mix(row, offsets[row + 1] - offsets[row], 0);
        for (let at = offsets[row]; at < offsets[row + 1]; at++) mix(row, elements.one[at], elements.two[at]);
      }
    }
  }
}

function addStrings(
  { validity, offsets, data, words }: StringVector,
  seed: number,
  rows: number,
  { one, two }: Hashes,
): void {
  for (let row = 0; row < rows; row++) {
    if (validity !== undefined && (validity[row >> 3] & (1 << (row & 7))) === 0) continue;
    const end = offsets[row + 1];
    let at = offsets[row];
    let a = one[row] ^ seed;
    let b = two[row] + seed + end - at;
    for (; at + 4 <= end; at += 4) {
      const word = words.getInt32(at, true);
      a = Math.imul(a ^ word, 0x85ebca6b);
      a ^= a >>> 15;
      b = Math.imul(b + word, 0xc2b2ae35);
      b ^= b >>> 13;
    }
    for (; at < end; at++) {
      a = Math.imul(a ^ data[at], 0x01000193);
      b = Math.imul(b + data[at], 0x27d4eb2f);
      b ^= b >>> 15;
    }
    one[row] = mixed(a, 0x9e3779b1);
    two[row] = mixed(b, 0x165667b1);
  }
}

function mixed(hash: number, by: number): number {
  const product = Math.imul(hash ^ (hash >>> 16), by);
  return product ^ (product >>> 15);
}

/** Spreads the bits of a hash (the finalizer of MurmurHash3). */
function finish(hash: number): number {
  return mixed(mixed(hash, 0x85ebca6b), 0xc2b2ae35);
}
