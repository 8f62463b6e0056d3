/** The order of rows: by the values of some columns, ascending, nulls first (Iceberg spec, "Sorting"). */
import { hasValue, type Vector } from '../columnar/vectors.js';
import type { IcebergType, Schema, StructType } from '../iceberg/types.js';

/** Where a sort column is: the index of the column, then of the member of each struct. */
export type KeyPath = readonly number[];

/** Returns where the columns are. Those that the table does not have, and lists and structs, have no order and are left out. */
export function keyPathsOf(schema: Schema, columns: readonly string[]): KeyPath[] {
  return columns.flatMap((column) => {
    const path: number[] = [];
    let type: IcebergType | undefined = schema;
    for (const name of column.split('.')) {
      const fields: StructType['fields'] = typeof type === 'object' && type.type === 'struct' ? type.fields : [];
      const index = fields.findIndex((field) => field.name === name);
      path.push(index);
      type = fields[index]?.type;
    }
    return typeof type === 'string' ? [path] : [];
  });
}

/** The sort columns of a batch; `undefined` for a column whose rows are all null. */
export type Keys = readonly (Vector | undefined)[];

/** Returns the sort columns of a batch. */
export function keysOf(columns: readonly (Vector | undefined)[], paths: readonly KeyPath[]): Keys {
  return paths.map(([first, ...members]) => {
    let vector = columns[first];
    for (const member of members) vector = vector?.kind === 'struct' ? vector.children[member] : undefined;
    return vector;
  });
}

/** Compares a row of a batch with one of another batch, or of the same one. */
export function compareRows(one: Keys, oneRow: number, two: Keys, twoRow: number): number {
  for (let key = 0; key < one.length; key++) {
    const order = compareValues(one[key], oneRow, two[key], twoRow);
    if (order !== 0) return order;
  }
  return 0;
}

function compareValues(one: Vector | undefined, oneRow: number, two: Vector | undefined, twoRow: number): number {
  const a = one !== undefined && hasValue(one, oneRow) ? one : undefined;
  const b = two !== undefined && hasValue(two, twoRow) ? two : undefined;
  if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  if (a.kind === 'string' && b.kind === 'string') {
    const { data: aData, offsets: aOffsets } = a;
    const { data: bData, offsets: bOffsets } = b;
    let i = aOffsets[oneRow];
    let j = bOffsets[twoRow];
    const aEnd = aOffsets[oneRow + 1];
    const bEnd = bOffsets[twoRow + 1];
    for (; i < aEnd && j < bEnd; i++, j++) if (aData[i] !== bData[j]) return aData[i] - bData[j];
    return aEnd - i - (bEnd - j);
  }
  if (a.kind === 'long' && b.kind === 'long') {
    const high = a.words[2 * oneRow + 1] - b.words[2 * twoRow + 1];
    return high !== 0 ? high : (a.words[2 * oneRow] >>> 0) - (b.words[2 * twoRow] >>> 0);
  }
  return compareNumbers(numberOf(a, oneRow), numberOf(b, twoRow));
}

/** Integers beyond 2^53 only meet others of the same kind, and are compared above. */
function numberOf(vector: Vector, row: number): number {
  switch (vector.kind) {
    case 'boolean':
      return (vector.bits[row >> 3] >> (row & 7)) & 1;
    case 'int':
    case 'double':
      return vector.values[row];
    case 'long':
      return vector.words[2 * row + 1] * 2 ** 32 + (vector.words[2 * row] >>> 0);
    default:
      throw new Error(`a ${vector.kind} has no order`);
  }
}

/** NaN is larger than all numbers, and -0 smaller than 0, as in Iceberg's Java writers. */
function compareNumbers(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (Object.is(a, b)) return 0;
  if (Number.isNaN(a)) return 1;
  if (Number.isNaN(b)) return -1;
  return Object.is(a, -0) ? -1 : Object.is(b, -0) ? 1 : 0;
}

/**
 * The codes of a sort column's values over all batches: comparing two codes is comparing two values. So sorting compares small
 * numbers, and each distinct text only with others.
 */
export function sortRows(
  batches: readonly { keys: Keys }[],
  picks: { batches: Uint32Array; rows: Uint32Array },
): Uint32Array {
  const count = picks.rows.length;
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  const codes = (batches[0]?.keys ?? []).map((_, key) =>
    codesOf(
      batches.map(({ keys }) => keys[key]),
      picks,
    ),
  );
  // Rows that are equal stay in the order in which they were read.
  return order.sort((a, b) => {
    for (const code of codes) if (code[a] !== code[b]) return code[a] - code[b];
    return a - b;
  });
}

function codesOf(
  vectors: readonly (Vector | undefined)[],
  { batches, rows }: { batches: Uint32Array; rows: Uint32Array },
): Float64Array {
  const codes = new Float64Array(rows.length);
  if (vectors.some((vector) => vector?.kind === 'string' || vector?.kind === 'double' || isWide(vector))) {
    // One entry for each distinct value. Latin-1 keeps the order of bytes, and makes them a string that Map can look up.
    const places = new Map<string, number>();
    const examples: { vector: Vector; row: number }[] = [];
    const placeOf = new Int32Array(rows.length).fill(-1);
    for (let i = 0; i < rows.length; i++) {
      const vector = vectors[batches[i]];
      if (vector === undefined || !hasValue(vector, rows[i])) continue;
      const name = nameOf(vector, rows[i]);
      let place = places.get(name);
      if (place === undefined) {
        place = examples.push({ vector, row: rows[i] }) - 1;
        places.set(name, place);
      }
      placeOf[i] = place;
    }
    const inOrder = examples.map((_, place) => place);
    inOrder.sort((a, b) => compareValues(examples[a].vector, examples[a].row, examples[b].vector, examples[b].row));
    const rank = new Float64Array(examples.length);
    inOrder.forEach((place, index) => {
      rank[place] = index;
    });
    for (let i = 0; i < rows.length; i++) codes[i] = placeOf[i] < 0 ? -1 : rank[placeOf[i]];
    return codes;
  }
  for (let i = 0; i < rows.length; i++) {
    const vector = vectors[batches[i]];
    codes[i] =
      vector === undefined || !hasValue(vector, rows[i]) ? Number.NEGATIVE_INFINITY : numberOf(vector, rows[i]);
  }
  return codes;
}

/** Whether the vector has integers that a double does not represent exactly. */
function isWide(vector: Vector | undefined): boolean {
  if (vector?.kind !== 'long') return false;
  const { words } = vector;
  for (let i = 1; i < words.length; i += 2) if (words[i] < -(2 ** 20) || words[i] >= 2 ** 20) return true;
  return false;
}

function nameOf(vector: Vector, row: number): string {
  if (vector.kind === 'string') {
    const { data, offsets } = vector;
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString(
      'latin1',
      offsets[row],
      offsets[row + 1],
    );
  }
  if (vector.kind === 'long') return `${vector.words[2 * row + 1]},${vector.words[2 * row]}`;
  const value = numberOf(vector, row);
  return Object.is(value, -0) ? '-0' : String(value);
}
