/**
 * Rows on disk, between sorting and merging: a run is a file of blocks of sorted rows. A block has a header of three words (its
 * bytes, its bytes before compression, its rows) and then its columns, depth first, compressed as one. Only this process reads it.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { BooleanColumn, DoubleColumn, IntColumn, LongColumn } from '../columnar/columns.js';
import { type AnyColumn, ListColumn, StructColumn } from '../columnar/nested.js';
import type { RowSet } from '../columnar/row-set.js';
import { StringColumn } from '../columnar/string-column.js';
import { stringVector, type Vector } from '../columnar/vectors.js';
import type { IcebergType, StructType } from '../iceberg/types.js';
import { Sink } from '../parquet/sink.js';
import { unzstd, zstd } from '../parquet/zstd.js';
import { endOfPart } from './rows.js';

const HEADER_WORDS = 3;
/** How a column begins: all rows are null; all have a value; or a bitmap of those that have a value follows. */
const NULLS = 0;
const VALUES = 1;
const MIXED = 2;
/** Arrays of numbers begin at a multiple of this. */
const ALIGNMENT = 8;

/** Rows of a block, and its bytes: small blocks compress worse, and each costs some 50 µs to read. */
const BLOCK = { rows: 4096, mostBytes: 384 << 10, leastBytes: 48 << 10 };
/** Blocks of a run that are in memory while it is merged: the current one, and for a while the next. */
const BLOCKS_OF_RUN = 2;

/** A run on disk. Structured-cloneable. */
export interface Run {
  path: string;
  /** Approximate bytes of its blocks before compression. */
  blockBytes: number;
}

/** Returns the bytes of blocks with which that many runs can be merged at once in `bytes` of memory, if possible. */
export function blockBytesFor(runs: number, bytes: number): number {
  const share = Math.floor(bytes / (BLOCKS_OF_RUN * Math.max(1, runs)));
  return Math.min(BLOCK.mostBytes, Math.max(BLOCK.leastBytes, share));
}

/** Returns how many of the runs, from the first on, can be merged at once in `bytes` of memory; at least two. */
export function mergeable(runs: readonly Run[], bytes: number): number {
  let [count, left] = [0, bytes];
  for (const { blockBytes } of runs) {
    left -= BLOCKS_OF_RUN * blockBytes;
    if (left < 0) break;
    count++;
  }
  return Math.max(2, count);
}

/** Some rows of a run. */
export interface Block {
  rows: number;
  /** In memory. */
  bytes: number;
  /** By column of the schema. */
  columns: (Vector | undefined)[];
}

/** A run that is being written. */
export class RunWriter {
  private readonly file: number;
  private readonly sink = new Sink(1 << 20);
  private readonly header = new Uint32Array(HEADER_WORDS);

  /** Leftovers of a failed task at the path are overwritten. */
  constructor(private readonly run: Run) {
    this.file = openSync(run.path, 'w');
  }

  /** Writes all rows, which are in order, as blocks. */
  write(rows: RowSet): void {
    const { sink, header } = this;
    const limit = { rows: BLOCK.rows, bytes: this.run.blockBytes };
    rows.finish();
    for (let from = 0; from < rows.rows; ) {
      const to = endOfPart(rows, from, limit);
      sink.length = 0;
      for (const column of rows.columns) encode(sink, column, from, to);
      const packed = zstd(sink.written(), 1);
      header.set([packed.length, sink.length, to - from]);
      writeAll(this.file, new Uint8Array(header.buffer));
      writeAll(this.file, packed);
      from = to;
    }
  }

  close(): void {
    closeSync(this.file);
  }
}

/** A run that is read, block after block. The file is open only during a read: a process may have too few open files for all runs. */
export class RunReader {
  private readonly header = new Uint32Array(HEADER_WORDS);
  private position = 0;

  constructor(
    private readonly path: string,
    private readonly schema: StructType,
  ) {}

  /** The next block; `undefined` at the end. */
  next(): Block | undefined {
    const file = openSync(this.path, 'r');
    try {
      const { header } = this;
      if (!this.read(file, new Uint8Array(header.buffer))) return undefined;
      const [bytes, rawBytes, rows] = header;
      const packed = new Uint8Array(bytes);
      if (!this.read(file, packed)) throw new Error('a block of sorted rows on disk is truncated');
      const source = new Source(aligned(unzstd(packed, rawBytes)));
      return { rows, bytes: rawBytes, columns: this.schema.fields.map(({ type }) => decode(source, type, rows)) };
    } finally {
      closeSync(file);
    }
  }

  /** Fills `bytes`; returns false if the file has ended before them. */
  private read(file: number, bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length; ) {
      const read = readSync(file, bytes, at, bytes.length - at, this.position);
      if (read === 0) {
        if (at === 0) return false;
        throw new Error('a file of sorted rows on disk is truncated');
      }
      at += read;
      this.position += read;
    }
    return true;
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % ALIGNMENT === 0 ? bytes : new Uint8Array(bytes);
}

function encode(sink: Sink, column: AnyColumn, from: number, to: number): void {
  if (column.nulls === column.length || from === to) {
    sink.byte(NULLS);
    return;
  }
  const rows = to - from;
  sink.byte(column.nulls === 0 ? VALUES : MIXED);
  if (column.nulls > 0) appendBits(sink, column.validity, from, to);
  if (column instanceof StringColumn) {
    appendOffsets(sink, column.offsets, from, to);
    sink.append(column.data.subarray(column.offsets[from], column.offsets[to]));
  } else if (column instanceof BooleanColumn) appendBits(sink, column.values, from, to);
  else if (column instanceof IntColumn || column instanceof DoubleColumn)
    appendNumbers(sink, column.values.subarray(from, to));
  else if (column instanceof LongColumn) {
    const words = new Int32Array(2 * rows);
    for (let row = 0; row < rows; row++) {
      const value = column.values[from + row];
      const exact = Number.isSafeInteger(value) ? undefined : column.exact(from + row);
      const high = Math.floor(value / 2 ** 32);
      words[2 * row] = exact === undefined ? value - high * 2 ** 32 : Number(BigInt.asIntN(32, exact));
      words[2 * row + 1] = exact === undefined ? high : Number(exact >> 32n);
    }
    appendNumbers(sink, words);
  } else if (column instanceof StructColumn) for (const child of column.children) encode(sink, child, from, to);
  else if (column instanceof ListColumn) {
    appendOffsets(sink, column.offsets, from, to);
    encode(sink, column.child, column.offsets[from], column.offsets[to]);
  }
}

function appendBits(sink: Sink, bits: Uint8Array, from: number, to: number): void {
  const shift = from & 7;
  const bytes = (to - from + 7) >> 3;
  sink.reserve(bytes);
  for (let i = 0, at = from >> 3; i < bytes; i++, at++)
    sink.bytes[sink.length++] = (bits[at] >> shift) | (shift === 0 ? 0 : bits[at + 1] << (8 - shift));
}

function appendOffsets(sink: Sink, offsets: Int32Array, from: number, to: number): void {
  const part = offsets.slice(from, to + 1);
  const first = part[0];
  for (let i = 0; i < part.length; i++) part[i] -= first;
  appendNumbers(sink, part);
}

function appendNumbers(sink: Sink, { buffer, byteOffset, byteLength }: Int32Array | Float64Array): void {
  while (sink.length % ALIGNMENT !== 0) sink.byte(0);
  sink.append(new Uint8Array(buffer, byteOffset, byteLength));
}

class Source {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  byte(): number {
    return this.bytes[this.at++];
  }

  take(bytes: number): Uint8Array {
    const taken = this.bytes.subarray(this.at, this.at + bytes);
    this.at += bytes;
    return taken;
  }

  ints(count: number): Int32Array {
    return new Int32Array(this.bytes.buffer, this.skip(count * 4), count);
  }

  doubles(count: number): Float64Array {
    return new Float64Array(this.bytes.buffer, this.skip(count * 8), count);
  }

  private skip(bytes: number): number {
    const start = Math.ceil(this.at / ALIGNMENT) * ALIGNMENT;
    this.at = start + bytes;
    return this.bytes.byteOffset + start;
  }
}

function decode(source: Source, type: IcebergType, rows: number): Vector | undefined {
  const nulls = source.byte();
  if (nulls === NULLS) return undefined;
  const validity = nulls === VALUES ? undefined : source.take((rows + 7) >> 3);
  if (typeof type === 'object') {
    if (type.type === 'struct')
      return { kind: 'struct', validity, children: type.fields.map((field) => decode(source, field.type, rows)) };
    const offsets = source.ints(rows + 1);
    return { kind: 'list', validity, offsets, child: decode(source, type.element, offsets[rows]) };
  }
  switch (type) {
    case 'string': {
      const offsets = source.ints(rows + 1);
      return stringVector(offsets, source.take(offsets[rows]), validity);
    }
    case 'boolean':
      return { kind: 'boolean', validity, bits: source.take((rows + 7) >> 3) };
    case 'int':
    case 'date':
      return { kind: 'int', validity, values: source.ints(rows) };
    case 'long':
    case 'timestamptz':
      return { kind: 'long', validity, words: source.ints(2 * rows) };
    default:
      return { kind: 'double', validity, values: source.doubles(rows) };
  }
}
