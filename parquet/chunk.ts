/** Writes the column chunk of a leaf: its dictionary page, if it has one, and its data pages (version 1). */
import type { StringColumn } from '../columnar/string-column.js';
import type { Dictionary } from './dictionary.js';
import { widthOf, writeHybrid } from './hybrid.js';
import { valuesOf } from './leaf-values.js';
import type { Leaf } from './leaves.js';
import { writeLevels } from './levels.js';
import { type Cut, cutsOf, type PageLimits } from './pages.js';
import { Sink } from './sink.js';
import { type Slots, slotsOf } from './slots.js';
import { StringValues } from './string-values.js';
import { ThriftWriter } from './thrift.js';
import { CODEC, ENCODING, PAGE } from './types.js';
import type { Bound, Extremes, Values } from './values.js';
import { zstd } from './zstd.js';

/** A chunk with fewer bytes in its first pages is not compressed: a zstd frame alone takes about 12. */
const WORTH_COMPRESSING = 96;

/** The smallest and the largest value. */
export interface Range {
  lower: Bound;
  upper: Bound;
}

export interface WrittenChunk {
  leaf: Leaf;
  codec: number;
  /** Including nulls. */
  slots: number;
  nulls: number;
  /** Absent if there are no values, or only NaN. */
  range?: Range;
  /** Absent if it has no dictionary. Offsets are from the beginning of the file. */
  dictionaryOffset?: number;
  /** Of the first data page. */
  dataOffset: number;
  dataPages: number;
  /** A Bloom filter of its values, which is not written yet. */
  bloomFilter?: Uint8Array;
  /** Of all pages with their headers. */
  bytes: number;
  uncompressedBytes: number;
}

/** The texts at the first `count` of the `positions` in `column`. */
export interface Texts {
  column: StringColumn;
  positions: Int32Array;
  count: number;
  /** Whether all of them are different. */
  areDistinct: boolean;
}

/** Receives all texts of a leaf. They are valid during the call only. */
export type OnTexts = (leaf: Leaf, texts: Texts) => void;

/** Writes the chunk of the rows `from` up to, but not including, `to`. */
export function writeChunk(
  out: Sink,
  leaf: Leaf,
  { from, to }: { from: number; to: number },
  limits: PageLimits,
  onTexts?: OnTexts,
): WrittenChunk {
  const slots = slotsOf(leaf, from, to);
  const values = valuesOf(leaf, slots);
  const unsorted = worthwhile(values);
  // Before the dictionary is sorted: in the order of the memory, texts are read faster.
  if (onTexts !== undefined && values instanceof StringValues) {
    const { entries, size } = unsorted ?? { entries: slots.positions, size: values.count };
    onTexts(leaf, { column: values.column, positions: entries, count: size, areDistinct: unsorted !== undefined });
  }
  const dictionary = unsorted && values.sorted(unsorted);
  const writer = new ChunkWriter(out, { leaf, slots, values, dictionary });
  for (const cut of cutsOf(leaf, slots, values, dictionary, limits)) writer.writePage(cut);
  return writer.finish();
}

/** The dictionary, if it and its codes are smaller than the values. */
function worthwhile(values: Values): Dictionary | undefined {
  if (values.count === 0) return undefined;
  const dictionary = values.dictionary();
  if (dictionary === undefined) return undefined;
  const codes = (values.count * widthOf(dictionary.size)) >> 3;
  return dictionary.bytes + codes < values.plainBytes ? dictionary : undefined;
}

const body = new Sink(1 << 16);
const entries = new Sink(1 << 16);

interface Content {
  leaf: Leaf;
  slots: Slots;
  values: Values;
  dictionary: Dictionary | undefined;
}

class ChunkWriter {
  private readonly thrift: ThriftWriter;
  private readonly chunk: WrittenChunk;
  private readonly start: number;
  private from: Cut = { rows: 0, slots: 0, values: 0 };

  constructor(
    private readonly out: Sink,
    private readonly content: Content,
  ) {
    this.thrift = new ThriftWriter(out);
    this.start = out.length;
    const { leaf, slots, values, dictionary } = content;
    this.chunk = {
      leaf,
      codec: CODEC.uncompressed,
      slots: slots.count,
      nulls: slots.count - slots.values,
      range: rangeOf(values, dictionary),
      bloomFilter: leaf.isLookup && dictionary === undefined ? values.bloomFilter() : undefined,
      dataOffset: 0,
      dataPages: 0,
      bytes: 0,
      uncompressedBytes: 0,
    };
  }

  finish(): WrittenChunk {
    this.chunk.bytes = this.out.length - this.start;
    body.clear();
    entries.clear();
    return this.chunk;
  }

  writePage(to: Cut): void {
    const { chunk, content, from } = this;
    const { dictionary, values } = content;
    body.length = 0;
    writeLevels(body, content.leaf, content.slots, from.slots, to.slots);
    if (dictionary === undefined) values.write(body, from.values, to.values);
    else {
      body.byte(dictionary.width);
      writeHybrid(body, dictionary.codes, from.values, to.values, dictionary.width);
    }
    if (chunk.dataPages === 0) this.begin();
    chunk.dataPages++;
    this.writeBody(body.written(), PAGE.data, () => {
      this.thrift.struct(5, () => {
        this.thrift.i32(1, to.slots - from.slots);
        this.thrift.i32(2, dictionary === undefined ? ENCODING.plain : ENCODING.rleDictionary);
        this.thrift.i32(3, ENCODING.rle);
        this.thrift.i32(4, ENCODING.rle);
      });
    });
    this.from = to;
  }

  /** Chooses the codec by the first data page, and writes the dictionary page, which comes before it. */
  private begin(): void {
    const { chunk, out } = this;
    const { dictionary, values } = this.content;
    entries.length = 0;
    if (dictionary !== undefined) values.writeEntries(entries, dictionary);
    if (entries.length + body.length >= WORTH_COMPRESSING) chunk.codec = CODEC.zstd;
    if (dictionary !== undefined) {
      chunk.dictionaryOffset = out.length;
      this.writeBody(entries.written(), PAGE.dictionary, () => {
        this.thrift.struct(7, () => {
          this.thrift.i32(1, dictionary.size);
          this.thrift.i32(2, ENCODING.plain);
        });
      });
    }
    chunk.dataOffset = out.length;
  }

  private writeBody(raw: Uint8Array, type: number, header: () => void): void {
    const { chunk, content, out, thrift } = this;
    const level = content.dictionary === undefined ? content.values.level : 1;
    const stored = chunk.codec === CODEC.zstd ? zstd(raw, level) : raw;
    const start = out.length;
    thrift.fields(() => {
      thrift.i32(1, type);
      thrift.i32(2, raw.length);
      thrift.i32(3, stored.length);
      header();
    });
    chunk.uncompressedBytes += out.length - start + raw.length;
    out.append(stored);
  }
}

function rangeOf(values: Values, dictionary: Dictionary | undefined): Range | undefined {
  const extremes = dictionary === undefined ? values.extremes() : ends(dictionary);
  return extremes && { lower: values.bound(extremes.lower, 'lower'), upper: values.bound(extremes.upper, 'upper') };
}

/** The entries are in order. */
function ends({ entries, ordered }: Dictionary): Extremes | undefined {
  return ordered === 0 ? undefined : { lower: entries[0], upper: entries[ordered - 1] };
}
