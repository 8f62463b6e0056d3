/** Writes rows as a Parquet file: column buffers straight to encoded pages, without an Arrow table in between. */
import type { RowSet } from '../columnar/row-set.js';
import type { Schema } from '../iceberg/types.js';
import { writeChunk } from './chunk.js';
import { type WrittenGroup, writeFooter } from './footer.js';
import { leavesOf } from './leaves.js';
import type { PageLimits } from './pages.js';
import { Sink } from './sink.js';
import { loadZstd } from './zstd.js';

/** How large the parts of a file become. */
export interface Limits {
  groupRows: number;
  /** A page ends before it has more rows, or more bytes before compression; a row is never cut. */
  pageRows: number;
  pageBytes: number;
}

/**
 * Files have 65,536 rows at the most, so a column has one page, of codes: zstd finds nothing of the page before. Only ids and
 * long texts have more: level 1 of zstd compresses less what is larger than 256 KiB.
 */
const LIMITS: Limits = { groupRows: 1 << 20, pageRows: 65_536, pageBytes: 250_000 };

/** The same limits of pages. */
export const PAGES: PageLimits = { rows: LIMITS.pageRows, bytes: LIMITS.pageBytes };

/** What a file begins and ends with. */
export const MAGIC = Buffer.from('PAR1');

const out = new Sink(1 << 16);

/**
 * Writes rows as one Parquet file, with the column order and field ids of an Iceberg schema. Schema columns that the rows do not
 * have are all null. It blocks its thread, so call it in a decoder thread.
 */
export type ParquetWriter = (schema: Schema, rows: RowSet, limits?: Limits) => Uint8Array<ArrayBuffer>;

/** The writer. It compiles its compressor first, once in a thread. */
export async function loadParquetWriter(): Promise<ParquetWriter> {
  await loadZstd();
  return write;
}

function write(schema: Schema, rows: RowSet, limits = LIMITS): Uint8Array<ArrayBuffer> {
  rows.finish();
  const leaves = leavesOf(schema, rows);
  out.clear();
  out.append(MAGIC);
  const groups: WrittenGroup[] = [];
  for (let from = 0; from < rows.rows; from += limits.groupRows) {
    const to = Math.min(from + limits.groupRows, rows.rows);
    const pages = { rows: limits.pageRows, bytes: limits.pageBytes };
    groups.push({ rows: to - from, chunks: leaves.map((leaf) => writeChunk(out, leaf, from, to, pages)) });
  }
  writeFooter(out, schema, leaves, rows.rows, groups);
  out.append(MAGIC);
  const bytes = out.copy();
  out.clear();
  return bytes;
}
