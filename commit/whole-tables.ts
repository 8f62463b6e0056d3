/**
 * Checks that the files of the tables exist. Commits carry over manifests without reading them and do not open data files of
 * other days, so without this check only readers would notice a deleted file. It takes listings and HEAD requests, and reads
 * no data. Audits check whether files can be read.
 */
import { INGEST_ROLES } from '../cloudtrail/tables.js';
import { Damaged, ObjectNotFound, StorageUnavailable, TableUnusable, TrailmillError } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { missingFileError, type TableFile, wrongSizeError } from '../iceberg/damage.js';
import { keyOf } from '../iceberg/location.js';
import { manifestsOf } from '../iceberg/manifest-files.js';
import type { Snapshot } from '../iceberg/metadata.js';
import { NO_METRICS, type ScanOptions, scanDataFiles, scanDeletes } from '../iceberg/scan.js';
import { snapshotById } from '../iceberg/snapshot.js';
import { toDayNumber } from '../protocol/days.js';
import { loadTables, type RunContext, type RunTables } from '../run/context.js';
import { lostVersions } from '../run/lost-versions.js';
import { DELIVERY_DAY } from '../run/summary-keys.js';
import { mapConcurrent } from '../storage/concurrency.js';
import type { ObjectStore } from '../storage/object-store.js';

/** Only tables up to these limits are checked file by file at the start of a run, which takes about a second. */
const MOST_FILES = 2_000;
const MOST_MANIFESTS = 500;
const AT_ONCE = 16;
/** How often a table is checked if another writer changes it meanwhile. */
const MOST_TRIES = 3;

/**
 * Checks, at the start of a run, that no table has lost its newest versions and that every manifest exists. Manifests of small
 * tables are read. Throws `Damaged`.
 */
export async function assertManifestsWhole(
  context: Pick<RunContext, 'catalog' | 'config'>,
  signal?: AbortSignal,
): Promise<void> {
  const tables = await loadTables(context, INGEST_ROLES, signal);
  const [lost] = await lostVersions(context, tables, INGEST_ROLES, signal);
  if (lost !== undefined) throw lost.damage;
  await Promise.all(
    Object.values(tables).map((table) => retryOnChange(context, table, (as) => assertManifests(as, signal), signal)),
  );
}

/**
 * Checks the data files and delete files of all days, in tables of up to 2,000 data files. Returns the first file of each table
 * that is missing or has the wrong size. A run does not stop for these, because unaffected days can still be ingested.
 */
export async function damagedFiles(
  context: Pick<RunContext, 'catalog' | 'config'>,
  signal?: AbortSignal,
): Promise<Damaged[]> {
  const tables = await loadTables(context, INGEST_ROLES, signal);
  const found = Object.values(tables).map(async (table) => {
    try {
      await retryOnChange(context, table, (as) => assertFiles(as, signal), signal);
    } catch (error) {
      if (error instanceof Damaged) return [error];
      throw error;
    }
    return [];
  });
  return (await Promise.all(found)).flat();
}

/**
 * Checks, before a day is planned, that the files that its commits added exist, and those of the event days around it that
 * were added by snapshots that are no longer known, or by other writers. Throws `Damaged`.
 */
export async function assertDayWhole(
  context: Pick<RunContext, 'catalog'>,
  tables: RunTables,
  day: string,
  signal?: AbortSignal,
): Promise<void> {
  const others = Object.values(tables).filter((table) => table !== tables.ledger);
  const number = toDayNumber(day);
  const dayRange = { from: number - 1, to: number };
  const ofDay = async (table: LoadedTable): Promise<void> => {
    const addedOn = (snapshot: Snapshot | undefined): string | undefined => snapshot?.summary[DELIVERY_DAY];
    const files = await filesOf(table, { addedBy: (snapshot) => addedOn(snapshot) === day, signal });
    const addedBy = (snapshot: Snapshot | undefined): boolean => addedOn(snapshot) === undefined;
    try {
      files.push(...(await filesOf(table, { addedBy, dayRange, signal })));
    } catch (error) {
      // Files of other writers that a plan does not need, such as equality deletes. Code that needs them reports them.
      if (!(error instanceof TableUnusable) || error instanceof Damaged) throw error;
    }
    await mapConcurrent(files, AT_ONCE, (file) => assertExists(table.store, file, signal));
  };
  await Promise.all(others.map((table) => retryOnChange(context, table, ofDay, signal)));
}

async function assertManifests(table: LoadedTable, signal?: AbortSignal): Promise<void> {
  const { metadata, store, identifier, location } = table;
  const current = snapshotById(metadata, metadata['current-snapshot-id']);
  if (current === undefined) return;
  const entries = await manifestsOf(table, current, signal);
  const manifests = entries.map(({ manifest_path: path, manifest_length }): TableFile => {
    return { path, bytes: Number(manifest_length), kind: 'manifest', of: identifier.name };
  });
  await assertListed(store, `${keyOf(store, location)}/metadata/`, manifests, signal);
  if (isSmall(current, entries.length)) await filesOf(table, { signal });
}

function isSmall({ summary }: Snapshot, manifests: number): boolean {
  return Number(summary['total-data-files'] ?? Number.NaN) <= MOST_FILES && manifests <= MOST_MANIFESTS;
}

async function assertFiles(table: LoadedTable, signal?: AbortSignal): Promise<void> {
  const { metadata, store, location } = table;
  const current = snapshotById(metadata, metadata['current-snapshot-id']);
  if (current === undefined) return;
  const entries = await manifestsOf(table, current, signal);
  if (!isSmall(current, entries.length)) return;
  await assertListed(store, `${keyOf(store, location)}/data/`, await filesOf(table, { signal }), signal);
}

async function filesOf(
  table: LoadedTable,
  given: Pick<ScanOptions, 'addedBy' | 'dayRange' | 'signal'>,
): Promise<TableFile[]> {
  const files: TableFile[] = [];
  const of = table.identifier.name;
  const options = { ...given, columns: NO_METRICS };
  for await (const { file } of scanDataFiles(table, options))
    files.push({ path: file.path, bytes: file.bytes, kind: 'data file', of });
  for await (const { file } of scanDeletes(table, options))
    files.push({ path: file.path, bytes: file.bytes, kind: 'delete file', of });
  return files;
}

/**
 * Checks files with one listing of the prefix. Files elsewhere are checked individually, as are all files if the store denies
 * listing (table buckets of S3 Tables, credentials from a REST catalog).
 */
async function assertListed(
  store: ObjectStore,
  prefix: string,
  files: readonly TableFile[],
  signal?: AbortSignal,
): Promise<void> {
  const wanted = new Map(files.map((file) => [keyOf(store, file.path), file]));
  try {
    for await (const { objects } of store.list(prefix, { signal, onUnusable: () => {} }))
      for (const { key, size } of objects) {
        const file = wanted.get(key);
        if (file === undefined) continue;
        if (file.bytes && file.bytes !== size) throw wrongSizeError(file, size);
        wanted.delete(key);
      }
  } catch (error) {
    const refused =
      error instanceof TrailmillError && !(error instanceof Damaged || error instanceof StorageUnavailable);
    if (!refused) throw error;
  }
  await mapConcurrent([...wanted.values()].slice(0, MOST_FILES), AT_ONCE, (file) => assertExists(store, file, signal));
}

async function assertExists(store: ObjectStore, file: TableFile, signal?: AbortSignal): Promise<void> {
  try {
    const { size } = await store.head(keyOf(store, file.path), { signal });
    if (file.bytes && file.bytes !== size) throw wrongSizeError(file, size);
  } catch (error) {
    throw error instanceof ObjectNotFound ? missingFileError(file.path, file.kind, file.of, { cause: error }) : error;
  }
}

/** Repeats a failed check if the table has a newer version: another writer may have compacted it and deleted files meanwhile. */
async function retryOnChange(
  { catalog }: Pick<RunContext, 'catalog'>,
  table: LoadedTable,
  look: (table: LoadedTable) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  let as = table;
  for (let tries = 1; ; tries++) {
    try {
      return await look(as);
    } catch (error) {
      signal?.throwIfAborted();
      const now = await catalog.loadTable(table.identifier, signal);
      if (now === undefined || now.metadataLocation === as.metadataLocation || tries === MOST_TRIES) throw error;
      as = now;
    }
  }
}
