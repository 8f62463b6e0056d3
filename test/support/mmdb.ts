/** Writes small MMDB files for the tests: https://maxmind.github.io/MaxMind-DB/ (version 2.0). */
import { isIPv4 } from 'node:net';

export type MmdbValue = string | number | boolean | { uint: number } | MmdbValue[] | { [key: string]: MmdbValue };
/** A branch, or the offset of a value in the data section; absent: nothing is known. */
type Node = { left?: Node | number; right?: Node | number };

export interface MmdbOptions {
  databaseType: string;
  ipVersion?: 4 | 6;
  recordSize?: 24 | 28 | 32;
}

/** @param networks CIDR → what the database has for it; a later one must be inside an earlier one, or disjoint from all */
export function mmdb(networks: Record<string, MmdbValue>, options: MmdbOptions): Buffer {
  const { databaseType, ipVersion = 6, recordSize = 28 } = options;
  const root: Node = {};
  const data: Buffer[] = [];
  let size = 0;
  for (const [network, value] of Object.entries(networks)) {
    insert(root, bitsOf(network, ipVersion), size);
    const bytes = encode(value);
    data.push(bytes);
    size += bytes.length;
  }
  const nodes = breadthFirst(root);
  const numbers = new Map(nodes.map((node, number) => [node, number]));
  const record = (child: Node | number | undefined): number => {
    if (child === undefined) return nodes.length;
    return typeof child === 'number' ? nodes.length + 16 + child : (numbers.get(child) as number);
  };
  const tree = nodes.map((node) => nodeBytes(record(node.left), record(node.right), recordSize));
  const metadata = encode({
    binary_format_major_version: { uint: 2 },
    binary_format_minor_version: { uint: 0 },
    build_epoch: { uint: 1_700_000_000 },
    database_type: databaseType,
    description: { en: 'Made by a test' },
    ip_version: { uint: ipVersion },
    languages: ['en'],
    node_count: { uint: nodes.length },
    record_size: { uint: recordSize },
  });
  return Buffer.concat([
    ...tree,
    Buffer.alloc(16),
    ...data,
    Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'),
    metadata,
  ]);
}

/** The bits of a network's prefix. IPv4 addresses are the first 2^32 of an IPv6 tree. */
function bitsOf(network: string, ipVersion: 4 | 6): number[] {
  const [address, length] = network.split('/');
  const bytes = isIPv4(address) ? address.split('.').map(Number) : ipv6Bytes(address);
  const bits = bytes.flatMap((byte) => Array.from({ length: 8 }, (_, i) => (byte >> (7 - i)) & 1));
  const prefix = bits.slice(0, Number(length));
  return isIPv4(address) && ipVersion === 6 ? [...new Array(96).fill(0), ...prefix] : prefix;
}

function ipv6Bytes(address: string): number[] {
  const [head, tail = ''] = address.split('::');
  const words = (part: string) => (part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16)));
  const gap = new Array(8 - words(head).length - words(tail).length).fill(0);
  return [...words(head), ...gap, ...words(tail)].flatMap((word) => [word >> 8, word & 255]);
}

function insert(root: Node, bits: readonly number[], value: number): void {
  let node = root;
  bits.forEach((bit, depth) => {
    const side = bit === 0 ? 'left' : 'right';
    if (depth === bits.length - 1) {
      node[side] = value;
      return;
    }
    const child = node[side];
    // A smaller network inside a larger one: the rest of the larger one keeps its value.
    const next: Node = typeof child === 'object' ? child : { left: child, right: child };
    node[side] = next;
    node = next;
  });
}

function breadthFirst(root: Node): Node[] {
  const nodes = [root];
  for (let i = 0; i < nodes.length; i++)
    for (const child of [nodes[i].left, nodes[i].right]) if (typeof child === 'object') nodes.push(child);
  return nodes;
}

function nodeBytes(left: number, right: number, recordSize: number): Buffer {
  if (recordSize === 28) {
    const bytes = Buffer.alloc(7);
    bytes.writeUIntBE(left & 0xffffff, 0, 3);
    bytes[3] = ((left >> 24) << 4) | (right >> 24);
    bytes.writeUIntBE(right & 0xffffff, 4, 3);
    return bytes;
  }
  const size = recordSize / 8;
  const bytes = Buffer.alloc(2 * size);
  bytes.writeUIntBE(left, 0, size);
  bytes.writeUIntBE(right, size, size);
  return bytes;
}

function encode(value: MmdbValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'boolean') return control(14, value ? 1 : 0);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return Buffer.concat([control(3, 8), bytes]);
  }
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)]);
  if (typeof value.uint === 'number') {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value.uint);
    return Buffer.concat([control(6, 4), bytes]);
  }
  const members = Object.entries(value).flatMap(([key, member]) => [encode(key), encode(member as MmdbValue)]);
  return Buffer.concat([control(7, Object.keys(value).length), ...members]);
}

/** Type and size; types from 8 on are written in an extra byte, and so are sizes from 29 on. */
function control(type: number, size: number): Buffer {
  const extended = type > 7 ? [type - 7] : [];
  const sizeBits = Math.min(size, 29);
  if (size >= 29 + 256) throw new Error('no test needs a value of this size');
  return Buffer.from([((type > 7 ? 0 : type) << 5) | sizeBits, ...extended, ...(size < 29 ? [] : [size - 29])]);
}
