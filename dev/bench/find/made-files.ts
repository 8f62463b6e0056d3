/** Data files of the benchmark: rows of a sample, with their values for the index. */
import { randomFillSync } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { DEFAULT_TABLE_COLUMNS } from '../../../cloudtrail/columns/default.js';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { schemaOf } from '../../../iceberg/schema.js';
import type { DataFile } from '../../../iceberg/types.js';
import { writeParquet } from '../../../ingest/write-parquet.js';
import { loadParquetWriter } from '../../../parquet/writer.js';
import { FIRST_DAY, writeSample } from '../../../sample/index.js';
import { createMemoryStore } from '../../../storage/memory.js';
import { FileValues } from '../../../value-index/file-values.js';

/** The event day of all files. */
export const DAY = FIRST_DAY;
/** The table of the benchmark. */
export const TABLE = { namespace: 'trailmill', name: 'aws_cloudtrail' };
/** How the table is created. */
export const CREATE = { schema: schemaOf(DEFAULT_TABLE_COLUMNS), partitionByDayOf: 'ts' };

/** A data file in memory. */
export interface MadeFile {
  bytes: Uint8Array;
  file: DataFile;
  values: Float64Array;
  /** Event ids. */
  ids: string[];
  /** Values that files of other rows also have. */
  shared: Float64Array;
}

let records: Promise<Record<string, unknown>[]> | undefined;

/** Trail records of one day, all different: enough for files of 5,000 rows. */
function sampleRecords(): Promise<Record<string, unknown>[]> {
  records ??= (async () => {
    const store = createMemoryStore('bench');
    await writeSample(store, { days: 1, accounts: 3, regions: 2, eventsPerHour: 1_800 });
    const all: Record<string, unknown>[] = [];
    for await (const { objects } of store.list('AWSLogs/')) {
      for (const { key } of objects) {
        if (!key.includes('/CloudTrail/') || !key.includes(`/${DAY.replaceAll('-', '/')}/`)) continue;
        const { Records } = JSON.parse(gunzipSync((await store.get(key)).body).toString('utf8'));
        all.push(...Records.filter(({ eventTime }: { eventTime: string }) => eventTime?.startsWith(DAY)));
      }
    }
    return all;
  })();
  return records;
}

/** Makes a data file of `rows` records from the number `from` on. `accessKey`: that of the caller of one of them. */
export async function madeFile(rows: number, from: number, accessKey?: string): Promise<MadeFile> {
  const all = await sampleRecords();
  const some = Array.from({ length: rows }, (_, at) => all[(from + at) % all.length]);
  if (accessKey !== undefined)
    some[7] = { ...some[7], userIdentity: { ...(some[7].userIdentity as object), accessKeyId: accessKey } };
  const { bytes, file, values } = await written(some);
  const next = Array.from({ length: rows }, (_, at) => all[(from + rows + at) % all.length]);
  const others = new Set((await written(next)).values);
  const ids = some.flatMap(({ eventID }) => (typeof eventID === 'string' ? [eventID] : []));
  return {
    bytes,
    file,
    values,
    ids,
    shared: values.filter((hash) => others.has(hash)),
  };
}

async function written(list: readonly unknown[]): Promise<Pick<MadeFile, 'bytes' | 'file' | 'values'>> {
  const decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);
  const text = Buffer.from(JSON.stringify({ Records: list }));
  decoder.decode(text, 'file:///bench/AWSLogs/123456789012/CloudTrail/file.json.gz');
  const [rows] = decoder.take();
  const of = { values: new FileValues(rows.rows) };
  const { bytes, file, values } = await writeParquet(await loadParquetWriter(), 'default', CREATE.schema, rows, of);
  return { bytes, file, values: values as Float64Array };
}

/** The values of another file like this one: the shared ones, and as many others. */
export function randomHashes({ values, shared }: MadeFile): Float64Array {
  const hashes = new Float64Array(values.length);
  hashes.set(shared);
  const words = randomFillSync(new Uint32Array((values.length - shared.length) * 2));
  for (let at = shared.length, word = 0; at < values.length; at++, word += 2)
    hashes[at] = words[word] * 2 ** 16 + (words[word + 1] >>> 16);
  return hashes.sort();
}
