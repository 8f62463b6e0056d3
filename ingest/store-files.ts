/** Stores a batch's Parquet files, with their event lists. */
import { randomUUID } from 'node:crypto';
import type { TableRole } from '../cloudtrail/tables.js';
import { TableUnusable } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { hashedName } from '../iceberg/hashed-name.js';
import { keyOf, locationOf } from '../iceberg/location.js';
import type { DataFile } from '../iceberg/types.js';
import { fromDayNumber } from '../protocol/days.js';
import type { RunContext, RunTables } from '../run/context.js';
import type { StoredFile } from '../run/work-area.js';
import { eventListKey } from '../run/work-keys.js';
import { mapConcurrent } from '../storage/concurrency.js';
import { SEARCHED_ROLES } from '../value-index/columns.js';
import { storeSegment } from '../value-index/index-area.js';
import { segmentOfFiles } from '../value-index/segment-writer.js';
import type { WrittenFile } from './types.js';

/** Number of files that are stored concurrently. */
const STORED_AT_ONCE = 4;

/** Stores data files under unique names. `owner`, the batch or the commit, is part of the name. */
export async function storeFiles(
  { warehouse }: RunContext,
  tables: RunTables,
  owner: string,
  written: readonly WrittenFile[],
  signal?: AbortSignal,
): Promise<StoredFile[]> {
  const stored = await mapConcurrent(written, STORED_AT_ONCE, async ({ role, bytes, file, events }) => {
    const path = await storeFile(tableFor(tables, role), owner, { bytes, file }, signal);
    if (events === undefined) return { role, file: { ...file, path } };
    const { list, fileRows } = events;
    await warehouse.put(eventListKey(path), list, { signal });
    return { role, file: { ...file, path }, fileRows };
  });
  // Before the files are in a table, so that no search meets files without an index.
  for (const role of SEARCHED_ROLES) {
    const files = written.flatMap(({ role: of, values }, index) =>
      of === role && values !== undefined ? [{ path: stored[index].file.path, values }] : [],
    );
    if (files.length === 0) continue;
    const uuid = tableFor(tables, role).metadata['table-uuid'];
    await storeSegment(warehouse, uuid, await segmentOfFiles(files), signal);
  }
  return stored;
}

/**
 * Stores one file of a table in its partition, and returns its address. The name ends with a hash of the content: Parquet does
 * not guarantee checksums, and a page that was overwritten may decode to other values without an error.
 */
export async function storeFile(
  table: LoadedTable,
  owner: string,
  { bytes, file }: { bytes: Uint8Array; file: DataFile },
  signal?: AbortSignal,
): Promise<string> {
  const { store } = table;
  const root = keyOf(store, table.location);
  const name = hashedName(`${owner}-${randomUUID()}`, bytes);
  const key = `${root}/data/ts_day=${fromDayNumber(file.day)}/${name}.parquet`;
  await store.put(key, bytes, { signal });
  return locationOf(store, key);
}

/** Returns the table of a role. Throws `TableUnusable` if the run has no such table. */
function tableFor(tables: RunTables, role: TableRole): LoadedTable {
  const table = tables[role];
  if (table === undefined) throw new TableUnusable(`The run has rows for the table ${role}, but no such table.`);
  return table;
}
