/** The values of a data file as hashes: from the texts that are written to it, or from the file itself. */
import { type Data, type Table, Type, type Utf8, type Vector } from 'apache-arrow';
import { sameWords, wordsOf } from '../columnar/words.js';
import { INDEXED_PREFIXES, mayBeAddress, prefixText, versionOf } from './addresses.js';
import { isSearched } from './columns.js';
import { hashOfBytes, hashOfText } from './hash.js';
import { HashCollector } from './hash-collector.js';
import { isPlainUuid, mayBeIPv6 } from './text-forms.js';
import { ValueReader } from './values.js';

/** Approximate number of values per row that are in no other row of a file: two ids, and one more in half of the rows. */
const VALUES_A_ROW = 2.5;

/** Addresses that are remembered. */
const MOST_ADDRESSES = 4_096;

/** The remaining bits of 32 are the number of a slot. */
const TEXTS_SHIFT = 18;
/** If fewer than a quarter of so many texts are repeated, the following ones are not looked up. */
const TEXTS_TRIED = 512;
/** Another hash than that of values, so that the slots of texts do not depend on it. */
const TEXT_SEED = 0x7e87;

/** Positions by the hash of their texts, which take longer to read than others: ARNs, JSON, IPv6 addresses. */
const texts = new Int32Array(1 << (32 - TEXTS_SHIFT));

/** First bytes of the texts that may have several values: `{`, `[`, `a` and `A`. */
const mayHaveParts = (byte: number): boolean => byte === 123 || byte === 91 || byte === 97 || byte === 65;

/** Texts of a column in Arrow's layout: text `n` is `data[offsets[n] .. offsets[n + 1]]`. */
interface Texts {
  column: {
    data: Uint8Array;
    /** The same bytes. */
    words: DataView;
    offsets: Int32Array;
  };
  /** The numbers of the texts. */
  positions: Int32Array;
  /** How many of them there are. */
  count: number;
  /** Whether all of them are different. */
  areDistinct: boolean;
}

/** Collects the values of a file in the searched columns. */
export class FileValues extends ValueReader {
  private readonly hashes: HashCollector;
  /** The last addresses: most of them are in several columns. */
  private readonly addresses = new Set<string>();

  /** @param rows of the file, if known */
  constructor(rows = 0) {
    super();
    this.hashes = new HashCollector(rows * VALUES_A_ROW);
  }

  /** Returns the hashes of all values, ascending and each once. Nothing can be added any more. */
  take(): Float64Array {
    return this.hashes.take();
  }

  /** Adds texts of a column, which may be one that is not searched. */
  addTexts(path: string, { column, positions, count, areDistinct }: Texts): void {
    if (count === 0 || !isSearched(path)) return;
    const { data, words, offsets } = column;
    this.open(data, words);
    if (!areDistinct) texts.fill(-1);
    let looked = 0;
    let repeated = 0;
    for (let at = 0; at < count; at++) {
      const position = positions[at];
      const from = offsets[position];
      const size = offsets[position + 1] - from;
      // A third of all texts.
      if (isPlainUuid(data, words, from, size)) {
        this.hashes.add(hashOfBytes(words, from, from + size));
        continue;
      }
      const isWorthwhile = !areDistinct && (looked < TEXTS_TRIED || repeated * 4 >= looked);
      if (isWorthwhile && (mayHaveParts(data[from]) || mayBeIPv6(data, from, size))) {
        looked++;
        const slot = (hashOfBytes(words, from, from + size, TEXT_SEED) / 2 ** 16) >>> TEXTS_SHIFT;
        const before = texts[slot];
        // The bytes are compared: someone who causes log entries could choose two texts with the same hash, to hide the
        // second.
        const isSameSize = before >= 0 && offsets[before + 1] - offsets[before] === size;
        if (isSameSize && sameWords(words, from, words, offsets[before], size)) {
          repeated++;
          continue;
        }
        texts[slot] = position;
      }
      this.read(from, from + size);
    }
  }

  protected override onValue(from: number, to: number, hasParts: boolean): void {
    if (hasParts) return;
    this.hashes.add(hashOfBytes(this.words, from, to));
    // Even if the set already has the hash: it may be that of another value.
    this.addPrefixes(this.bytes, from, to);
  }

  private addPrefixes(bytes: Uint8Array, from: number, to: number): void {
    if (!mayBeAddress(bytes, from, to)) return;
    const address = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
    const { addresses } = this;
    if (addresses.has(address)) return;
    const version = versionOf(address);
    if (version === 0) return;
    if (addresses.size === MOST_ADDRESSES) addresses.clear();
    addresses.add(address);
    for (const bits of INDEXED_PREFIXES[version]) this.hashes.add(hashOfText(prefixText(address, version, bits)));
  }
}

/** Returns the hashes of all values in the searched columns of tables that were read from a Parquet file, ascending and each once. */
export async function valuesOfTables(tables: AsyncIterable<Table>): Promise<Float64Array> {
  const values = new FileValues();
  for await (const table of tables)
    for (const { name } of table.schema.fields) addVector(values, table.getChild(name), name);
  return values.take();
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
    for (const data of vector.data as readonly Data<Utf8>[]) addData(values, data, path);
    return;
  }
  let last: unknown;
  for (const value of vector) {
    if (typeof value !== 'string' || value === last) continue;
    last = value;
    values.readText(value);
  }
}

function addData(
  values: FileValues,
  { values: data, valueOffsets, nullBitmap, nullCount, length }: Data<Utf8>,
  path: string,
): void {
  const present = new Int32Array(length);
  let count = 0;
  for (let row = 0; row < length; row++) {
    if (nullCount > 0 && (nullBitmap[row >> 3] & (1 << (row & 7))) === 0) continue;
    present[count++] = row;
  }
  const column = { data, words: wordsOf(data), offsets: valueOffsets };
  values.addTexts(path, { column, positions: present, count, areDistinct: false });
}
