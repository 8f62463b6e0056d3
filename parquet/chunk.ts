/** Writes the column chunk of a leaf: its dictionary page, if it has one, and its data pages (version 1). */
import type { Dictionary } from './dictionary.js';
import { widthOf, writeBitmap, writeHybrid, writeRun } from './hybrid.js';
import { valuesOf } from './leaf-values.js';
import type { Leaf } from './leaves.js';
import { type Cut, cutsOf, type PageLimits } from './pages.js';
import { SCRATCH, scratch } from './scratch.js';
import { Sink } from './sink.js';
import { type Slots, slotsOf } from './slots.js';
import { ThriftWriter } from './thrift.js';
import { CODEC, ENCODING, PAGE } from './types.js';
import type { Bound, Values } from './values.js';
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
  /** Places of the smallest and largest value of the chunk and of the page before. */
  private readonly whole = new Extremes();
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
    this.writeLevels(from.slots, to.slots);
    if (dictionary === undefined) values.write(body, from.values, to.values);
    else {
      const width = widthOf(dictionary.size);
      body.byte(width);
      writeHybrid(body, dictionary.codes, from.values, to.values, width);
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

  private writeLevels(from: number, to: number): void {
    const { leaf, slots } = this.content;
    const { levels } = slots;
    const width = widthOf(leaf.maxDefinition + 1);
    if (leaf.maxRepetition > 0)
      withLength(() => {
        if (levels.kind === 'each' && levels.repetition !== undefined)
          writeHybrid(body, levels.repetition, from, to, widthOf(leaf.maxRepetition + 1));
        else writeRun(body, 0, to - from, widthOf(leaf.maxRepetition + 1));
      });
    if (leaf.maxDefinition > 0)
      withLength(() => {
        if (levels.kind === 'each') writeHybrid(body, levels.definition, from, to, width);
        else if (levels.kind === 'equal') writeRun(body, levels.level, to - from, width);
        else writeBitmap(body, levels.bitmap, levels.from + from, levels.from + to, levels.level);
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

  /** The smallest and largest of the values of a page, which also widen those of the chunk. */
  private extremesOf(from: number, to: number): Extremes {
    const { values, dictionary } = this.content;
    const page = new Extremes();
    if (dictionary === undefined) for (let i = from; i < to; i++) page.widen(values, values.place(i));
    else this.widenByEntries(page, dictionary, from, to);
    if (page.lower < 0) return page;
    const { order } = this.chunk;
    if (this.before !== undefined) {
      const lower = values.compare(this.before.lower, page.lower);
      const upper = values.compare(this.before.upper, page.upper);
      if (lower > 0 || upper > 0) order.ascending = false;
      if (lower < 0 || upper < 0) order.descending = false;
    }
    this.before = page;
    this.whole.widen(values, page.lower);
    this.whole.widen(values, page.upper);
    return page;
  }

  /** Looks at each entry once, not at each value. */
  private widenByEntries(page: Extremes, { codes, entries, size }: Dictionary, from: number, to: number): void {
    const seen = scratch(SCRATCH.seen, size).fill(0, 0, size);
    let last = -1;
    for (let i = from; i < to; i++) {
      const code = codes[i];
      if (code === last) continue;
      last = code;
      if (seen[code] !== 0) continue;
      seen[code] = 1;
      page.widen(this.content.values, entries[code]);
    }
  }

  private rangeOf({ lower, upper }: Extremes): Range | undefined {
    const { values } = this.content;
    return lower < 0 ? undefined : { lower: values.bound(lower, 'lower'), upper: values.bound(upper, 'upper') };
  }
}

/** Places of a smallest and a largest value; -1 as long as there is none. */
class Extremes {
  lower = -1;
  upper = -1;

  widen(values: Values, place: number): void {
    if (!values.isOrdered(place)) return;
    if (this.lower < 0) {
      this.lower = place;
      this.upper = place;
    } else if (values.compare(place, this.lower) < 0) this.lower = place;
    else if (values.compare(place, this.upper) > 0) this.upper = place;
  }
}

/** Levels stand after the number of their bytes. */
function withLength(write: () => void): void {
  const start = body.length;
  body.int32(0);
  write();
  body.setInt32(start, body.length - start - 4);
}
