/** A table of made-up files for tests of maintenance: no file has content, but each has a path, a day, rows and deletes. */
import { appendManifests } from '../../iceberg/append';
import type { Catalog, LoadedTable } from '../../iceberg/catalog';
import { keyOf } from '../../iceberg/location';
import { replaceFiles } from '../../iceberg/maintenance/replace-files';
import type { ReplaceRequest } from '../../iceberg/maintenance/replace-request';
import { manifestsOf, storeManifest } from '../../iceberg/manifest-files';
import { scanDataFiles, scanDeletes } from '../../iceberg/scan';
import { schemaOf } from '../../iceberg/schema';
import { currentSchema, snapshotById } from '../../iceberg/snapshot';
import { createStorageCatalog } from '../../iceberg/storage-catalog';
import type { DataFile } from '../../iceberg/types';
import { createMemoryStore } from '../../storage/memory';
import type { ObjectStore } from '../../storage/object-store';

export const TABLE = { namespace: 'logs', name: 'events' };
export const ROOT = 'logs/events';
export const SCHEMA = schemaOf([{ name: 'ts', type: 'timestamptz', required: true, doc: 'time' }]);
export const DAY = 19_548;
const FILE_PATH = 2147483546;

/** A warehouse with an empty table, and a clock. */
export async function warehouse(properties: Record<string, string> = {}) {
  const clock = { now: Date.UTC(2026, 0, 1) };
  const store = createMemoryStore('warehouse', () => clock.now);
  const catalog = createStorageCatalog(store, { now: () => clock.now });
  await catalog.ensureTable(TABLE, { schema: SCHEMA, partitionByDayOf: 'ts', properties });
  return { clock, store, catalog };
}

export async function load(catalog: Catalog): Promise<LoadedTable> {
  const table = await catalog.loadTable(TABLE);
  if (table === undefined) throw new Error('no table');
  return table;
}

/** Writes an object for a data file. */
export async function dataFile(store: ObjectStore, name: string, day = DAY, rows = 10): Promise<DataFile> {
  const key = `${ROOT}/data/${name}.parquet`;
  await store.put(key, Buffer.from(name));
  return {
    path: `${store.uri}/${key}`,
    bytes: name.length,
    rows,
    day,
    columnSizes: { 1: 50 },
    valueCounts: { 1: rows },
    nullCounts: { 1: 0 },
    lowerBounds: { 1: Buffer.alloc(8, 1).toString('base64') },
    upperBounds: { 1: Buffer.alloc(8, 2).toString('base64') },
  };
}

/** A position-delete file that applies to some data files of a day. Its content is their paths. */
export async function deleteFile(
  store: ObjectStore,
  name: string,
  of: readonly string[],
  day = DAY,
  bounds = true,
): Promise<DataFile> {
  const file = await dataFile(store, name, day, 1);
  await store.put(keyOf(store, file.path), Buffer.from(of.join('\n')));
  const sorted = [...of].sort();
  const bound = (path: string): Record<string, string> =>
    bounds ? { [FILE_PATH]: Buffer.from(path).toString('base64') } : {};
  return { ...file, lowerBounds: bound(sorted[0]), upperBounds: bound(sorted[sorted.length - 1]) };
}

export interface Added {
  data?: DataFile[];
  deletes?: DataFile[];
}

/** Appends files as one snapshot. */
export async function append(
  catalog: Catalog,
  commitId: string,
  { data = [], deletes = [] }: Added,
  now?: () => number,
) {
  const table = await load(catalog);
  const owner = commitId.replaceAll('/', '-');
  const manifests = [
    ...(data.length === 0 ? [] : [await storeManifest(table, owner, data)]),
    ...(deletes.length === 0 ? [] : [await storeManifest(table, owner, deletes, 'deletes')]),
  ];
  return appendManifests({ catalog, identifier: TABLE, commitId, manifests, now, sleep: async () => {} });
}

/** Replaces data files with others. */
export async function replace(
  catalog: Catalog,
  commitId: string,
  request: Pick<ReplaceRequest, 'remove' | 'add'> & Partial<ReplaceRequest>,
) {
  const { metadata } = await load(catalog);
  const base = snapshotById(metadata, metadata['current-snapshot-id']);
  if (base === undefined) throw new Error('an empty table');
  return replaceFiles({
    ...{ catalog, identifier: TABLE, commitId, base, days: [DAY], schema: currentSchema(metadata) },
    sleep: async () => {},
    ...request,
  });
}

/** What a scan finds: `name day sequence number`, sorted; deletes with `-`. */
export async function liveFiles(table: LoadedTable, snapshotId?: bigint): Promise<string[]> {
  const found: string[] = [];
  const name = (path: string): string => path.replace(/^.*\/data\/|\.parquet$/g, '');
  for await (const { file, sequenceNumber } of scanDataFiles(table, { snapshotId }))
    found.push(`${name(file.path)} ${file.day} ${sequenceNumber}`);
  for await (const { file, sequenceNumber } of scanDeletes(table, { snapshotId }))
    found.push(`-${name(file.path)} ${file.day} ${sequenceNumber}`);
  return found.sort();
}

/** The manifests of the current snapshot. */
export async function currentManifests(table: LoadedTable) {
  const snapshot = snapshotById(table.metadata, table.metadata['current-snapshot-id']);
  return snapshot === undefined ? [] : manifestsOf(table, snapshot);
}

/** Keys below a prefix. */
export async function keysIn(store: ObjectStore, prefix = `${ROOT}/`): Promise<string[]> {
  const keys: string[] = [];
  for await (const { objects } of store.list(prefix)) keys.push(...objects.map(({ key }) => key));
  return keys;
}
