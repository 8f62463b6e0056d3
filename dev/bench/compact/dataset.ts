/** A day of the table of events as ingestion leaves it: many files, one after another in time, with events of all accounts. */
import { gunzipSync } from 'node:zlib';
import { DEFAULT_TABLE_COLUMNS } from '../../../cloudtrail/columns/default.js';
import { FileDecoder } from '../../../cloudtrail/decoder/file-decoder.js';
import { TIME_COLUMN } from '../../../cloudtrail/event-ids.js';
import { parseObjectKey } from '../../../cloudtrail/object-key.js';
import { appendManifests } from '../../../iceberg/append.js';
import type { LoadedTable } from '../../../iceberg/catalog.js';
import { storeManifest } from '../../../iceberg/manifest-files.js';
import { schemaOf } from '../../../iceberg/schema.js';
import { currentSchema } from '../../../iceberg/snapshot.js';
import { createStorageCatalog } from '../../../iceberg/storage-catalog.js';
import type { DataFile } from '../../../iceberg/types.js';
import { storeFile } from '../../../ingest/store-files.js';
import { writeParquet } from '../../../ingest/write-parquet.js';
import { loadParquetWriter } from '../../../parquet/writer.js';
import { toDayNumber } from '../../../protocol/days.js';
import { FIRST_DAY, writeSample } from '../../../sample/index.js';
import { createFileStore } from '../../../storage/file.js';
import { createMemoryStore } from '../../../storage/memory.js';
import { freshId, Template } from '../peers/multiply.js';

/** Address of the table. */
export const TABLE = { namespace: 'bench', name: 'aws_cloudtrail' };
/** The only day of the table: days since 1970-01-01. */
export const BENCH_DAY = toDayNumber(FIRST_DAY);

/** Two accounts in two regions, with as many events as a busy account has. */
const SAMPLE = { days: 1, accounts: 4, regions: 2, eventsPerHour: 2_500 };
/** Rows of a data file, in turn: full ones, and those of small and late batches. */
const FILE_ROWS = [65_536, 30_000, 65_536, 8_000, 65_536, 500];
const MINUTE_MS = 60_000;

/** Writes a table with one day of at least `events` rows into an empty directory. Returns the number of rows. */
export async function writeDay(directory: string, events: number, log: (line: string) => void): Promise<number> {
  const catalog = createStorageCatalog(createFileStore(directory));
  const create = { schema: schemaOf(DEFAULT_TABLE_COLUMNS), partitionByDayOf: TIME_COLUMN };
  const table = await catalog.ensureTable(TABLE, create);
  const writer = new DayWriter(table, await loadParquetWriter());
  const templates = await sampleTemplates();
  let ids = 0;
  for (let copy = 0; writer.rows < events; copy++) {
    // A few minutes later each time, so that the events of all copies are spread over the day.
    const shiftMs = ((copy * 7) % 120) * MINUTE_MS;
    for (const { key, template } of templates) {
      await writer.add(Buffer.from(template.copy(shiftMs, () => freshId(ids++))), `s3://logs/${key}?${copy}`);
      if (writer.rows >= events) break;
    }
    log(`${writer.rows} rows`);
  }
  await writer.flush();
  const manifests = [await storeManifest(table, 'bench', writer.files)];
  await appendManifests({ catalog, identifier: TABLE, commitId: 'bench', manifests });
  return writer.rows;
}

async function sampleTemplates(): Promise<{ key: string; template: Template }[]> {
  const store = createMemoryStore('bench');
  await writeSample(store, SAMPLE);
  const templates: { key: string; template: Template }[] = [];
  for await (const { objects } of store.list('AWSLogs/')) {
    for (const { key } of objects) {
      if (parseObjectKey(key)?.kindFolder !== 'CloudTrail') continue;
      const text = gunzipSync((await store.get(key)).body).toString('utf8');
      templates.push({ key, template: new Template(text) });
    }
  }
  return templates.sort((one, two) => (one.key.slice(-40) < two.key.slice(-40) ? -1 : 1));
}

class DayWriter {
  readonly files: DataFile[] = [];
  rows = 0;
  private decoder = new FileDecoder(DEFAULT_TABLE_COLUMNS);
  private waiting = 0;

  constructor(
    private readonly table: LoadedTable,
    private readonly parquet: Awaited<ReturnType<typeof loadParquetWriter>>,
  ) {}

  async add(text: Uint8Array, address: string): Promise<void> {
    const { records } = this.decoder.decode(text, address);
    this.waiting += records;
    if (this.waiting >= FILE_ROWS[this.files.length % FILE_ROWS.length]) await this.flush();
  }

  async flush(): Promise<void> {
    for (const rows of this.decoder.take()) {
      if (rows.day !== BENCH_DAY) continue;
      this.rows += rows.rows;
      const written = await writeParquet(this.parquet, 'default', currentSchema(this.table.metadata), rows);
      this.files.push({ ...written.file, path: await storeFile(this.table, 'bench', written) });
    }
    this.waiting = 0;
  }
}
