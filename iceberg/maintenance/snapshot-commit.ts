/** Commits of maintenance: a new snapshot of the files that the table has, with optimistic concurrency control. */
import { randomUUID } from 'node:crypto';
import { CommitConflict } from '../../errors/index.js';
import { abortableDelay } from '../../storage/cancellation.js';
import type { Catalog, LoadedTable, TableIdentifier } from '../catalog.js';
import { keyOf } from '../location.js';
import { completeCounts } from '../manifest-counts.js';
import { manifestsOf } from '../manifest-files.js';
import { type ManifestListEntry, writeManifestList } from '../manifest-list.js';
import type { Snapshot } from '../metadata.js';
import { commitBackoff, isRetryable, loadExistingTable, MAX_COMMIT_ATTEMPTS } from '../retry.js';
import { COMMIT_ID, findCommit, newSnapshotId, snapshotById } from '../snapshot.js';

/** What every commit of maintenance needs. */
export interface MaintenanceRequest {
  catalog: Catalog;
  identifier: TableIdentifier;
  maxAttempts?: number;
  signal?: AbortSignal;
  /** Milliseconds; for tests. */
  sleep?: (ms: number) => Promise<void>;
  now?: () => number;
  random?: () => number;
}

/** A commit that adds a snapshot. */
export interface SnapshotRequest extends MaintenanceRequest {
  /** The same on every retry, also of another process. Without it, only this call recognizes its own snapshot. */
  commitId?: string;
  /** Additional keys of the snapshot's summary. */
  summary?: Readonly<Record<string, string>>;
}

/** An attempt to commit. */
export interface Attempt {
  table: LoadedTable;
  /** The manifests of the current snapshot that have live files, with all counts. */
  manifests: ManifestListEntry[];
  /** Of the new snapshot. The id is the same in all attempts, so that manifests that name it can be used again. */
  id: bigint;
  sequenceNumber: bigint;
}

/** The contents of the new snapshot. */
export interface Staged {
  manifests: ManifestListEntry[];
  /** All of it, with `operation`. */
  summary: Record<string, string>;
}

/** The snapshot of a commit. */
export interface SnapshotResult {
  snapshotId: bigint;
  sequenceNumber: bigint;
  /** The summary of the snapshot, whichever attempt has created it. */
  summary: Readonly<Record<string, string>>;
  /** The table had the snapshot of this commit id when it was loaded first. */
  alreadyCommitted: boolean;
}

/**
 * Commits a snapshot that `stage` describes, once: before each attempt, the table is checked for it. `stage` is called
 * for each attempt, with the table as it is then; if it returns `undefined`, there is nothing to commit. `onUncertain`
 * is called when an attempt may still succeed later, because the catalog has not answered: none of its files may then
 * be deleted.
 */
export async function commitSnapshot(
  request: SnapshotRequest,
  stage: (attempt: Attempt) => Promise<Staged | undefined>,
  onUncertain: () => void = () => {},
): Promise<SnapshotResult | undefined> {
  const { catalog, identifier, commitId, signal, maxAttempts = MAX_COMMIT_ATTEMPTS } = request;
  const sleep = request.sleep ?? ((ms: number) => abortableDelay(ms, signal));
  const id = newSnapshotId();
  let uuid: string | undefined;
  let lost: Snapshot | undefined;
  for (let number = 1; ; number++) {
    signal?.throwIfAborted();
    const table = await loadExistingTable(catalog, identifier, { uuid, signal });
    uuid = table.metadata['table-uuid'];
    const done =
      snapshotById(table.metadata, id) ?? (commitId === undefined ? undefined : findCommit(table.metadata, commitId));
    if (lost && lost['manifest-list'] !== done?.['manifest-list'])
      await discard(table, [lost['manifest-list']], signal);
    if (done) return resultOf(done, done['snapshot-id'] !== id);
    const sequenceNumber = table.metadata['last-sequence-number'] + 1n;
    const manifests = await liveManifests(table, signal);
    const staged = await stage({ table, manifests, id, sequenceNumber });
    if (staged === undefined) return undefined;
    const snapshot = await writeSnapshot(request, table, id, staged);
    try {
      await addToMain(catalog, table, snapshot, signal);
      return resultOf(snapshot, false);
    } catch (error) {
      if (!(error instanceof CommitConflict)) onUncertain();
      if (!isRetryable(error) || number >= maxAttempts) throw error;
      lost = error instanceof CommitConflict ? snapshot : undefined;
      await sleep(commitBackoff(number, request.random));
    }
  }
}

/** Deletes files that no snapshot has. A file that cannot be deleted remains as an orphan file. */
export async function discard(
  { store }: LoadedTable,
  locations: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  await Promise.allSettled(locations.map((location) => store.delete(keyOf(store, location), { signal })));
}

function resultOf(snapshot: Snapshot, alreadyCommitted: boolean): SnapshotResult {
  const { 'snapshot-id': snapshotId, 'sequence-number': sequenceNumber, summary } = snapshot;
  return { snapshotId, sequenceNumber, summary, alreadyCommitted };
}

/** Manifests that only have deleted entries are useful only to the snapshot that deleted them. */
async function liveManifests(table: LoadedTable, signal?: AbortSignal): Promise<ManifestListEntry[]> {
  const current = snapshotById(table.metadata, table.metadata['current-snapshot-id']);
  if (current === undefined) return [];
  const listed = await manifestsOf(table, current, signal);
  const complete = await completeCounts(table.store, listed, table.identifier.name, signal);
  return complete.filter((entry) => entry.added_files_count !== 0 || entry.existing_files_count !== 0);
}

async function writeSnapshot(
  request: SnapshotRequest,
  { store, location, metadata }: LoadedTable,
  id: bigint,
  staged: Staged,
): Promise<Snapshot> {
  const parentId = metadata['current-snapshot-id'] ?? undefined;
  const sequenceNumber = metadata['last-sequence-number'] + 1n;
  const key = `${keyOf(store, location)}/metadata/snap-${id}-${randomUUID()}.avro`;
  const ids = { id, parentId, sequenceNumber };
  const list = await writeManifestList(store, key, ids, staged.manifests, request.signal);
  return {
    'snapshot-id': id,
    ...(parentId === undefined ? {} : { 'parent-snapshot-id': parentId }),
    'sequence-number': sequenceNumber,
    'timestamp-ms': Math.max((request.now ?? Date.now)(), metadata['last-updated-ms']),
    'manifest-list': list,
    summary: {
      ...staged.summary,
      ...request.summary,
      ...(request.commitId === undefined ? {} : { [COMMIT_ID]: request.commitId }),
    },
    'schema-id': metadata['current-schema-id'],
  };
}

async function addToMain(
  catalog: Catalog,
  table: LoadedTable,
  snapshot: Snapshot,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { metadata } = table;
  await catalog.commit(
    table,
    [
      { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
      { type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': metadata['current-snapshot-id'] },
    ],
    [
      { action: 'add-snapshot', snapshot },
      { action: 'set-snapshot-ref', 'ref-name': 'main', type: 'branch', 'snapshot-id': snapshot['snapshot-id'] },
    ],
    signal,
  );
}
