/** The values of a data file as hashes: from the column buffers that it is written from, or from the file itself. */
import { type Data, type Table, Type, type Utf8, type Vector } from 'apache-arrow';
import type { AnyColumn } from '../columnar/nested.js';
import { ListColumn, StructColumn } from '../columnar/nested.js';
import type { RowSet } from '../columnar/row-set.js';
import { StringColumn } from '../columnar/string-column.js';
import { wordsOf } from '../columnar/words.js';
import { addressVersion, INDEXED_PREFIXES, prefixText } from './addresses.js';
import { isSearched } from './columns.js';
import { HashSet, hashOfBytes, hashOfText } from './hash.js';
import { mayBeIPv6 } from './text-forms.js';
import { ValueReader } from './values.js';

/** Approximate number of values per row that are in no other row of a file: two ids, and one more in half of the rows. */
const VALUES_A_ROW = 2.5;

/** The remaining bits of 32 are the number of a slot: 512 slots fit into a processor's fastest cache. */
const RECENT_SHIFT = 23;

/** The same, for texts that take longer to read. */
const TEXTS_SHIFT = 18;
/** Another hash than that of values, so that the slots of texts do not depend on it. */
const TEXT_SEED = 0x7e87;

/** First bytes of the texts that may have several values: `{`, `[`, `a` and `A`. */
const mayHaveParts = (byte: number): boolean => byte === 123 || byte === 91 || byte === 97 || byte === 65;

/** Returns the hashes of all values in the searched columns of the rows, ascending and each once. */
export function valuesOfRows(rows: RowSet): Float64Array {
  rows.finish();
  const values = new FileValues(rows.rows * VALUES_A_ROW);
  rows.specs.forEach(({ name }, index) => {
    if (isSearched(name)) values.addColumn(rows.columns[index], name);
  });
  return values.sorted();
}

/** Texts in Arrow's layout: that of a row is `data[offsets[row] .. offsets[row + 1]]`. */
interface Strings {
  data: Uint8Array;
  /** The same bytes. */
  words: DataView;
  offsets: Int32Array;
  /** Present rows have a 1, least significant bit first. Absent: all rows have a text. */
  validity?: Uint8Array;
  nulls: number;
  length: number;
}

/** Collects the hashes of values. */
class FileValues {
  private readonly hashes: HashSet;
  private readonly recent = new Int32Array(1 << (32 - RECENT_SHIFT));
  /** Rows by the hash of their texts, which take longer to read than others: ARNs, JSON, IPv6 addresses. Most are repeated. */
  private readonly texts = new Int32Array(1 << (32 - TEXTS_SHIFT));
  private readonly reader = new ValueReader(({ bytes, words }, from, to, hasParts) => {
    if (hasParts) return;
    this.hashes.add(hashOfBytes(words, from, to));
    // Even if the set already has the hash: it may be that of another value.
    this.addPrefixes(bytes, from, to);
  });

  /** @param expected number of values */
  constructor(expected = 0) {
    this.hashes = new HashSet(expected);
  }

  /** Adds all rows of a column; members of structs and elements of lists too. */
  addColumn(column: AnyColumn, path: string): void {
    if (column instanceof StringColumn) this.addStrings(column);
    else if (column instanceof ListColumn) this.addColumn(column.child, path);
    else if (column instanceof StructColumn) {
      column.children.forEach((child, index) => {
        const inner = `${path}.${column.names[index]}`;
        if (isSearched(inner)) this.addColumn(child, inner);
      });
    }
  }

  /** Adds a text of a row. */
  addText(text: string): void {
    this.reader.readText(text);
  }

  sorted(): Float64Array {
    return this.hashes.sorted();
  }

  /** Adds all texts of a column. */
  addStrings({ data, words, offsets, validity, nulls, length }: Strings): void {
    if (nulls === length) return;
    const { reader, texts } = this;
    reader.open(data, words);
    // Rows by the length and the last bytes of their texts: most texts are among the last few hundred different ones.
    const { recent } = this;
    recent.fill(-1);
    texts.fill(-1);
    for (let row = 0; row < length; row++) {
      if (validity !== undefined && (validity[row >> 3] & (1 << (row & 7))) === 0) continue;
      const from = offsets[row];
      const to = offsets[row + 1];
      const size = to - from;
      if (size >= 4) {
        const slot = Math.imul(words.getInt32(to - 4, true) ^ Math.imul(size, 0x85ebca6b), 0x9e3779b1) >>> RECENT_SHIFT;
        const before = recent[slot];
        if (before >= 0 && offsets[before + 1] - offsets[before] === size && isSame(words, from, offsets[before], size))
          continue;
        recent[slot] = row;
      }
      if (mayHaveParts(data[from]) || mayBeIPv6(data, from, size)) {
        const slot = (hashOfBytes(words, from, to, TEXT_SEED) / 2 ** 16) >>> TEXTS_SHIFT;
        const before = texts[slot];
        // The bytes are compared: someone who causes log entries could choose two texts with the same hash, to hide the
        // second.
        if (before >= 0 && offsets[before + 1] - offsets[before] === size && isSame(words, from, offsets[before], size))
          continue;
        texts[slot] = row;
      }
      reader.read(from, to);
    }
  }

  private addPrefixes(bytes: Uint8Array, from: number, to: number): void {
    const version = addressVersion(bytes, from, to);
    if (version === 0) return;
    const address = Buffer.from(bytes.subarray(from, to)).toString();
    for (const bits of INDEXED_PREFIXES[version]) this.hashes.add(hashOfText(prefixText(address, version, bits)));
  }
}

function isSame(words: DataView, one: number, two: number, length: number): boolean {
  const whole = length - 3;
  let at = 0;
  for (; at < whole; at += 4) if (words.getInt32(one + at, true) !== words.getInt32(two + at, true)) return false;
  for (; at < length; at++) if (words.getInt8(one + at) !== words.getInt8(two + at)) return false;
  return true;
}

/** Returns the hashes of all values in the searched columns of tables that were read from a Parquet file, as `valuesOfRows` does. */
export async function valuesOfTables(tables: AsyncIterable<Table>): Promise<Float64Array> {
  const values = new FileValues();
  for await (const table of tables)
    for (const { name } of table.schema.fields) addVector(values, table.getChild(name), name);
  return values.sorted();
}

function addVector(values: FileValues, vector: Vector | null, path: string): void {
  if (vector === null || !isSearched(path)) return;
  const children = vector.type.children as { name: string }[] | null | undefined;
  if (children != null && children.length > 0) {
    children.forEach(({ name }, index) => {
      const isList = vector.type.typeId === Type.List;
      addVector(values, vector.getChildAt(index), isList ? path : `${path}.${name}`);
    });
    return;
  }
  // Some writers leave out the annotation that marks bytes as strings; the layout is the same.
  if (vector.type.typeId === Type.Utf8 || vector.type.typeId === Type.Binary) {
    for (const data of vector.data as readonly Data<Utf8>[]) values.addStrings(stringsOf(data));
    return;
  }
  let last: unknown;
  for (const value of vector) {
    if (typeof value !== 'string' || value === last) continue;
    last = value;
    values.addText(value);
  }
}

function stringsOf({ values, valueOffsets, nullBitmap, nullCount, length }: Data<Utf8>): Strings {
  const validity = nullCount === 0 ? undefined : nullBitmap;
  return { data: values, words: wordsOf(values), offsets: valueOffsets, validity, nulls: nullCount, length };
}
