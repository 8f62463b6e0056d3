/** The cost that the index adds to ingestion: the same files are decoded and written alternately with it and without it. */
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { DEFAULT_TABLE_COLUMNS } from '../../../cloudtrail/columns/default.js';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { eventIdsOf } from '../../../cloudtrail/event-ids.js';
import { eventListOf } from '../../../cloudtrail/event-list.js';
import { tableOf } from '../../../cloudtrail/table-config.js';
import { collectBuffers, noteFreed } from '../../../ingest/threads/collect.js';
import { writeParquet } from '../../../ingest/write-parquet.js';
import { loadParquetWriter } from '../../../parquet/writer.js';
import { writeSample } from '../../../sample/index.js';
import { createMemoryStore } from '../../../storage/memory.js';
import { FileValues } from '../../../value-index/file-values.js';
import { segmentOfFiles } from '../../../value-index/segment-writer.js';
import { CREATE } from './made-files.js';

const ROUNDS = 25;

/** CPU time of gunzip, SHA-256, decoding, event lists and Parquet, as for a chunk, and what the index adds to it. */
export interface IngestionCost {
  events: number;
  /** Microseconds of CPU time per event, medians. */
  withoutIndex: number;
  withIndex: number;
  /** Of `withoutIndex`. */
  share: number;
}

/** Measures a sample. */
export async function ingestionCost(): Promise<IngestionCost> {
  const store = createMemoryStore('bench');
  await writeSample(store, { days: 1, accounts: 2, regions: 2, eventsPerHour: 1_500 });
  const files: Uint8Array[] = [];
  for await (const { objects } of store.list('AWSLogs/'))
    for (const { key } of objects) if (tableOf(key) === 'default') files.push((await store.get(key)).body);
  const parquet = await loadParquetWriter();
  let events = 0;
  const round = async (isIndexed: boolean): Promise<number> => {
    const before = process.cpuUsage();
    const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);
    for (const file of files) {
      collectBuffers();
      const bytes = gunzipSync(file);
      noteFreed(bytes.length);
      createHash('sha256').update(bytes).digest('hex');
      decoder.decode(bytes, 'file:///bench/AWSLogs/123456789012/CloudTrail/f.json.gz');
    }
    const indexed: { path: string; values: Float64Array }[] = [];
    events = 0;
    for (const rows of decoder.take()) {
      events += rows.rows;
      const ids = eventIdsOf(rows);
      if (ids !== undefined) eventListOf(ids);
      const collected = isIndexed ? new FileValues(rows.rows) : undefined;
      const { values } = await writeParquet(parquet, 'default', CREATE.schema, rows, { values: collected });
      if (values !== undefined) indexed.push({ path: String(indexed.length), values });
    }
    if (isIndexed) await segmentOfFiles(indexed);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const times = { with: [] as number[], without: [] as number[] };
  for (let at = 0; at < ROUNDS; at++) {
    const [without, indexed] = [await round(false), await round(true)];
    // The first rounds are a warm-up.
    if (at < 2) continue;
    times.without.push(without);
    times.with.push(indexed);
  }
  const median = (values: number[]): number => values.sort((one, two) => one - two)[values.length >> 1];
  const [without, indexed] = [median(times.without), median(times.with)];
  return { events, withoutIndex: without / events, withIndex: indexed / events, share: (indexed - without) / without };
}
