/** The column table as a tree of record keys. */
import type { ColumnType } from '../../iceberg/types.js';
import { type CloudTrailColumn, consumers, type DirectColumn, keysOf } from '../columns/column.js';
import { EACH, isMany, PEEKED_PATHS, type Step, stepsOf } from '../columns/peeked.js';
import { KeyTable } from './key-table.js';
import { readerOf } from './shape.js';
import { LEAF_READERS, readElement, type ValueReader } from './values.js';

/** A column buffer, and how a value gets into it. */
export interface Target {
  column: number;
  read: ValueReader;
}

/**
 * Where a key's value is kept, beside its copies:
 * - `object`: its members are looked at one by one
 * - `text`: in a text column
 * - `json`: in a text column, as delivered
 * - `value`: in a column of another kind
 * - `leftovers`: in `unmapped`, for nothing but copies of it have columns
 */
export type Keeping = 'object' | 'text' | 'json' | 'value' | 'leftovers';

/** Comes before a key: another key, or the beginning of an object. */
export interface Before {
  /** What came next the last time: the keys of records come in much the same order. */
  next: KeyNode | undefined;
}

export interface KeyNode extends Target, Before {
  name: string;
  key: Uint8Array;
  /** The quoted key and its colon, to write it into the leftovers. */
  quoted: Buffer;
  as: Keeping;
  /** What is read without being consumed. */
  copies: Target[];
  /** Is the value read a second time: for copies, or for keys below it that the first reading does not see? */
  again: boolean;
  children: Keys | null;
  /** What is read of each element of a list, or of the value itself where it is no list. */
  each: KeyNode | null;
  /** List columns that are filled from here and from below, and how many elements they had before the value. */
  lists: number[];
  marks: number[];
  parent: KeyNode | null;
  /** Serial number of the decoding, or of the peeked object, in which this key was met last: a second time is a duplicate key. */
  seen: number;
}

export class Keys extends KeyTable<KeyNode> {
  readonly start: Before = { next: undefined };
}

/** The peeked paths that the table's derivations need; their buffers are behind those of the columns. */
export function peekedPaths(table: readonly CloudTrailColumn[]): string[] {
  const inputs = new Set(table.flatMap((column) => (column.kind === 'derived' ? column.derivation.inputs : [])));
  return PEEKED_PATHS.filter((path) => inputs.has(path));
}

/** The type of the buffer of a peeked path. */
export const peekedType = (path: string): ColumnType => (isMany(path) ? { list: 'string' } : 'string');

export function bufferNames(table: readonly CloudTrailColumn[]): string[] {
  return [...table.map((column) => column.name), ...peekedPaths(table)];
}

/** The tree of all direct columns and peeked paths. */
export function keyTrie(table: readonly CloudTrailColumn[]): Keys {
  const root = new Keys();
  const consuming = new Set<CloudTrailColumn>(consumers(table).values());
  const copies: { keys: readonly Step[]; target: Target }[] = [];
  table.forEach((column, index) => {
    if (column.kind !== 'direct') return;
    const target = { column: index, read: readerOf(column.as) };
    if (consuming.has(column)) Object.assign(nodeAt(root, keysOf(column), 'object'), target, { as: keeping(column) });
    else copies.push({ keys: keysOf(column), target });
  });
  peekedPaths(table).forEach((path, index) => {
    const column = table.length + index;
    const read = isMany(path) ? (readElement as ValueReader) : LEAF_READERS.text;
    copies.push({ keys: stepsOf(path), target: { column, read } });
    if (isMany(path)) for (const node of nodesTo(root, stepsOf(path), 'leftovers')) node.lists.push(column);
  });
  for (const { keys, target } of copies) nodeAt(root, keys, 'leftovers').copies.push(target);
  for (const node of root.nodes) markAgain(node);
  return root;
}

function keeping({ as }: DirectColumn): Keeping {
  return as === 'text' || as === 'json' ? as : 'value';
}

/** The node of a path; those that are not there yet are made, and kept as `as`. */
function nodeAt(root: Keys, steps: readonly Step[], as: Keeping): KeyNode {
  return nodesTo(root, steps, as)[steps.length - 1];
}

/** The nodes of all steps of a path. */
function nodesTo(root: Keys, steps: readonly Step[], as: Keeping): KeyNode[] {
  const path: KeyNode[] = [];
  for (const step of steps) {
    const parent = path[path.length - 1] ?? null;
    path.push(step === EACH ? eachOf(parent) : childOf(root, parent, step, as));
  }
  return path;
}

function eachOf(parent: KeyNode): KeyNode {
  parent.each ??= newNode('[]', parent, 'leftovers');
  return parent.each;
}

function childOf(root: Keys, parent: KeyNode | null, name: string, as: Keeping): KeyNode {
  let table = root;
  if (parent !== null) table = parent.children ??= new Keys();
  let node = table.nodes.find((known) => known.name === name);
  if (node === undefined) {
    node = newNode(name, parent, as);
    table.add(node);
  }
  return node;
}

function newNode(name: string, parent: KeyNode | null, as: Keeping): KeyNode {
  return {
    name,
    key: Buffer.from(name),
    quoted: Buffer.from(`${JSON.stringify(name)}:`),
    column: -1,
    read: LEAF_READERS.text,
    as,
    copies: [],
    again: false,
    children: null,
    each: null,
    lists: [],
    marks: [],
    parent,
    next: undefined,
    seen: 0,
  };
}

function markAgain(node: KeyNode): void {
  const readsBelow = node.as === 'object' || node.as === 'json';
  node.again = node.copies.length > 0 || (node.children !== null && !readsBelow);
  if (node.children) for (const child of node.children.nodes) markAgain(child);
}
