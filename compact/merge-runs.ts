/** The second half of compaction: runs of sorted rows → data files. Runs in a thread. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Picks } from '../columnar/gather.js';
import type { RowSet } from '../columnar/row-set.js';
import type { Vector } from '../columnar/vectors.js';
import type { Schema } from '../iceberg/types.js';
import { collectBuffers, noteDropped, noteFreed } from '../ingest/threads/collect.js';
import { loadZstd } from '../parquet/zstd.js';
import { type OutputFile, OutputFiles, type OutputLimits } from './output.js';
import { appendPicks, rowSetOf } from './rows.js';
import { compareRows, type KeyPath, type Keys, keysOf } from './sort-keys.js';
import { blockBytesFor, mergeable, type Run, RunReader, RunWriter } from './spill.js';

/**
 * Rows that are put in order before they are copied, column by column. Enough for several rows of each run, whose values are then
 * in the processor's caches: with 4,096, merging 1,208 runs took 70 µs a row instead of 46.
 */
const PICKS = 32_768;
/** Rows of a run that are written at once. */
const BLOCKS_AT_ONCE = { rows: 16_384, bytes: 16 << 20 };

/** Runs to merge. Structured-cloneable. */
export interface MergeTask {
  runs: readonly Run[];
  schema: Schema;
  day: number;
  keys: readonly KeyPath[];
  /** Bytes of blocks that may be in memory at once. */
  bytes: number;
  directory: string;
  output: OutputLimits;
}

/** Merges the runs, removes them, and returns the data files. Runs are first merged into larger ones if there are too many. */
export async function mergeRuns(task: MergeTask): Promise<OutputFile[]> {
  const { schema, directory } = task;
  await loadZstd();
  let runs = [...task.runs];
  for (let number = 0; ; number++) {
    const most = mergeable(runs, task.bytes);
    if (most >= runs.length) break;
    // As few as possible are written again; runs that were already merged come last.
    const some = runs.slice(0, Math.min(most, runs.length - most + 1));
    const run = { path: join(directory, `merged-${number}`), blockBytes: blockBytesFor(runs.length, task.bytes) };
    const writer = new RunWriter(run);
    try {
      await merge(some, task, BLOCKS_AT_ONCE, async (rows) => writer.write(rows));
    } finally {
      writer.close();
    }
    runs = [...runs.slice(some.length), run];
  }
  const output = new OutputFiles(directory, schema, task.output);
  await merge(runs, task, { rows: task.output.groupRows, bytes: task.output.groupBytes }, (rows) =>
    output.append(rows),
  );
  output.finish();
  return output.files;
}

type Columns = readonly (Vector | undefined)[];

/** The next row of a run. */
interface Head {
  /** Number of the run: rows that are equal stay in their order. */
  run: number;
  reader: RunReader;
  rows: number;
  row: number;
  keys: Keys;
  /** Number of its block in the list of those that picks refer to. */
  batch: number;
}

/** Calls `take` with all rows of the runs in order, at a time about as many as `limit` allows, and removes the runs. */
async function merge(
  runs: readonly Run[],
  { schema, day, keys }: MergeTask,
  limit: { rows: number; bytes: number },
  take: (rows: RowSet) => Promise<void>,
): Promise<void> {
  const merged = rowSetOf(schema, day);
  const picks: Picks = { batches: new Uint32Array(PICKS), rows: new Uint32Array(PICKS) };
  let count = 0;
  let blocks: Columns[] = [];
  const heads: Head[] = [];
  const advance = (head: Head): boolean => {
    const block = head.reader.next();
    if (block === undefined) return false;
    noteFreed(block.bytes);
    head.rows = block.rows;
    head.row = 0;
    head.keys = keysOf(block.columns, keys);
    head.batch = blocks.push(block.columns) - 1;
    return true;
  };
  const flush = async (): Promise<void> => {
    for (let at = 0; at < count; ) {
      // Never more rows than a row group: the rest would become a small group.
      const end = Math.min(count, at + limit.rows - merged.rows);
      appendPicks(merged, blocks, picks, at, end);
      if (merged.rows >= limit.rows || merged.bytes >= limit.bytes) {
        await take(merged);
        noteDropped(merged.release());
      }
      at = end;
    }
    count = 0;
    const kept: Columns[] = [];
    for (const head of heads) head.batch = kept.push(blocks[head.batch]) - 1;
    blocks = kept;
    collectBuffers();
  };
  try {
    for (const [run, { path }] of runs.entries()) {
      const reader = new RunReader(path, schema);
      const head: Head = { run, reader, rows: 0, row: 0, keys: [], batch: 0 };
      if (advance(head)) heads.push(head);
    }
    for (let at = (heads.length >> 1) - 1; at >= 0; at--) siftDown(heads, at);
    while (heads.length > 0) {
      const first = heads[0];
      picks.batches[count] = first.batch;
      picks.rows[count++] = first.row++;
      if (first.row === first.rows) {
        // Its block is still needed for the picks, and finished blocks must not pile up.
        if (!advance(first)) {
          const last = heads.pop() as Head;
          if (last !== first) heads[0] = last;
        }
        if (blocks.length > 2 * runs.length + 2) await flush();
      }
      siftDown(heads, 0);
      if (count === PICKS) await flush();
    }
    await flush();
    if (merged.rows > 0) await take(merged);
  } finally {
    merged.release();
  }
  for (const { path } of runs) rmSync(path);
}

function isBefore(one: Head, two: Head): boolean {
  const order = compareRows(one.keys, one.row, two.keys, two.row);
  return order < 0 || (order === 0 && one.run < two.run);
}

/** Restores the heap: the smallest head is at 0, and no head is larger than its children at 2i + 1 and 2i + 2. */
function siftDown(heads: Head[], from: number): void {
  const head = heads[from];
  if (head === undefined) return;
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heads.length) break;
    if (child + 1 < heads.length && isBefore(heads[child + 1], heads[child])) child++;
    if (!isBefore(heads[child], head)) break;
    heads[at] = heads[child];
    at = child;
  }
  heads[at] = head;
}
