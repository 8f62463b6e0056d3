/** The sorted data files of a day, written to disk before they are stored. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { RowSet } from '../columnar/row-set.js';
import type { Schema } from '../iceberg/types.js';
import { ParquetFileWriter } from '../parquet/file-writer.js';
import { endOfPart } from './rows.js';

/** How large data files and their row groups become, and what they have for searches. */
export interface OutputLimits {
  /** A file ends with the row group that reaches this many bytes. */
  fileBytes: number;
  /** A file has no more rows: its event list takes 40 bytes of memory for each. */
  fileRows: number;
  groupRows: number;
  /** Bytes of the rows of a group in memory. */
  groupBytes: number;
  /** Columns that single values are searched for in (dotted names). */
  lookups: readonly string[];
}

/** A data file on disk. Structured-cloneable. */
export interface OutputFile {
  path: string;
  rows: number;
}

/** Writes sorted rows to files. */
export class OutputFiles {
  /** The files, including the one that is being written. */
  readonly files: OutputFile[] = [];
  private writer: ParquetFileWriter | undefined;
  private descriptor = -1;

  constructor(
    private readonly directory: string,
    private readonly schema: Schema,
    readonly limits: OutputLimits,
  ) {}

  /** Writes rows as row groups. */
  async append(rows: RowSet): Promise<void> {
    const { limits } = this;
    rows.finish();
    const group = { rows: limits.groupRows, bytes: limits.groupBytes };
    for (let from = 0; from < rows.rows; ) {
      const to = endOfPart(rows, from, group);
      this.writer ??= await this.begin();
      this.writer.addGroup(rows, from, to);
      this.files[this.files.length - 1].rows += to - from;
      const { bytes, rows: written } = this.writer;
      if (bytes >= limits.fileBytes || written + limits.groupRows > limits.fileRows) this.finish();
      from = to;
    }
  }

  /** Ends the last file. */
  finish(): void {
    if (this.writer === undefined) return;
    this.writer.finish();
    closeSync(this.descriptor);
    this.writer = undefined;
  }

  private begin(): Promise<ParquetFileWriter> {
    const path = join(this.directory, `data-${this.files.length}.parquet`);
    this.descriptor = openSync(path, 'w');
    this.files.push({ path, rows: 0 });
    return ParquetFileWriter.begin(this.schema, this.limits.lookups, (bytes) => {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.descriptor, bytes, at);
    });
  }
}
