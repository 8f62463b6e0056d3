/** Writes position-delete files as Parquet. Runs in a decoder thread. */
import type { LongColumn } from '../../columnar/columns.js';
import { RowSet } from '../../columnar/row-set.js';
import type { StringColumn } from '../../columnar/string-column.js';
import { dataFileOf, readFooter } from '../../iceberg/metrics.js';
import { type FileDeletes, POSITION_DELETE_COLUMNS, POSITION_DELETE_SCHEMA } from '../../iceberg/position-deletes.js';
import type { DataFile } from '../../iceberg/types.js';
import { loadParquetWriter } from '../../parquet/writer.js';

/** The rows of one position-delete file. */
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

/** Writes one position-delete file, sorted by path and position. */
export async function writeDeletes({ day, deleted }: DeletesTask): Promise<WrittenDeletes> {
  const rows = new RowSet(POSITION_DELETE_COLUMNS, day);
  const [paths, positions] = rows.columns as [StringColumn, LongColumn];
  for (const file of [...deleted].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const path = Buffer.from(file.path);
    for (const position of file.positions) {
      paths.append(path, 0, path.length, rows.rows);
      positions.append(position, rows.rows);
      rows.rows++;
    }
  }
  const parquet = await loadParquetWriter();
  const bytes = parquet(POSITION_DELETE_SCHEMA, rows);
  const footer = await readFooter(bytes);
  return { bytes, file: dataFileOf({ path: '', bytes: bytes.length, day, schema: POSITION_DELETE_SCHEMA, footer }) };
}
