/** The column table as a tree of record keys, with a small hash table at each level that is searched by bytes. */
import { type CloudTrailColumn, type Conversion, PEEKED_PATHS } from '../columns.js';

export interface KeyNode {
  name: string;
  key: Uint8Array;
  /** The quoted key and its colon, to write it into the leftovers. */
  quoted: Buffer;
  /** Index of the column buffer; -1 for an object that only leads to others. */
  column: number;
  as: Conversion | 'object';
  /** Is it below a `json` column, so that its value is a copy of something that is kept anyway? */
  peeked: boolean;
  children: KeyTable | null;
  parent: KeyNode | null;
  /** What followed this key the last time: the keys of records come in much the same order. */
  next: KeyNode | undefined;
  /** Index of the column that stands in for this one; -1 for none. */
  standIn: number;
  /** For a node with a stand-in: where its value is, and whether the column says it exactly. */
  from: number;
  to: number;
  exact: boolean;
  /** Serial number of the decoding in which this key was met last: a second time is a duplicate key. */
  seen: number;
}

const SLOTS = 256;

/** The keys of one object. */
export class KeyTable {
  readonly nodes: KeyNode[] = [];
  /** Stands before the first key. */
  readonly first: { next: KeyNode | undefined } = { next: undefined };
  private readonly slots: KeyNode[][] = Array.from({ length: SLOTS }, () => []);

  add(node: KeyNode): void {
    this.nodes.push(node);
    this.slots[hash(node.key, 0, node.key.length)].push(node);
  }

  /** The node whose key is `bytes[from..to)`. */
  find(bytes: Uint8Array, from: number, to: number): KeyNode | undefined {
    const bucket = this.slots[hash(bytes, from, to)];
    search: for (let n = 0; n < bucket.length; n++) {
      const key = bucket[n].key;
      if (key.length !== to - from) continue;
      for (let i = 0; i < key.length; i++) if (key[i] !== bytes[from + i]) continue search;
      return bucket[n];
    }
    return undefined;
  }
}

function hash(bytes: Uint8Array, from: number, to: number): number {
  const size = to - from;
  if (size === 0) return 0;
  return (size * 31 + bytes[from] * 7 + bytes[to - 1] * 13 + bytes[from + (size >> 1)] * 3) & (SLOTS - 1);
}

/** Peeked values have buffers of their own behind those of the columns. */
export function bufferNames(columns: readonly CloudTrailColumn[]): string[] {
  return [...columns.map((column) => column.name), ...PEEKED_PATHS];
}

/** The tree of all direct columns and peeked paths. */
export function keyTrie(columns: readonly CloudTrailColumn[]): KeyTable {
  const root = new KeyTable();
  const paths: { path: string; as: Conversion; column: number; standIn: number }[] = [];
  columns.forEach((column, index) => {
    if (column.kind !== 'direct') return;
    const standIn = columns.findIndex(({ name }) => name === column.standIn);
    paths.push({ path: column.path, as: column.as, column: index, standIn });
  });
  PEEKED_PATHS.forEach((path, index) => {
    paths.push({ path, as: 'text', column: columns.length + index, standIn: -1 });
  });
  for (const { path, as, column, standIn } of paths) {
    let table = root;
    let parent: KeyNode | null = null;
    const keys = path.split('.');
    keys.forEach((name, depth) => {
      let node = table.nodes.find((known) => known.name === name);
      if (node === undefined) {
        const quoted = Buffer.from(`${JSON.stringify(name)}:`);
        node = {
          name,
          key: Buffer.from(name),
          quoted,
          column: -1,
          as: 'object',
          peeked: false,
          children: null,
          parent,
          next: undefined,
          standIn: -1,
          from: 0,
          to: 0,
          exact: false,
          seen: 0,
        };
        table.add(node);
      }
      if (depth === keys.length - 1) {
        node.column = column;
        node.as = as;
        node.standIn = standIn;
      } else {
        node.children ??= new KeyTable();
        table = node.children;
        parent = node;
      }
    });
  }
  markPeeked(root, false);
  return root;
}

function markPeeked(table: KeyTable, below: boolean): void {
  for (const node of table.nodes) {
    node.peeked = below;
    if (node.children) markPeeked(node.children, below || node.as === 'json');
  }
}
