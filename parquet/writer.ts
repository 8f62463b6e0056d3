/** Writes rows as a Parquet file: column buffers straight to encoded pages, without an Arrow table in between. */
import type { RowSet } from '../columnar/row-set.js';
import type { Schema } from '../iceberg/types.js';
import { type OnTexts, writeChunk } from './chunk.js';
import { type WrittenGroup, writeFooter } from './footer.js';
import { leavesOf } from './leaves.js';
import type { PageLimits } from './pages.js';
import { Sink } from './sink.js';
import { loadZstd } from './zstd.js';

/** Sizes of the parts of a file. */
export interface Limits {
  groupRows: number;
  /** A page ends before it has more rows, or more bytes before compression; rows are never split. */
  pageRows: number;
  pageBytes: number;
}

/**
 * Files have at most 65,536 rows, so a column of codes has a single page: zstd cannot use repeats across pages. Only
 * ids and long texts have more: level 1 of zstd compresses less well above 256 KiB.
 */
const LIMITS: Limits = { groupRows: 1 << 20, pageRows: 65_536, pageBytes: 250_000 };

/** The same page limits. */
export const PAGES: PageLimits = { rows: LIMITS.pageRows, bytes: LIMITS.pageBytes };

/** The first and last bytes of a file. */
export const MAGIC = Buffer.from('PAR1');

const out = new Sink(1 << 16);

/**
 * Writes rows as one Parquet file, with the column order and field ids of an Iceberg schema. Schema columns that the rows do not
 * have are all null. It blocks its thread, so call it in a decoder thread.
 */
export type ParquetWriter = (
  schema: Schema,
  rows: RowSet,
  options?: { limits?: Limits; onTexts?: OnTexts },
) => Uint8Array<ArrayBuffer>;

/** Creates the writer. Compiles its compressor first, once per thread. */
export async function loadParquetWriter(): Promise<ParquetWriter> {
  await loadZstd();
  return write;
}

function write(
  schema: Schema,
  rows: RowSet,
  { limits = LIMITS, onTexts }: { limits?: Limits; onTexts?: OnTexts } = {},
): Uint8Array<ArrayBuffer> {
  rows.finish();
  const leaves = leavesOf(schema, rows);
  out.clear();
  out.append(MAGIC);
  const groups: WrittenGroup[] = [];
  for (let from = 0; from < rows.rows; from += limits.groupRows) {
    const to = Math.min(from + limits.groupRows, rows.rows);
    const pages = { rows: limits.pageRows, bytes: limits.pageBytes };
    groups.push({ rows: to - from, chunks: leaves.map((leaf) => writeChunk(out, leaf, { from, to }, pages, onTexts)) });
  }
  writeFooter(out, schema, leaves, rows.rows, groups);
  out.append(MAGIC);
  const bytes = out.copy();
  out.clear();
  return bytes;
}
