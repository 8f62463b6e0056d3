/** Writes position-delete files as Parquet. Runs in a decoder thread. */
import type { LongColumn } from '../../columnar/columns.js';
import { RowSet } from '../../columnar/row-set.js';
import type { StringColumn } from '../../columnar/string-column.js';
import { dataFileOf, readFooter } from '../../iceberg/metrics.js';
import {
  POSITION_DELETE_COLUMNS as columns,
  type FileDeletes,
  POSITION_DELETE_SCHEMA as schema,
} from '../../iceberg/position-deletes.js';
import type { DataFile } from '../../iceberg/types.js';
import { loadParquetWriter, type ParquetWriter } from '../../parquet/writer.js';

/** The deleted rows of some data files. */
export interface DeletesTask {
  /** Partition day of all data files. */
  day: number;
  deleted: FileDeletes[];
}

/** A position-delete file that is not stored yet. */
export interface WrittenDeletes {
  bytes: Uint8Array;
  /** Its `path` is set when it is stored. */
  file: DataFile;
}

/**
 * Writes a position-delete file for each data file: readers that need the deletes of one data file open no others, and some
 * (Polars, Iceberg's Java library) require that the bounds or the manifest show which data file a delete file is for.
 */
export async function writeDeletes({ day, deleted }: DeletesTask): Promise<WrittenDeletes[]> {
  const parquet = await loadParquetWriter();
  const written: WrittenDeletes[] = [];
  for (const one of deleted) written.push(await write(parquet, day, one));
  return written;
}

async function write(parquet: ParquetWriter, day: number, deleted: FileDeletes): Promise<WrittenDeletes> {
  const rows = new RowSet(columns, day);
  const [paths, positions] = rows.columns as [StringColumn, LongColumn];
  const path = Buffer.from(deleted.path);
  for (const position of deleted.positions) {
    paths.append(path, 0, path.length, rows.rows);
    positions.append(position, rows.rows);
    rows.rows++;
  }
  const bytes = parquet(schema, rows);
  rows.release();
  const footer = await readFooter(bytes);
  const file = dataFileOf({ path: '', bytes: bytes.length, day, schema, columns, footer });
  return { bytes, file: { ...file, referencedDataFile: deleted.path } };
}
