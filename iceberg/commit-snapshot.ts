/** The commit of a snapshot, of an append or of maintenance, with optimistic concurrency control (spec, "Optimistic Concurrency"). */
import { randomUUID } from 'node:crypto';
import { CommitConflict, Damaged } from '../errors/index.js';
import { abortableDelay } from '../storage/cancellation.js';
import type { Catalog, LoadedTable, TableIdentifier } from './catalog.js';
import { keyOf } from './location.js';
import { completeCounts } from './manifest-counts.js';
import { manifestsOf } from './manifest-files.js';
import { type ManifestListEntry, writeManifestList } from './manifest-list.js';
import type { Snapshot, TableMetadata } from './metadata.js';
import { commitBackoff, isRetryable, loadExistingTable, MAX_COMMIT_ATTEMPTS } from './retry.js';
import { COMMIT_ID, findCommit, newSnapshotId, snapshotById } from './snapshot.js';

/** What every commit needs. */
export interface CommitRequest {
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
export interface SnapshotRequest extends CommitRequest {
  /** The same on every retry, also of another process. Without it, only this call can recognize its snapshot. */
  commitId?: string;
  /** Additional keys of the snapshot's summary. */
  summary?: Readonly<Record<string, string>>;
  /**
   * Looks for the commit before each attempt, if the table's history is not the only place to look: snapshots may have been
   * expired. By default: {@link findInHistory}.
   */
  find?: (table: LoadedTable) => FoundCommit | undefined | Promise<FoundCommit | undefined>;
}

/** An attempt to commit. */
export interface Attempt {
  table: LoadedTable;
  /** The manifests of the current snapshot that have live files, with all counts. */
  manifests: ManifestListEntry[];
  /** Of the new snapshot. The id is the same in all attempts, so that manifests that contain it can be reused. */
  id: bigint;
  sequenceNumber: bigint;
}

/** The contents of the new snapshot, which may depend on the state of the table. */
export interface Staged {
  manifests: ManifestListEntry[];
  /** The whole summary, including `operation`. */
  summary: Record<string, string>;
  /**
   * Table properties to set together with the snapshot. They are safe from concurrent commits if nothing but such commits
   * changes them, because a commit fails when the main branch has a new snapshot.
   */
  properties?: Record<string, string>;
}

/** A commit that a table has. */
export interface FoundCommit {
  /** `null`: the snapshot has been expired. */
  snapshotId: bigint | null;
  /** The snapshot's sequence number; `null` if it is no longer known. */
  sequenceNumber: bigint | null;
  /** The snapshot's summary, or the known part of it, whichever attempt created it. */
  summary: Readonly<Record<string, string>>;
}

/** The snapshot of a commit. */
export interface SnapshotResult extends FoundCommit {
  /** The table already contained this commit, so this call wrote nothing. */
  alreadyCommitted: boolean;
}

/**
 * Commits a snapshot that `stage` describes, exactly once: the table is searched for it before each attempt, so also after a
 * conflict, after a lost response, and after a cancelled activity attempt. `stage` is called for each attempt, with the table
 * as it is then; if it returns `undefined`, there is nothing to commit. `onUncertain` is called when an attempt may still
 * succeed later, because the catalog has not answered: then none of its files may be deleted. Throws what the catalog and
 * `stage` throw, or the reason of an aborted signal.
 */
export async function commitSnapshot(
  request: SnapshotRequest,
  stage: (attempt: Attempt) => Promise<Staged | undefined>,
  onUncertain: () => void = () => {},
): Promise<SnapshotResult | undefined> {
  const { catalog, identifier, signal, maxAttempts = MAX_COMMIT_ATTEMPTS } = request;
  const sleep = request.sleep ?? ((ms: number) => abortableDelay(ms, signal));
  const id = newSnapshotId();
  let uuid: string | undefined;
  let lost: Snapshot | undefined;
  for (let number = 1; ; number++) {
    signal?.throwIfAborted();
    const table = await loadExistingTable(catalog, identifier, { uuid, signal });
    const { metadata } = table;
    uuid = metadata['table-uuid'];
    // A proxy that repeats requests can return "conflict" for a commit that succeeded.
    const own = snapshotById(metadata, id);
    if (lost && lost['manifest-list'] !== own?.['manifest-list']) await discard(table, [lost['manifest-list']], signal);
    lost = undefined;
    const done = await findIn(request, table, own);
    if (done) return { ...done, alreadyCommitted: done.snapshotId !== id };
    let staged: Staged | undefined;
    let snapshot: Snapshot;
    try {
      const sequenceNumber = metadata['last-sequence-number'] + 1n;
      staged = await stage({ table, manifests: await liveManifests(table, signal), id, sequenceNumber });
      if (staged === undefined) return undefined;
      snapshot = await writeSnapshot(request, table, id, staged);
    } catch (error) {
      // Another writer may have expired the loaded version, and deleted files that only that one had.
      if (error instanceof Damaged && number < maxAttempts && (await hasChanged(request, table))) continue;
      throw error;
    }
    try {
      await addToMain(catalog, table, snapshot, staged.properties, signal);
      return { ...foundIn(snapshot), alreadyCommitted: false };
    } catch (error) {
      if (!(error instanceof CommitConflict)) onUncertain();
      if (!isRetryable(error) || number >= maxAttempts) throw error;
      lost = error instanceof CommitConflict ? snapshot : undefined;
      await sleep(commitBackoff(number, request.random));
    }
  }
}

/** The commit, if a snapshot in the table's history has its id. */
export function findInHistory(metadata: TableMetadata, commitId: string): FoundCommit | undefined {
  const snapshot = findCommit(metadata, commitId);
  return snapshot && foundIn(snapshot);
}

function foundIn(snapshot: Snapshot): FoundCommit {
  const { 'snapshot-id': snapshotId, 'sequence-number': sequenceNumber, summary } = snapshot;
  return { snapshotId, sequenceNumber, summary };
}

function findIn(
  { find, commitId }: SnapshotRequest,
  table: LoadedTable,
  own: Snapshot | undefined,
): FoundCommit | undefined | Promise<FoundCommit | undefined> {
  if (find !== undefined) return find(table);
  if (own !== undefined) return foundIn(own);
  return commitId === undefined ? undefined : findInHistory(table.metadata, commitId);
}

async function hasChanged({ catalog, identifier, signal }: CommitRequest, table: LoadedTable): Promise<boolean> {
  const now = await catalog.loadTable(identifier, signal);
  return now !== undefined && now.metadataLocation !== table.metadataLocation;
}

/** Deletes files that no snapshot has. What cannot be deleted remains as an orphan file. */
export async function discard(
  { store }: LoadedTable,
  locations: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  await Promise.allSettled(locations.map((location) => store.delete(keyOf(store, location), { signal })));
}

/** Manifests with only deleted entries are useful only to the snapshot that deleted them. */
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
  properties: Record<string, string> = {},
  signal?: AbortSignal,
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
      ...(Object.keys(properties).length === 0 ? [] : [{ action: 'set-properties', updates: properties } as const]),
    ],
    signal,
  );
}
