/** What a table and the work area consist of, and a hash of all live rows. */
import { openAsBlob, statSync } from 'node:fs';
import { INGEST_ROLES, type TableRole } from '../../../cloudtrail/tables.js';
import { readBatches } from '../../../columnar/parquet.js';
import { TARGET_FILE_BYTES } from '../../../compact/choose.js';
import { addSum, noRows, type RowSum, sumOf } from '../../../compact/row-hash.js';
import type { LoadedTable } from '../../../iceberg/catalog.js';
import { keyOf } from '../../../iceberg/location.js';
import { manifestsOf } from '../../../iceberg/manifest-files.js';
import { deletesOf, type ScannedFile, scanDataFiles, scanDeletes } from '../../../iceberg/scan.js';
import { currentSchema, snapshotById } from '../../../iceberg/snapshot.js';
import { mergeDeletes } from '../../../ingest/tasks/deleted-rows.js';
import { readDeletes } from '../../../ingest/tasks/read-deletes.js';
import { fileUrl } from '../../../query/sql-text.js';
import { identifierOf } from '../../../run/config.js';
import type { RunContext } from '../../../run/context.js';

/** A table in numbers. */
export interface TableState {
  table: string;
  rows: number;
  dataFiles: number;
  /** One file for each day that has rows, or as many as its bytes need. */
  idealFiles: number;
  deleteFiles: number;
  dataBytes: number;
  manifests: number;
  snapshots: number;
  /** Size of the newest metadata.json. */
  metadataBytes: number;
  /** All objects below the table's location, live or not. */
  objects: number;
  bytes: number;
}

/** Loads the tables of a run that exist and have rows. */
export async function tablesOf(run: RunContext): Promise<[TableRole, LoadedTable][]> {
  const found: [TableRole, LoadedTable][] = [];
  for (const role of INGEST_ROLES) {
    const table = await run.catalog.loadTable(identifierOf(run.config, role));
    if (table !== undefined) found.push([role, table]);
  }
  return found;
}

/** Counts what each table has. */
export async function statesOf(run: RunContext): Promise<TableState[]> {
  const states: TableState[] = [];
  for (const [, table] of await tablesOf(run)) states.push(await stateOf(run, table));
  return states;
}

async function stateOf(run: RunContext, table: LoadedTable): Promise<TableState> {
  const { metadata, identifier, store, metadataLocation } = table;
  const snapshot = snapshotById(metadata, metadata['current-snapshot-id']);
  const bytesOfDays = new Map<number, number>();
  let [rows, dataFiles, deleteFiles, dataBytes] = [0, 0, 0, 0];
  for await (const { file } of scanDataFiles(table, { columns: new Set() })) {
    dataFiles++;
    rows += file.rows;
    dataBytes += file.bytes;
    bytesOfDays.set(file.day, (bytesOfDays.get(file.day) ?? 0) + file.bytes);
  }
  for await (const { file } of scanDeletes(table)) {
    deleteFiles++;
    rows -= file.rows;
  }
  const target = run.config.upkeep?.targetFileBytes ?? TARGET_FILE_BYTES;
  return {
    table: identifier.name,
    rows,
    dataFiles,
    idealFiles: [...bytesOfDays.values()].reduce((sum, bytes) => sum + Math.ceil(bytes / target), 0),
    deleteFiles,
    dataBytes,
    manifests: snapshot === undefined ? 0 : (await manifestsOf(table, snapshot)).length,
    snapshots: metadata.snapshots.length,
    metadataBytes: statSync(fileUrl(metadataLocation)).size,
    ...(await storedBelow(run, `${keyOf(store, table.location)}/`)),
  };
}

/** Counts the objects below a prefix of the warehouse. */
export async function storedBelow(
  { warehouse }: RunContext,
  prefix: string,
): Promise<{ objects: number; bytes: number }> {
  const sum = { objects: 0, bytes: 0 };
  for await (const { objects } of warehouse.list(prefix))
    for (const { size } of objects) {
      sum.objects++;
      sum.bytes += size;
    }
  return sum;
}

/** A sum over all columns of all live rows of each table, by its name. Reads all data files. */
export async function rowSumsOf(run: RunContext): Promise<Record<string, RowSum>> {
  const sums: Record<string, RowSum> = {};
  for (const [, table] of await tablesOf(run)) sums[table.identifier.name] = await rowSumOf(table);
  return sums;
}

async function rowSumOf(table: LoadedTable): Promise<RowSum> {
  const schema = currentSchema(table.metadata);
  const deletes = new Map<number, ScannedFile[]>();
  for await (const one of scanDeletes(table)) deletes.set(one.file.day, [...(deletes.get(one.file.day) ?? []), one]);
  const sum = noRows();
  for await (const data of scanDataFiles(table, { columns: new Set() })) {
    const found = [];
    for (const { file } of deletesOf(data, deletes.get(data.file.day) ?? []))
      found.push(await readDeletes((await table.store.get(keyOf(table.store, file.path))).body));
    const deleted = new Set(mergeDeletes(found).get(data.file.path) ?? []);
    let first = 0;
    for await (const { rows, columns } of readBatches(await openAsBlob(fileUrl(data.file.path)), schema)) {
      const start = first;
      addSum(
        sum,
        sumOf(schema, columns, rows, (row) => deleted.has(start + row)),
      );
      first += rows;
    }
  }
  return sum;
}
