/**
 * Changes ledger rows of earlier commits: those of files that were read again are deleted, and those of files that have lost
 * rows to this commit are written again with new counts. While a commit that does so is open, no other one is (`OthersOpen`),
 * so the counts are those of the rows in the tables.
 */
import type { LoadedTable } from '../iceberg/catalog.js';
import { storeManifest } from '../iceberg/manifest-files.js';
import { currentSchema } from '../iceberg/snapshot.js';
import type { DataFile, ManifestFile } from '../iceberg/types.js';
import { storeFile } from '../ingest/store-files.js';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import type { WrittenFile } from '../ingest/types.js';
import type { StoredEntry } from '../ledger/stored-entries.js';
import { toDayNumber } from '../protocol/days.js';
import type { GroupCommit, TakenCount } from '../run/work-area.js';
import { mapConcurrent } from '../storage/concurrency.js';
import { ownerOf } from './deletes.js';
import { deliveryDayOf, findStored, type Replaced, type StoredIn } from './replaced.js';

/** Number of files that are stored concurrently. */
const STORED_AT_ONCE = 16;

/** A commit that may change rows of the ledger. */
interface Revision {
  pool: DecoderPool;
  group: GroupCommit;
  /** Absent: it changes none. */
  replaced?: Replaced;
  signal?: AbortSignal;
}

/** Returns the manifests of what changes in a version of the ledger. */
export async function reviseLedger(
  { pool, group, replaced, signal }: Revision,
  ledger: LoadedTable,
  taken: readonly TakenCount[],
): Promise<ManifestFile[]> {
  if (replaced === undefined) return [];
  const left = new Map<string, number>();
  for (const { path, count } of taken) left.set(path, (left.get(path) ?? 0) + count);
  const wanted = {
    objects: replaced.objects,
    paths: [...left.keys()],
    days: new Set([toDayNumber(group.day), ...taken.map(({ path }) => deliveryDayOf(path, group.day))]),
  };
  const found = await findStored(pool, ledger, wanted, signal);
  const objects = new Set(replaced.objects.map(idOf));
  const changed: StoredEntry['entry'][] = [];
  const deleted = found.map(({ file, stored }) => ({
    day: file.day,
    path: file.path,
    positions: Uint32Array.from(goneOf(stored, objects, left, changed)),
  }));
  const store = async (files: readonly Pick<WrittenFile, 'bytes' | 'file'>[], owner: string): Promise<DataFile[]> =>
    mapConcurrent(files, STORED_AT_ONCE, async (one) => ({
      ...one.file,
      path: await storeFile(ledger, owner, one, signal),
    }));
  const owner = ownerOf(group);
  const manifests: ManifestFile[] = [];
  if (changed.length > 0) {
    const task = { entries: changed, schema: currentSchema(ledger.metadata), batch: '', run: group.run };
    const files = await store(await pool.writeLedger(task, signal), owner);
    manifests.push(await storeManifest(ledger, owner, files, 'data', signal));
  }
  const deletes: DataFile[] = [];
  for (const { day, path, positions } of deleted)
    if (positions.length > 0) {
      const task = { day, deleted: [{ path, positions }] };
      deletes.push(...(await store(await pool.writeDeletes(task, signal), `${owner}-deletes`)));
    }
  if (deletes.length > 0) manifests.push(await storeManifest(ledger, owner, deletes, 'deletes', signal));
  return manifests;
}

const idOf = ({ key, etag }: { key: string; etag: string }): string => `${etag} ${key}`;

/** Returns the positions of rows to delete. Their replacements are added to `changed`. */
function goneOf(
  stored: StoredIn['stored'],
  objects: ReadonlySet<string>,
  left: Map<string, number>,
  changed: StoredEntry['entry'][],
): number[] {
  const gone: number[] = [];
  for (const { position, entry } of stored) {
    if (objects.has(idOf(entry))) {
      gone.push(position);
      continue;
    }
    // Objects of one key have one address: their rows cannot be told apart, and their counts are compared together.
    const count = Math.min(left.get(entry.uri) ?? 0, entry.records);
    if (count === 0) continue;
    left.set(entry.uri, (left.get(entry.uri) ?? 0) - count);
    gone.push(position);
    changed.push({ ...entry, records: entry.records - count, duplicates: entry.duplicates + count });
  }
  return gone;
}
