/** Writes a large Parquet file a row group at a time, so that only the rows of one group are in memory. */
import type { RowSet } from '../columnar/row-set.js';
import type { Schema } from '../iceberg/types.js';
import { writeChunk } from './chunk.js';
import { type WrittenGroup, writeFooter } from './footer.js';
import { type Leaf, leavesOf } from './leaves.js';
import { Sink } from './sink.js';
import { MAGIC, PAGES } from './writer.js';
import { loadZstd } from './zstd.js';

/** A Parquet file that is being written. */
export class ParquetFileWriter {
  /** Number of rows written so far. */
  rows = 0;
  /** Number of bytes written so far. */
  bytes = 0;
  private readonly groups: WrittenGroup[] = [];
  private leaves: Leaf[] = [];
  private readonly out = new Sink(1 << 16);

  private constructor(
    private readonly schema: Schema,
    private readonly lookups: readonly string[],
    private readonly write: (bytes: Uint8Array) => void,
  ) {}

  /**
   * Starts a file. Compiles the compressor first, once per thread.
   * @param lookups dotted names of lookup columns
   * @param write called with each part of the file in turn; the bytes are valid until it returns
   */
  static async begin(
    schema: Schema,
    lookups: readonly string[],
    write: (bytes: Uint8Array) => void,
  ): Promise<ParquetFileWriter> {
    await loadZstd();
    const writer = new ParquetFileWriter(schema, lookups, write);
    writer.out.append(MAGIC);
    return writer;
  }

  /**
   * Writes the rows `from` up to, but not including, `to` as a row group. Schema columns that the rows do not have are all null.
   * The rows must be finished.
   */
  addGroup(rows: RowSet, from: number, to: number): void {
    this.leaves = leavesOf(this.schema, rows, this.lookups);
    const { out, bytes: before } = this;
    const chunks = this.leaves.map((leaf) => {
      const chunk = writeChunk(out, leaf, { from, to }, PAGES);
      chunk.dataOffset += before;
      if (chunk.dictionaryOffset !== undefined) chunk.dictionaryOffset += before;
      // The footer does not need the buffers: they are reused for the next group.
      return { ...chunk, leaf: { ...leaf, steps: [] } };
    });
    this.groups.push({ rows: to - from, chunks });
    this.rows += to - from;
    this.flush();
  }

  /** Writes the footer. There must be at least one row group. */
  finish(): void {
    writeFooter(this.out, this.schema, this.leaves, this.rows, this.groups, this.bytes);
    this.out.append(MAGIC);
    this.flush();
  }

  private flush(): void {
    this.write(this.out.written());
    this.bytes += this.out.length;
    this.out.clear();
  }
}
