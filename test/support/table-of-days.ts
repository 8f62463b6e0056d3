/** A small events table with one file a day, written by hand. */
import { appendManifests } from '../../iceberg/append';
import type { Catalog, LoadedTable } from '../../iceberg/catalog';
import { keyOf, locationOf } from '../../iceberg/location';
import { writeManifest } from '../../iceberg/manifest';
import { dataFileOf, readFooter } from '../../iceberg/metrics';
import { schemaOf } from '../../iceberg/schema';
import { currentSchema, currentSpec } from '../../iceberg/snapshot';
import type { ColumnSpec, DataFile } from '../../iceberg/types';
import { deleteRows } from './deletes';
import { parquetFile } from './iceberg-files';

const IDENTIFIER = { namespace: 'trailmill', name: 'aws_cloudtrail' };
const COLUMNS: ColumnSpec[] = [
  { name: 'ts', type: 'timestamptz', required: true, doc: 'When it happened' },
  { name: 'event.id', type: 'string', doc: 'Its name' },
  { name: 'event.count', type: 'long', doc: '' },
];
const DAY_MICROS = 86_400_000_000n;

export interface TableOfDays {
  catalog: Catalog;
  identifier: typeof IDENTIFIER;
  /** Of each day, in order. */
  files: DataFile[];
}

/**
 * One file for each of `days` since 1970-01-01, with three rows: `event.id` is `DAY-0` to `DAY-2`, at 0, 1 and 2 hours. The
 * positions in `deleted` for a day are deleted.
 */
export async function tableOfDays(
  catalog: Catalog,
  days: readonly number[],
  deleted: Readonly<Record<number, readonly number[]>> = {},
): Promise<TableOfDays> {
  const table = await catalog.ensureTable(IDENTIFIER, { schema: schemaOf(COLUMNS), partitionByDayOf: 'ts' });
  const files: DataFile[] = [];
  for (const day of days) files.push(await writeDay(table, day));
  const as = { schema: currentSchema(table.metadata), spec: currentSpec(table.metadata) };
  const root = keyOf(table.store, table.location);
  const manifest = await writeManifest(table.store, `${root}/metadata/days.avro`, as, files);
  await appendManifests({ catalog, identifier: IDENTIFIER, commitId: 'days', manifests: [manifest] });
  const gone = files.flatMap((file) => {
    const positions = deleted[file.day];
    return positions === undefined ? [] : [{ file, positions }];
  });
  if (gone.length > 0) await deleteRows({ catalog, identifier: IDENTIFIER }, 'deletes', gone);
  return { catalog, identifier: IDENTIFIER, files };
}

async function writeDay({ store, location, metadata }: LoadedTable, day: number): Promise<DataFile> {
  const schema = currentSchema(metadata);
  const rows = [0, 1, 2].map((hour) => ({
    ts: BigInt(day) * DAY_MICROS + BigInt(hour) * 3_600_000_000n,
    event: { id: `${day}-${hour}`, count: 2n ** 53n + BigInt(hour) },
  }));
  const parquet = parquetFile(schema, rows);
  const key = `${keyOf(store, location)}/data/day-${day}.parquet`;
  await store.put(key, parquet);
  return dataFileOf({
    path: locationOf(store, key),
    bytes: parquet.length,
    day,
    schema,
    footer: await readFooter(parquet),
  });
}
