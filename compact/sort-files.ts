/** The first half of compaction: data files → runs of sorted rows, as large as memory allows. Runs in a thread. */
import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { type RowBatch, readBatches } from '../columnar/parquet.js';
import type { RowSet } from '../columnar/row-set.js';
import type { Schema } from '../iceberg/types.js';
import { collectBuffers, noteDropped, noteFreed } from '../ingest/threads/collect.js';
import { loadZstd } from '../parquet/zstd.js';
import { type OutputFile, OutputFiles, type OutputLimits } from './output.js';
import { addSum, noRows, type RowSum, sumOf } from './row-hash.js';
import { appendPicks, rowSetOf } from './rows.js';
import { type KeyPath, type Keys, keysOf, sortRows } from './sort-keys.js';
import { type Run, RunWriter } from './spill.js';

/** Files to sort. Structured-cloneable. */
export interface SortTask {
  /** Data files on disk. */
  files: { path: string /** Deleted rows, ascending. */; deleted?: Float64Array }[];
  schema: Schema;
  day: number;
  keys: readonly KeyPath[];
  /** Bytes of rows to sort at once. */
  bytes: number;
  /** Directory for runs and data files. */
  directory: string;
  /** The number of the first run. */
  firstRun: number;
  /** Bytes of the blocks of runs. */
  blockBytes: number;
  /** Given if there are no other files: rows that all fit into memory become data files directly. */
  output?: OutputLimits;
}

/** The result of sorting files. Structured-cloneable. */
export interface Sorted {
  /** Rows of each file, deleted ones included. */
  fileRows: number[];
  /** Of the live rows. */
  sum: RowSum;
  runs: Run[];
  /** Finished data files. */
  outputs: OutputFile[];
  /** The first file that could not be read, by its index, and why. If present, the other properties are not valid. */
  failed?: { file: number; why: string };
}

/** Sorts the live rows of the files. */
export async function sortFiles(task: SortTask): Promise<Sorted> {
  const { files, schema, directory, output } = task;
  await loadZstd();
  const result: Sorted = { fileRows: [], sum: noRows(), runs: [], outputs: [] };
  const held = new HeldRows(task);
  const spill = (): void => {
    const path = join(directory, `run-${task.firstRun + result.runs.length}`);
    const run = { path, blockBytes: task.blockBytes };
    held.spill(run);
    result.runs.push(run);
  };
  for (const [file, { path, deleted }] of files.entries()) {
    const isDeleted = deletedRows(deleted);
    let start = 0;
    try {
      for await (const batch of readBatches(await openAsBlob(path), schema)) {
        const first = start;
        const gone = deleted && ((row: number): boolean => isDeleted(first + row));
        addSum(result.sum, sumOf(schema, batch.columns, batch.rows, gone));
        noteFreed(batch.bytes);
        collectBuffers();
        if (held.bytes > 0 && held.bytes + batch.bytes > task.bytes) spill();
        held.add(batch, gone);
        start += batch.rows;
      }
    } catch (error) {
      // An error of this machine's disk, or the end of the thread.
      if (error instanceof Error && 'code' in error) throw error;
      return { ...result, failed: { file, why: error instanceof Error ? error.message : String(error) } };
    }
    result.fileRows.push(start);
  }
  if (output !== undefined && result.runs.length === 0) {
    if (held.rows > 0) result.outputs = await held.write(new OutputFiles(directory, schema, output));
  } else if (held.rows > 0) spill();
  return result;
}

/** Whether a row is deleted; must be called with ascending rows. */
function deletedRows(deleted: Float64Array = new Float64Array(0)): (row: number) => boolean {
  let next = 0;
  return (row) => {
    // The rows of a batch are tested twice: for its sum and for its rows.
    while (next > 0 && deleted[next - 1] >= row) next--;
    while (next < deleted.length && deleted[next] < row) next++;
    return deleted[next] === row;
  };
}

/** Rows in memory, in the order in which they were read. */
class HeldRows {
  bytes = 0;
  rows = 0;
  private batches: { columns: RowBatch['columns']; keys: Keys; live: Uint32Array }[] = [];

  constructor(private readonly task: SortTask) {}

  add(batch: RowBatch, isDeleted: ((row: number) => boolean) | undefined): void {
    const live = new Uint32Array(batch.rows);
    let count = 0;
    for (let row = 0; row < batch.rows; row++) if (!isDeleted?.(row)) live[count++] = row;
    if (count === 0) return;
    const { columns } = batch;
    this.batches.push({ columns, keys: keysOf(columns, this.task.keys), live: live.subarray(0, count) });
    this.rows += count;
    this.bytes += batch.bytes;
  }

  /** Writes all rows in order to a run, and drops them. */
  spill(run: Run): void {
    const rows = this.inOrder();
    const writer = new RunWriter(run);
    try {
      writer.write(rows);
    } finally {
      writer.close();
      noteDropped(rows.release());
      collectBuffers();
    }
  }

  /** Writes all rows in order to data files, and drops them. */
  async write(output: OutputFiles): Promise<OutputFile[]> {
    const rows = this.inOrder();
    await output.append(rows);
    output.finish();
    noteDropped(rows.release());
    return output.files;
  }

  private inOrder(): RowSet {
    const rows = rowSetOf(this.task.schema, this.task.day);
    const columns = this.batches.map((batch) => batch.columns);
    appendPicks(rows, columns, this.sorted(), 0, this.rows);
    noteDropped(this.bytes);
    this.batches = [];
    this.rows = this.bytes = 0;
    return rows;
  }

  private sorted(): { batches: Uint32Array; rows: Uint32Array } {
    const picks = { batches: new Uint32Array(this.rows), rows: new Uint32Array(this.rows) };
    let at = 0;
    this.batches.forEach(({ live }, batch) => {
      picks.batches.fill(batch, at, at + live.length);
      picks.rows.set(live, at);
      at += live.length;
    });
    const order = sortRows(this.batches, picks);
    return { batches: order.map((pick) => picks.batches[pick]), rows: order.map((pick) => picks.rows[pick]) };
  }
}
