/** Reads a new data file before it is stored: its rows, their order, and its event list. Runs in a thread. */
import { openAsBlob, writeFileSync } from 'node:fs';
import {
  ACCOUNT_COLUMN,
  AGGREGATED_EVENT_COLUMN,
  EVENT_COLUMN,
  EventIdWriter,
  secondOfDayExact,
  TIME_COLUMN,
} from '../cloudtrail/event-ids.js';
import { eventListOf } from '../cloudtrail/event-list.js';
import { type RowBatch, readBatches } from '../columnar/parquet.js';
import { hasValue, type StringVector, type Vector } from '../columnar/vectors.js';
import type { Schema } from '../iceberg/types.js';
import { collectBuffers, noteFreed } from '../ingest/threads/collect.js';
import { addSum, noRows, type RowSum, sumOf } from './row-hash.js';
import { compareRows, type KeyPath, type Keys, keyPathsOf, keysOf } from './sort-keys.js';

/** A file to check. Structured-cloneable. */
export interface CheckTask {
  /** On disk. */
  path: string;
  schema: Schema;
  keys: readonly KeyPath[];
  /** Its rows. */
  rows: number;
}

/** What was found in a file. Structured-cloneable. */
export interface Checked {
  sum: RowSum;
  /** Whether its rows are in order. */
  inOrder: boolean;
  /** File on disk with the list to store for it: see cloudtrail/event-list.ts. Absent if its table has no event ids. */
  eventList?: string;
}

/** Reads the whole file, some rows at a time. */
export async function checkFile({ path, schema, keys, rows }: CheckTask): Promise<Checked> {
  const events = EventLister.of(schema, rows);
  const sum = noRows();
  let inOrder = true;
  let last: { keys: Keys; row: number } | undefined;
  for await (const batch of readBatches(await openAsBlob(path), schema)) {
    noteFreed(batch.bytes);
    collectBuffers();
    addSum(sum, sumOf(schema, batch.columns, batch.rows));
    events?.add(batch);
    const of = keysOf(batch.columns, keys);
    for (let row = 0; row < batch.rows && inOrder; row++) {
      const [before, at] = row === 0 ? [last?.keys, last?.row ?? 0] : [of, row - 1];
      if (before !== undefined && compareRows(before, at, of, row) > 0) inOrder = false;
    }
    last = { keys: of, row: batch.rows - 1 };
  }
  if (events === undefined) return { sum, inOrder };
  // Not in memory: a day has many files, which are stored when all of them are checked.
  const eventList = `${path}.events`;
  writeFileSync(eventList, events.list());
  return { sum, inOrder, eventList };
}

const NONE = new Uint8Array(0);

/** Makes the event list of a file while it is read. */
class EventLister {
  private readonly writer: EventIdWriter;
  private row = 0;

  private constructor(
    rows: number,
    private readonly paths: readonly KeyPath[][],
  ) {
    this.writer = new EventIdWriter(rows);
  }

  /** `undefined` for a table without event ids. */
  static of(schema: Schema, rows: number): EventLister | undefined {
    const columns = [EVENT_COLUMN, AGGREGATED_EVENT_COLUMN, ACCOUNT_COLUMN, TIME_COLUMN];
    const paths = columns.map((column) => keyPathsOf(schema, [column]));
    return paths[0].length === 0 ? undefined : new EventLister(rows, paths);
  }

  add({ rows, columns }: RowBatch): void {
    const [ids, aggregated, accounts, times] = this.paths.map((path) => keysOf(columns, path)[0]);
    for (let row = 0; row < rows; row++, this.row++) {
      const id = textOf(ids, row) ?? textOf(aggregated, row);
      const second = times?.kind === 'long' && hasValue(times, row) ? secondOf(times.words, row) : undefined;
      if (id !== undefined && second !== undefined)
        this.writer.write(this.row, textOf(accounts, row) ?? NONE, id, second);
    }
  }

  list(): Uint8Array {
    return eventListOf(this.writer.written);
  }
}

function secondOf(words: Int32Array, row: number): number {
  return secondOfDayExact((BigInt(words[2 * row + 1]) << 32n) | BigInt(words[2 * row] >>> 0));
}

function textOf(vector: Vector | undefined, row: number): Uint8Array | undefined {
  if (vector === undefined || !hasValue(vector, row)) return undefined;
  const { data, offsets } = vector as StringVector;
  return data.subarray(offsets[row], offsets[row + 1]);
}
