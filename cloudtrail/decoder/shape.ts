/** Reads nested values (lists and objects) into list and struct columns according to a shape. */
import type { AnyColumn, ListColumn, StructColumn } from '../../columnar/nested.js';
import type { Conversion, Shape, ShapeMember } from '../columns/column.js';
import { KeyTable } from './key-table.js';
import type { JsonScanner } from './scanner.js';
import { unescapeJson } from './unescape.js';
import { LEAF_READERS, type ValueReader } from './values.js';

const QUOTE = 34;
const COMMA = 44;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const LETTER_N = 110;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** Returns the reader for a conversion. */
export function readerOf(as: Conversion): ValueReader {
  return typeof as === 'string' ? LEAF_READERS[as] : shapeReader(as.shape);
}

function shapeReader(shape: Shape): ValueReader {
  if (typeof shape === 'string') return LEAF_READERS[shape];
  if ('list' in shape) return listReader(shapeReader(shape.list));
  const reader = new StructReader(shape.members);
  return (scanner, column, row, c) => reader.read(scanner, column as StructColumn, row, c);
}

/** A null element is inexact: Parquet readers do not distinguish a null struct from one whose members are all null. */
function listReader(element: ValueReader): ValueReader {
  return (scanner: JsonScanner, column: AnyColumn, row: number, c: number): boolean => {
    if (c !== OPEN_BRACKET) {
      scanner.skip();
      return false;
    }
    const list = column as ListColumn;
    list.open(row);
    scanner.pos++;
    let first = scanner.peek();
    if (first === CLOSE_BRACKET) {
      scanner.pos++;
      return true;
    }
    let exact = true;
    for (;;) {
      if (first === LETTER_N) {
        scanner.skip();
        exact = false;
      } else exact = element(scanner, list.child, list.elements, first) && exact;
      list.closeElement(row);
      if (scanner.peek() === CLOSE_BRACKET) break;
      scanner.expect(COMMA);
      first = scanner.peek();
    }
    scanner.pos++;
    return exact;
  };
}

interface Member {
  key: Uint8Array;
  index: number;
  /** A list. Parquet readers return a missing list as an empty one, so the column cannot represent that it is missing. */
  isList: boolean;
  read: ValueReader;
}

/** State of a struct member while an object is being read. */
const MISSING = 0;
const EXACT = 1;
const INEXACT = 2;

class StructReader {
  private readonly keys = new KeyTable<Member>();
  private readonly states: Uint8Array;

  constructor(members: readonly ShapeMember[]) {
    members.forEach(({ key, shape }, index) => {
      const isList = typeof shape === 'object' && 'list' in shape;
      this.keys.add({ key: Buffer.from(key), index, isList, read: shapeReader(shape) });
    });
    this.states = new Uint8Array(members.length);
  }

  read(scanner: JsonScanner, column: StructColumn, row: number, c: number): boolean {
    if (c !== OPEN_BRACE) {
      scanner.skip();
      return false;
    }
    column.open(row);
    this.states.fill(MISSING);
    let allKnown = true;
    scanner.pos++;
    const names = scanner.openNames();
    if (scanner.peek() !== CLOSE_BRACE) {
      for (;;) {
        allKnown = this.member(scanner, column, row, names) && allKnown;
        if (scanner.peek() === CLOSE_BRACE) break;
        scanner.expect(COMMA);
      }
    }
    scanner.closeNames(names);
    scanner.pos++;
    for (const { index, isList } of this.keys.nodes) {
      const state = this.states[index];
      if (state === INEXACT || (state === MISSING && isList)) return false;
    }
    return allKnown;
  }

  /** Reads a member; returns false if the struct does not have it. */
  private member(scanner: JsonScanner, column: StructColumn, row: number, names: number): boolean {
    if (scanner.peek() !== QUOTE) scanner.fail('expected a member name');
    const from = scanner.pos + 1;
    const to = scanner.string();
    const member = this.find(scanner, from, to);
    // The text of this object may also be in a JSON column, so duplicate and very long names have to be detected here, too.
    scanner.name(names, from, to);
    scanner.expect(58);
    const c = scanner.peek();
    if (member === undefined) {
      scanner.skip();
      return false;
    }
    const child = column.children[member.index];
    // The last of equal keys wins: remove the value of an earlier one.
    if (this.states[member.index] !== MISSING) child.truncate(row);
    let exact = false;
    if (c === LETTER_N) scanner.skip();
    else exact = member.read(scanner, child, row, c);
    this.states[member.index] = exact ? EXACT : INEXACT;
    return true;
  }

  private find({ bytes, escaped }: JsonScanner, from: number, to: number): Member | undefined {
    if (!escaped) return this.keys.find(bytes, from, to);
    const plain = unescapeJson(bytes, from, to);
    return plain.lossy ? undefined : this.keys.find(plain.bytes, 0, plain.length);
  }
}
