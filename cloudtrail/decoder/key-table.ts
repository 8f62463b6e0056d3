/** The keys of one object: a small hash table that is looked up by bytes. */

const SLOTS = 256;
const NO_NODES: never[] = [];

/** Nodes by key. */
export class KeyTable<Node extends { key: Uint8Array }> {
  readonly nodes: Node[] = [];
  /** Slots without nodes share one array: most are empty and there is a table for each object with columns. */
  private readonly slots: Node[][] = new Array(SLOTS).fill(NO_NODES);

  add(node: Node): void {
    this.nodes.push(node);
    const slot = hash(node.key, 0, node.key.length);
    this.slots[slot] = [...this.slots[slot], node];
  }

  /** The node whose key is `bytes[from..to)`. */
  find(bytes: Uint8Array, from: number, to: number): Node | undefined {
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
