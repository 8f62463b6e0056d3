/** What a table is, from its metadata and its manifests: no data file and no delete file is read. */

import type { LoadedTable } from '../iceberg/catalog.js';
import type { Snapshot } from '../iceberg/metadata.js';
import { scanDeletes, scanFiles } from '../iceberg/scan.js';
import { typeText } from '../iceberg/schema.js';
import { ancestors, COMMIT_ID, currentSchema } from '../iceberg/snapshot.js';
import type { NestedField } from '../iceberg/types.js';
import { fromDayNumber } from '../protocol/days.js';
import { COMMIT_ADDRESS, DELIVERY_DAY, RUN } from '../run/summary-keys.js';

/** What the metadata and the manifests say of a table. */
export interface TableFacts {
  name: string;
  location: string;
  /** The newest metadata file: what readers without a catalog open. */
  metadataLocation: string;
  /** In data files. */
  rows: number;
  /** Without those that position deletes take away. */
  liveRows: number;
  dataFiles: number;
  deleteFiles: number;
  /** Of data files and delete files. */
  bytes: number;
  snapshots: number;
  /** First and last partition, `YYYY-MM-DD`; null where there is none. */
  firstDay: string | null;
  lastDay: string | null;
  /** ISO 8601; null before the first commit. */
  committedAt: string | null;
  columns: ColumnFacts[];
  /** The newest first, as many as were asked for. */
  recent: SnapshotFacts[];
}

/** A column of a table. */
export interface ColumnFacts {
  /** With dots where it is a member of structs. */
  name: string;
  type: string;
  required: boolean;
  doc: string;
}

/** A snapshot of a table. */
export interface SnapshotFacts {
  /** All digits: they can be more than a JSON number of JavaScript holds. */
  id: string;
  committedAt: string;
  operation: string;
  addedRows: number;
  deletedRows: number;
  /** Of what Trailmill committed: null in snapshots of other writers, and where many days have one commit. */
  deliveryDay: string | null;
  run: string | null;
  commit: string | null;
}

/** Reads the manifests of the current snapshot; `recent`: how many snapshots to include. */
export async function tableFactsOf(table: LoadedTable, recent: number, signal?: AbortSignal): Promise<TableFacts> {
  const { metadata } = table;
  const data = { files: 0, rows: 0, bytes: 0 };
  const deletes = { files: 0, rows: 0, bytes: 0 };
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const add = (to: typeof data, file: { rows: number; bytes: number }): void => {
    to.files++;
    to.rows += file.rows;
    to.bytes += file.bytes;
  };
  for await (const file of scanFiles(table, { signal })) {
    add(data, file);
    if (file.day < first) first = file.day;
    if (file.day > last) last = file.day;
  }
  for await (const { file } of scanDeletes(table, { signal })) add(deletes, file);
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
  };
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

/** The members of structs, each by itself; lists as a whole. */
function columnsOf(field: NestedField, above = ''): ColumnFacts[] {
  const name = `${above}${field.name}`;
  const { type, required, doc = '' } = field;
  if (typeof type !== 'string' && type.type === 'struct') {
    return type.fields.flatMap((member) => columnsOf(member, `${name}.`));
  }
  return [{ name, type: typeText(type), required, doc }];
}
