/** Writes the column chunk of a leaf: its dictionary page, if it has one, and its data pages (version 1). */
import type { Dictionary } from './dictionary.js';
import { widthOf, writeHybrid } from './hybrid.js';
import { valuesOf } from './leaf-values.js';
import type { Leaf } from './leaves.js';
import { writeLevels } from './levels.js';
import { type Cut, cutsOf, type PageLimits } from './pages.js';
import { Sink } from './sink.js';
import { type Slots, slotsOf } from './slots.js';
import { ThriftWriter } from './thrift.js';
import { CODEC, ENCODING, PAGE } from './types.js';
import type { Bound, Extremes, Values } from './values.js';
import { zstd } from './zstd.js';

/** A chunk with fewer bytes in its first pages is not compressed: a zstd frame of its own takes some 12. */
const WORTH_COMPRESSING = 96;

/** The smallest and the largest value. */
export interface Range {
  lower: Bound;
  upper: Bound;
}

export interface WrittenPage {
  /** From the beginning of the file, with its header. */
  offset: number;
  bytes: number;
  firstRow: number;
  nulls: number;
  /** Absent if it has no values, or only NaN. */
  range?: Range;
  hasValues: boolean;
}

export interface WrittenChunk {
  leaf: Leaf;
  codec: number;
  /** Including nulls. */
  slots: number;
  nulls: number;
  range?: Range;
  /** Absent if it has no dictionary. */
  dictionaryOffset?: number;
  pages: WrittenPage[];
  /** Of all pages with their headers. */
  bytes: number;
  uncompressedBytes: number;
  /** Whether both bounds of the pages that have any ascend, or descend. */
  order: { ascending: boolean; descending: boolean };
}

/** Writes the chunk of the rows `from` up to, but not including, `to`. */
export function writeChunk(out: Sink, leaf: Leaf, from: number, to: number, limits: PageLimits): WrittenChunk {
  const slots = slotsOf(leaf, from, to);
  const values = valuesOf(leaf, slots);
  const dictionary = worthwhile(values);
  const writer = new ChunkWriter(out, { leaf, slots, values, dictionary });
  for (const cut of cutsOf(leaf, slots, values, dictionary, limits)) writer.writePage(cut);
  return writer.finish();
}

/** The dictionary with its entries in order, if it and its codes are smaller than the values. */
function worthwhile(values: Values): Dictionary | undefined {
  if (values.count === 0) return undefined;
  const dictionary = values.dictionary();
  if (dictionary === undefined) return undefined;
  const codes = (values.count * widthOf(dictionary.size)) >> 3;
  return dictionary.bytes + codes < values.plainBytes ? values.sorted(dictionary) : undefined;
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
  /** Places of the smallest and largest value of the chunk and of the page before. */
  private whole: Extremes | undefined;
  private before: Extremes | undefined;

  constructor(
    private readonly out: Sink,
    private readonly content: Content,
  ) {
    this.thrift = new ThriftWriter(out);
    this.start = out.length;
    const { leaf, slots } = content;
    this.chunk = {
      leaf,
      codec: CODEC.uncompressed,
      slots: slots.count,
      nulls: slots.count - slots.values,
      pages: [],
      bytes: 0,
      uncompressedBytes: 0,
      order: { ascending: true, descending: true },
    };
  }

  finish(): WrittenChunk {
    this.chunk.bytes = this.out.length - this.start;
    this.chunk.range = this.rangeOf(this.whole);
    body.clear();
    entries.clear();
    return this.chunk;
  }

  writePage(to: Cut): void {
    const { chunk, content, from, out } = this;
    const { dictionary, values } = content;
    body.length = 0;
    writeLevels(body, content.leaf, content.slots, from.slots, to.slots);
    if (dictionary === undefined) values.write(body, from.values, to.values);
    else {
      body.byte(dictionary.width);
      writeHybrid(body, dictionary.codes, from.values, to.values, dictionary.width);
    }
    if (chunk.pages.length === 0) this.begin();
    const offset = out.length;
    this.writeBody(body.written(), PAGE.data, () => {
      this.thrift.struct(5, () => {
        this.thrift.i32(1, to.slots - from.slots);
        this.thrift.i32(2, dictionary === undefined ? ENCODING.plain : ENCODING.rleDictionary);
        this.thrift.i32(3, ENCODING.rle);
        this.thrift.i32(4, ENCODING.rle);
      });
    });
    const count = to.values - from.values;
    chunk.pages.push({
      offset,
      bytes: out.length - offset,
      firstRow: from.rows,
      hasValues: count > 0,
      nulls: to.slots - from.slots - count,
      range: this.rangeOf(this.extremesOf(from.values, to.values)),
    });
    this.from = to;
  }

  /** Chooses the codec by the first data page, and writes the dictionary page, which stands before it. */
  private begin(): void {
    const { dictionary, values } = this.content;
    entries.length = 0;
    if (dictionary !== undefined) values.writeEntries(entries, dictionary);
    if (entries.length + body.length >= WORTH_COMPRESSING) this.chunk.codec = CODEC.zstd;
    if (dictionary === undefined) return;
    this.chunk.dictionaryOffset = this.out.length;
    this.writeBody(entries.written(), PAGE.dictionary, () => {
      this.thrift.struct(7, () => {
        this.thrift.i32(1, dictionary.size);
        this.thrift.i32(2, ENCODING.plain);
      });
    });
  }

  private writeBody(raw: Uint8Array, type: number, header: () => void): void {
    const { chunk, out, thrift } = this;
    const stored = chunk.codec === CODEC.zstd ? zstd(raw) : raw;
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

  /** The smallest and largest of the values of a page, which may also be those of the chunk. */
  private extremesOf(from: number, to: number): Extremes | undefined {
    const { values, dictionary } = this.content;
    const page = dictionary === undefined ? values.extremes(from, to) : extremesOfCodes(dictionary, from, to);
    const { before, whole } = this;
    if (page === undefined || before === undefined || whole === undefined) {
      this.before = page ?? before;
      this.whole ??= page;
      return page;
    }
    const { order } = this.chunk;
    const lower = values.compare(before.lower, page.lower);
    const upper = values.compare(before.upper, page.upper);
    if (lower > 0 || upper > 0) order.ascending = false;
    if (lower < 0 || upper < 0) order.descending = false;
    this.before = page;
    this.whole = {
      lower: values.compare(page.lower, whole.lower) < 0 ? page.lower : whole.lower,
      upper: values.compare(page.upper, whole.upper) > 0 ? page.upper : whole.upper,
    };
    return page;
  }

  private rangeOf(extremes: Extremes | undefined): Range | undefined {
    const { values } = this.content;
    return extremes && { lower: values.bound(extremes.lower, 'lower'), upper: values.bound(extremes.upper, 'upper') };
  }
}

/** Codes are in the order of the values. */
function extremesOfCodes({ codes, entries, ordered }: Dictionary, from: number, to: number): Extremes | undefined {
  let lower = ordered;
  let upper = -1;
  for (let i = from; i < to; i++) {
    const code = codes[i];
    if (code < lower) lower = code;
    if (code > upper && code < ordered) upper = code;
  }
  return upper < 0 ? undefined : { lower: entries[lower], upper: entries[upper] };
}
