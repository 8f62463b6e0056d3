/** Facts about a table from its metadata and manifests. Does not read any data or delete files. */

import type { LoadedTable } from '../iceberg/catalog.js';
import { SMALL_FILE_BYTES, type TableHealth } from '../iceberg/health.js';
import { keyOf } from '../iceberg/location.js';
import { manifestsOf } from '../iceberg/manifest-files.js';
import type { Snapshot } from '../iceberg/metadata.js';
import { NO_METRICS, scanDeletes, scanFiles } from '../iceberg/scan.js';
import { typeText } from '../iceberg/schema.js';
import { ancestors, COMMIT_ID, currentSchema, snapshotById } from '../iceberg/snapshot.js';
import type { NestedField } from '../iceberg/types.js';
import { fromDayNumber } from '../protocol/days.js';
import { COMMIT_ADDRESS, DELIVERY_DAY, RUN } from '../run/summary-keys.js';
import { type StoredBytes, storedBelow } from './stored-bytes.js';

/** Facts about a table from its metadata and manifests. */
export interface TableFacts {
  name: string;
  location: string;
  /** The newest metadata file, which readers without a catalog open. */
  metadataLocation: string;
  /** Rows in data files. */
  rows: number;
  /** Rows without those deleted by position deletes. */
  liveRows: number;
  dataFiles: number;
  deleteFiles: number;
  /** Total bytes of data files and delete files. */
  bytes: number;
  snapshots: number;
  /** First and last partition day, `YYYY-MM-DD`; null if there is none. */
  firstDay: string | null;
  lastDay: string | null;
  /** ISO 8601; null before the first commit. */
  committedAt: string | null;
  columns: ColumnFacts[];
  /** The requested number of snapshots, newest first. */
  recent: SnapshotFacts[];
  health: HealthFacts;
}

/** What readers and commits have to go through before they come to rows. */
export interface HealthFacts extends TableHealth {
  manifests: number;
  /** Size of the manifests of the current snapshot. */
  manifestBytes: number;
  /** The whole folder `metadata/`: metadata files, manifest lists and manifests, of all ages. */
  metadataFolder: StoredBytes;
}

/** A column of a table. */
export interface ColumnFacts {
  /** Dotted name for members of structs. */
  name: string;
  type: string;
  required: boolean;
  doc: string;
}

/** A snapshot of a table. */
export interface SnapshotFacts {
  /** A string, because JavaScript numbers cannot represent all ids. */
  id: string;
  committedAt: string;
  operation: string;
  addedRows: number;
  deletedRows: number;
  /** Null in snapshots of other writers, and if one commit contains several days. */
  deliveryDay: string | null;
  run: string | null;
  commit: string | null;
}

/** Reads the facts from the manifests of the current snapshot. `recent`: the number of snapshots to include. */
export async function tableFactsOf(table: LoadedTable, recent: number, signal?: AbortSignal): Promise<TableFacts> {
  const { metadata } = table;
  const data = { files: 0, rows: 0, bytes: 0 };
  const deletes = { files: 0, rows: 0, bytes: 0 };
  const beside = healthBeside(table, signal);
  // It is awaited after the scans, which may fail first.
  beside.catch(() => {});
  let smallFiles = 0;
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const add = (to: typeof data, file: { rows: number; bytes: number }): void => {
    to.files++;
    to.rows += file.rows;
    to.bytes += file.bytes;
  };
  for await (const file of scanFiles(table, { signal, columns: NO_METRICS })) {
    add(data, file);
    if (file.bytes < SMALL_FILE_BYTES) smallFiles++;
    if (file.day < first) first = file.day;
    if (file.day > last) last = file.day;
  }
  for await (const { file } of scanDeletes(table, { signal, columns: NO_METRICS })) add(deletes, file);
  const snapshots = [...ancestors(metadata)];
  return {
    name: table.identifier.name,
    location: table.location,
    metadataLocation: table.metadataLocation,
    rows: data.rows,
    liveRows: data.rows - deletes.rows,
    dataFiles: data.files,
    deleteFiles: deletes.files,
    bytes: data.bytes + deletes.bytes,
    snapshots: snapshots.length,
    firstDay: dayOf(first),
    lastDay: dayOf(last),
    committedAt: snapshots.length === 0 ? null : timeOf(snapshots[0]),
    columns: currentSchema(metadata).fields.flatMap((field) => columnsOf(field)),
    recent: snapshots.slice(0, recent).map(snapshotFacts),
    health: { smallFiles, deleteFiles: deletes.files, snapshots: metadata.snapshots.length, ...(await beside) },
  };
}

type Beside = Pick<HealthFacts, 'manifests' | 'manifestBytes' | 'metadataFileBytes' | 'metadataFolder'>;

/** What is known without reading manifests: the manifest list, and a listing of the folder with the metadata. */
async function healthBeside(table: LoadedTable, signal?: AbortSignal): Promise<Beside> {
  const { store, metadata, metadataLocation } = table;
  const snapshot = snapshotById(metadata, metadata['current-snapshot-id']);
  const [manifests, metadataFolder, metadataFileBytes] = await Promise.all([
    snapshot === undefined ? [] : manifestsOf(table, snapshot, signal),
    storedBelow(store, `${keyOf(store, table.location)}/metadata/`, signal),
    table.metadataBytes ?? sizeOf(store, metadataLocation, signal),
  ]);
  return {
    manifests: manifests.length,
    manifestBytes: manifests.reduce((sum, one) => sum + Number(one.manifest_length), 0),
    metadataFileBytes,
    metadataFolder,
  };
}

/** `undefined` if it cannot be had: a REST catalog need not let anybody read its metadata files. */
async function sizeOf(
  store: LoadedTable['store'],
  location: string,
  signal?: AbortSignal,
): Promise<number | undefined> {
  try {
    return (await store.head(keyOf(store, location), { signal })).size;
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}

function snapshotFacts(snapshot: Snapshot): SnapshotFacts {
  const { summary } = snapshot;
  return {
    id: String(snapshot['snapshot-id']),
    committedAt: timeOf(snapshot),
    operation: summary.operation ?? 'append',
    addedRows: Number(summary['added-records'] ?? 0),
    deletedRows: Number(summary['added-position-deletes'] ?? 0),
    deliveryDay: summary[DELIVERY_DAY] ?? null,
    run: summary[RUN] ?? null,
    commit: summary[COMMIT_ADDRESS] ?? summary[COMMIT_ID] ?? null,
  };
}

function timeOf(snapshot: Snapshot): string {
  return new Date(snapshot['timestamp-ms']).toISOString();
}

function dayOf(day: number): string | null {
  return Number.isFinite(day) ? fromDayNumber(day) : null;
}

/** The leaf columns of a field: members of structs are listed separately, lists as one column. */
function columnsOf(field: NestedField, above = ''): ColumnFacts[] {
  const name = `${above}${field.name}`;
  const { type, required, doc = '' } = field;
  if (typeof type !== 'string' && type.type === 'struct') {
    return type.fields.flatMap((member) => columnsOf(member, `${name}.`));
  }
  return [{ name, type: typeText(type), required, doc }];
}
