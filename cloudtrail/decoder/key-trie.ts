/** The columns of a table as a trie of record keys. */
import { wordsOf } from '../../columnar/words.js';
import type { ColumnType } from '../../iceberg/types.js';
import { type CloudTrailColumn, consumingColumns, type DirectColumn, keysOf } from '../columns/column.js';
import { EACH, HIDDEN_INPUTS, type HiddenInput, type PathStep, pathSteps } from '../columns/hidden-inputs.js';
import { KeyTable } from './key-table.js';
import { readerOf } from './shape.js';
import { LEAF_READERS, readElement, type ValueReader } from './values.js';

/** A column buffer and the reader that fills it. */
interface ColumnTarget {
  column: number;
  read: ValueReader;
}

/**
 * Where a key's value is kept, apart from copies:
 * - `object`: its members are read one by one
 * - `text`: in a text column
 * - `json`: in a text column, as delivered
 * - `value`: in a column of another type
 * - `unmapped`: in `aws.cloudtrail.unmapped`; only copies of it have columns
 */
type Destination = 'object' | 'text' | 'json' | 'value' | 'unmapped';

/** What precedes a key: another key, or the beginning of an object. */
export interface Predecessor {
  /** The key that followed last time: keys of records mostly have the same order. */
  next: KeyNode | undefined;
}

/** A key of the record that has columns for its value or below it. */
export interface KeyNode extends ColumnTarget, Predecessor {
  name: string;
  key: Uint8Array;
  /** The quoted key with its colon, to write it as an unmapped member. */
  quoted: Buffer;
  /** The same bytes as `quoted`. */
  quotedWords: DataView;
  as: Destination;
  /** Columns that read the value without consuming it. */
  copies: ColumnTarget[];
  /** Whether the value is read a second time: for copies, or for keys below it that the first pass does not visit. */
  rereads: boolean;
  children: Keys | null;
  /** What is read of each element of a list, or of the value itself if it is not a list. */
  each: KeyNode | null;
  /** List columns that are filled from this key or below it, and their number of elements before and after the value. */
  lists: number[];
  begins: number[];
  ends: number[];
  parent: KeyNode | null;
  /** Serial number of the record, or of the object, in which this key was last read; reading it again is a duplicate key. */
  seen: number;
}

/** The keys of one object. */
export class Keys extends KeyTable<KeyNode> {
  readonly start: Predecessor = { next: undefined };
}

/**
 * Every chunk has its own decoders, mostly for the same tables, so data that only depends on the columns is computed
 * once.
 */
function once<Subject extends object, Result>(find: (subject: Subject) => Result): (subject: Subject) => Result {
  const known = new WeakMap<Subject, { result: Result }>();
  return (subject) => {
    let found = known.get(subject);
    if (found === undefined) {
      found = { result: find(subject) };
      known.set(subject, found);
    }
    return found.result;
  };
}

/** Returns the hidden inputs of the table's derivations; their buffers come after those of the columns. */
export const hiddenInputsOf = once((table: readonly CloudTrailColumn[]): readonly HiddenInput[] => {
  const inputs = new Set(table.flatMap((column) => (column.kind === 'derived' ? column.derivation.inputs : [])));
  return HIDDEN_INPUTS.filter(({ name }) => inputs.has(name));
});

const consumingOf = once((table: readonly CloudTrailColumn[]) => new Set<unknown>(consumingColumns(table).values()));
const stepsOf = once(({ paths }: HiddenInput) => paths.map(pathSteps));
const stepsTo = once((column: DirectColumn) => keysOf(column));

/** The type of a hidden input's buffer. */
export const hiddenInputType = ({ many }: HiddenInput): ColumnType => (many ? { list: 'string' } : 'string');

/** Names of the buffers of a table: its columns, then its hidden inputs. */
export function bufferNames(table: readonly CloudTrailColumn[]): string[] {
  return [...table, ...hiddenInputsOf(table)].map(({ name }) => name);
}

/** Builds the trie of all direct columns and hidden inputs. */
export function keyTrie(table: readonly CloudTrailColumn[]): Keys {
  const root = new Keys();
  const consuming = consumingOf(table);
  const copies: { keys: readonly PathStep[]; target: ColumnTarget }[] = [];
  table.forEach((column, index) => {
    if (column.kind !== 'direct') return;
    const target = { column: index, read: readerOf(column.as) };
    if (consuming.has(column))
      Object.assign(nodeAt(root, stepsTo(column), 'object'), target, { as: destinationOf(column) });
    else copies.push({ keys: stepsTo(column), target });
  });
  hiddenInputsOf(table).forEach((input, index) => {
    const { many } = input;
    const target = { column: table.length + index, read: many ? (readElement as ValueReader) : LEAF_READERS.text };
    for (const keys of stepsOf(input)) {
      copies.push({ keys, target });
      if (many) for (const node of nodesTo(root, keys, 'unmapped')) addOnce(node.lists, target.column);
    }
  });
  for (const { keys, target } of copies) nodeAt(root, keys, 'unmapped').copies.push(target);
  for (const node of root.nodes) markRereads(node);
  return root;
}

function destinationOf({ as }: DirectColumn): Destination {
  return as === 'text' || as === 'json' ? as : 'value';
}

/** The node of a path; missing nodes are created with the destination `as`. */
function nodeAt(root: Keys, steps: readonly PathStep[], as: Destination): KeyNode {
  return nodesTo(root, steps, as)[steps.length - 1];
}

/** The nodes of all steps of a path. */
function nodesTo(root: Keys, steps: readonly PathStep[], as: Destination): KeyNode[] {
  const path: KeyNode[] = [];
  for (const step of steps) {
    const parent = path[path.length - 1] ?? null;
    path.push(step === EACH ? eachOf(parent) : childOf(root, parent, step, as));
  }
  return path;
}

function addOnce(list: number[], value: number): void {
  if (!list.includes(value)) list.push(value);
}

function eachOf(parent: KeyNode): KeyNode {
  parent.each ??= newNode('[]', parent, 'unmapped');
  return parent.each;
}

function childOf(root: Keys, parent: KeyNode | null, name: string, as: Destination): KeyNode {
  let table = root;
  if (parent !== null) table = parent.children ??= new Keys();
  let node = table.nodes.find((known) => known.name === name);
  if (node === undefined) {
    node = newNode(name, parent, as);
    table.add(node);
  }
  return node;
}

type Spelling = Pick<KeyNode, 'key' | 'quoted' | 'quotedWords'>;

/** The keys of all tables so far: those of CloudTrail and of its users' columns. */
const SPELLINGS = new Map<string, Spelling>();

function spellingOf(name: string): Spelling {
  let spelling = SPELLINGS.get(name);
  if (spelling === undefined) {
    const quoted = Buffer.from(`${JSON.stringify(name)}:`);
    spelling = { key: Buffer.from(name), quoted, quotedWords: wordsOf(quoted) };
    SPELLINGS.set(name, spelling);
  }
  return spelling;
}

function newNode(name: string, parent: KeyNode | null, as: Destination): KeyNode {
  return {
    name,
    ...spellingOf(name),
    column: -1,
    read: LEAF_READERS.text,
    as,
    copies: [],
    rereads: false,
    children: null,
    each: null,
    lists: [],
    begins: [],
    ends: [],
    parent,
    next: undefined,
    seen: 0,
  };
}

function markRereads(node: KeyNode): void {
  const readsBelow = node.as === 'object' || node.as === 'json';
  node.rereads = node.copies.length > 0 || (node.children !== null && !readsBelow);
  if (node.children) for (const child of node.children.nodes) markRereads(child);
}
