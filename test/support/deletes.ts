/** Position deletes, written by hand, for tables with deleted rows. */
import type { LongColumn } from '../../columnar/columns';
import { RowSet } from '../../columnar/row-set';
import type { StringColumn } from '../../columnar/string-column';
import { appendManifests } from '../../iceberg/append';
import type { Catalog, TableIdentifier } from '../../iceberg/catalog';
import { keyOf, locationOf } from '../../iceberg/location';
import { writeManifest } from '../../iceberg/manifest';
import { dataFileOf, readFooter } from '../../iceberg/metrics';
import { POSITION_DELETE_COLUMNS, POSITION_DELETE_SCHEMA } from '../../iceberg/position-deletes';
import { loadExistingTable } from '../../iceberg/retry';
import { deletesOf, type ScannedFile, scanDataFiles, scanDeletes } from '../../iceberg/scan';
import { currentSchema, currentSpec } from '../../iceberg/snapshot';
import type { DataFile, ManifestFile } from '../../iceberg/types';
import { readDeletes } from '../../ingest/tasks/read-deletes';
import type { ObjectStore } from '../../storage/object-store';
import { parquetOf } from './parquet';

export interface Place {
  catalog: Catalog;
  identifier: TableIdentifier;
}

export type Deletes = readonly { file: DataFile; positions: readonly number[] }[];

/** Writes a delete file for each partition day, and their manifest, which is not yet in a snapshot. */
export async function writeDeletes({ catalog, identifier }: Place, name: string, rows: Deletes) {
  const { metadata, store } = await loadExistingTable(catalog, identifier);
  const root = keyOf(store, metadata.location);
  const files: DataFile[] = [];
  for (const day of new Set(rows.map(({ file }) => file.day))) {
    const set = new RowSet(POSITION_DELETE_COLUMNS, day);
    const [paths, positions] = set.columns as unknown as [StringColumn, LongColumn];
    for (const { file, positions: gone } of rows.filter((row) => row.file.day === day)) {
      const path = Buffer.from(file.path);
      for (const position of gone) {
        paths.append(path, 0, path.length, set.rows);
        positions.append(position, set.rows++);
      }
    }
    const parquet = await parquetOf(POSITION_DELETE_SCHEMA, set);
    const key = `${root}/data/${name}-${day}-deletes.parquet`;
    await store.put(key, parquet);
    const footer = await readFooter(parquet);
    files.push(
      dataFileOf({ path: locationOf(store, key), bytes: parquet.length, day, schema: POSITION_DELETE_SCHEMA, footer }),
    );
  }
  const table = { schema: currentSchema(metadata), spec: currentSpec(metadata), content: 'deletes' as const };
  return writeManifest(store, `${root}/metadata/${name}-deletes.avro`, table, files);
}

/** Deletes rows: writes their position deletes and commits them, together with more manifests if there are any. */
export async function deleteRows(
  place: Place,
  name: string,
  rows: Deletes,
  more: readonly ManifestFile[] = [],
  summary?: Record<string, string>,
): Promise<void> {
  const manifest = await writeDeletes(place, name, rows);
  await appendManifests({ ...place, commitId: name, manifests: [...more, manifest], summary });
}

/** Positions that are deleted in a data file of the table. */
async function deletedPositions(
  store: ObjectStore,
  deletes: readonly ScannedFile[],
  data: ScannedFile,
): Promise<Set<number>> {
  const gone = new Set<number>();
  for (const { file } of deletesOf(data, deletes)) {
    const { body } = await store.get(keyOf(store, file.path));
    for (const position of (await readDeletes(body)).get(data.file.path) ?? []) gone.add(position);
  }
  return gone;
}

/** The data files of the current snapshot, each with the positions that are deleted in it. */
export async function liveFiles({ catalog, identifier }: Place) {
  const table = await loadExistingTable(catalog, identifier);
  const deletes: ScannedFile[] = [];
  for await (const file of scanDeletes(table)) deletes.push(file);
  const files: { file: DataFile; deleted: Set<number> }[] = [];
  for await (const data of scanDataFiles(table))
    files.push({ file: data.file, deleted: await deletedPositions(table.store, deletes, data) });
  return files;
}
