/**
 * The levels of a leaf (Parquet format, "Nested Encoding"): a leaf has one slot for each row, for each element of a
 * list, or for a null or empty value on the path to it. Each slot has a definition level and, in lists, a repetition
 * level.
 */
import type { AnyColumn, ListColumn } from '../columnar/nested.js';
import type { Leaf, Step } from './leaves.js';
import { SCRATCH, scratch } from './scratch.js';

/** The slots of a leaf in a range of rows. The arrays are valid until the next leaf. */
export interface Slots {
  /** Number of slots; without lists, of rows. */
  count: number;
  /** Row numbers in the leaf's buffer of those slots that have a value. */
  positions: Int32Array;
  /** Number of values. */
  values: number;
  levels:
    | { kind: 'equal'; level: number }
    /** `level`, or one less where a validity bit is 0; `from` is the row of the first slot. */
    | { kind: 'bitmap'; level: number; bitmap: Uint8Array; from: number }
    | { kind: 'each'; definition: Int32Array; repetition: Int32Array | undefined };
}

/** The slots of a leaf for the rows `from` up to, but not including, `to`. */
export function slotsOf(leaf: Leaf, from: number, to: number): Slots {
  const rows = to - from;
  const positions = scratch(SCRATCH.positions, rows);
  let level = 0;
  for (const { kind, optional, column } of leaf.steps) {
    // As long as all rows are alike, they need no separate levels.
    if (kind === 'absent' || (column !== undefined && optional && column.nulls === column.length))
      return { count: rows, positions, values: 0, levels: { kind: 'equal', level } };
    if (column !== undefined && (kind === 'struct' || kind === 'list')) break;
    if (optional) level++;
  }
  const last = leaf.steps[leaf.steps.length - 1];
  if (leaf.maxRepetition > 0 || leaf.steps.some(({ kind }) => kind === 'struct')) return nested(leaf, from, rows);
  const column = last.column as AnyColumn;
  if (column.nulls === 0) {
    for (let i = 0; i < rows; i++) positions[i] = from + i;
    return { count: rows, positions, values: rows, levels: { kind: 'equal', level } };
  }
  const values = presentRows(column.validity, from, to, positions);
  if (last.optional)
    return { count: rows, positions, values, levels: { kind: 'bitmap', level, bitmap: column.validity, from } };
  if (values < rows) throw missingValue(leaf);
  return { count: rows, positions, values, levels: { kind: 'equal', level } };
}

/** Writes the numbers of the rows that have a value, and returns how many there are. */
function presentRows(validity: Uint8Array, from: number, to: number, out: Int32Array): number {
  let count = 0;
  for (let row = from; row < to; ) {
    const byte = validity[row >> 3];
    if ((row & 7) === 0 && row + 8 <= to && (byte === 0 || byte === 255)) {
      if (byte === 255) for (let i = 0; i < 8; i++) out[count++] = row + i;
      row += 8;
    } else {
      if (byte & (1 << (row & 7))) out[count++] = row;
      row++;
    }
  }
  return count;
}

/** The slots at a step; a slot with position -1 is already null or empty. */
interface Walk {
  count: number;
  definition: Int32Array;
  repetition: Int32Array;
  positions: Int32Array;
}

function nested(leaf: Leaf, from: number, rows: number): Slots {
  let walk = arraysFor(0, rows);
  for (let i = 0; i < rows; i++) walk.positions[i] = from + i;
  walk.definition.fill(0, 0, rows);
  walk.repetition.fill(0, 0, rows);
  let depth = 0;
  for (const step of leaf.steps) {
    enter(leaf, step, walk);
    if (step.kind === 'list') walk = elementsOf(step.column as ListColumn, walk, ++depth);
  }
  const { count, definition } = walk;
  const repetition = leaf.maxRepetition === 0 ? undefined : walk.repetition;
  const positions = walk.positions;
  let values = 0;
  for (let i = 0; i < count; i++) if (positions[i] >= 0) positions[values++] = positions[i];
  return { count, positions, values, levels: { kind: 'each', definition, repetition } };
}

/** Steps from a parent into one of its fields. */
function enter(leaf: Leaf, { kind, optional, column }: Step, { count, definition, positions }: Walk): void {
  if (kind === 'absent') {
    positions.fill(-1, 0, count);
    return;
  }
  const validity = column === undefined || column.nulls === 0 ? undefined : column.validity;
  for (let i = 0; i < count; i++) {
    const at = positions[i];
    if (at < 0) continue;
    if (validity === undefined || validity[at >> 3] & (1 << (at & 7))) {
      if (optional) definition[i]++;
    } else {
      if (!optional) throw missingValue(leaf);
      positions[i] = -1;
    }
  }
}

/** Steps from lists to their elements. */
function elementsOf({ offsets }: ListColumn, lists: Walk, depth: number): Walk {
  let count = 0;
  for (let i = 0; i < lists.count; i++) {
    const at = lists.positions[i];
    count += at < 0 ? 1 : Math.max(1, offsets[at + 1] - offsets[at]);
  }
  const walk = arraysFor(depth, count);
  const { definition, repetition, positions } = walk;
  let slot = 0;
  for (let i = 0; i < lists.count; i++) {
    const at = lists.positions[i];
    const level = lists.definition[i];
    const end = at < 0 ? 0 : offsets[at + 1];
    const first = at < 0 ? 0 : offsets[at];
    repetition[slot] = lists.repetition[i];
    if (first >= end) {
      definition[slot] = level;
      positions[slot++] = -1;
      continue;
    }
    for (let element = first; element < end; element++, slot++) {
      if (element > first) repetition[slot] = depth;
      definition[slot] = level + 1;
      positions[slot] = element;
    }
  }
  return walk;
}

function arraysFor(depth: number, count: number): Walk {
  const use = SCRATCH.levels + 3 * depth;
  const [definition, repetition, positions] = [use, use + 1, use + 2].map((each) => scratch(each, count));
  return { count, definition, repetition, positions };
}

function missingValue({ path }: Leaf): Error {
  return new Error(`the column ${path.join('.')} is required, but a row has no value`);
}
