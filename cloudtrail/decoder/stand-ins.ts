/** Columns that take another column's value where the record lacks their path. */
import type { AnyColumn, LongColumn, StringColumn } from '../../columnar/columns.js';
import { type CloudTrailColumn, type DirectColumn, keysOf } from '../columns/column.js';
import { sameBytes } from '../derived/bytes.js';
import { copyText } from '../derived/derivation.js';
import type { KeyNode, Keys } from './key-trie.js';
import type { Leftovers } from './leftovers.js';
import type { JsonScanner } from './scanner.js';

interface StandIn {
  node: KeyNode;
  column: number;
  other: number;
}

export class StandIns {
  private readonly all: StandIn[];

  constructor(table: readonly CloudTrailColumn[], keys: Keys) {
    this.all = table.flatMap((column, index) => {
      if (column.kind !== 'direct' || column.standIn === undefined) return [];
      const other = table.findIndex(({ name }) => name === column.standIn);
      if (other < 0 || table[other].type !== column.type)
        throw new Error(`${column.name}: ${column.standIn} cannot do`);
      return [{ node: nodeOf(column, keys), column: index, other }];
    });
  }

  /**
   * Fills them for a record that was just read. Where the record has both, and they say the same, the delivered value
   * goes to `unmapped`: otherwise it would look like one that was not there.
   */
  fill(scanner: JsonScanner, columns: readonly AnyColumn[], row: number, serial: number, unmapped: Leftovers): void {
    for (const { node, column, other } of this.all) {
      if (!columns[other].has(row)) continue;
      if (!columns[column].has(row)) copy(columns[other], columns[column], row);
      else if (node.unmapped !== serial && same(columns[other], columns[column], row)) {
        const end = scanner.pos;
        scanner.pos = node.from;
        scanner.skip();
        unmapped.add(node.parent, node.quoted, 0, node.quoted.length, scanner.bytes, node.from, scanner.pos);
        scanner.pos = end;
      }
    }
  }
}

function nodeOf(column: DirectColumn, keys: Keys): KeyNode {
  let table: Keys | null = keys;
  let found: KeyNode | undefined;
  for (const key of keysOf(column)) {
    found = table?.nodes.find(({ name }) => name === key);
    table = found?.children ?? null;
  }
  return found as KeyNode;
}

function copy(from: AnyColumn, to: AnyColumn, row: number): void {
  if (isText(from)) copyText(from, to, row);
  else (to as LongColumn).append((from as LongColumn).values[row], row);
}

function same(one: AnyColumn, two: AnyColumn, row: number): boolean {
  if (isText(one)) {
    const { data, offsets } = two as StringColumn;
    return sameBytes(one.data, one.offsets[row], one.offsets[row + 1], data, offsets[row], offsets[row + 1]);
  }
  return (one as LongColumn).values[row] === (two as LongColumn).values[row];
}

function isText(column: AnyColumn): column is StringColumn {
  return 'text' in column;
}
