/** The append: commits new data files as one snapshot, with optimistic concurrency control (spec, "Optimistic Concurrency"). */
import { randomUUID } from 'node:crypto';
import { CommitConflict, Damaged } from '../errors/index.js';
import { abortableDelay } from '../storage/cancellation.js';
import type { Catalog, LoadedTable, TableIdentifier } from './catalog.js';
import { keyOf } from './location.js';
import { completeCounts } from './manifest-counts.js';
import { manifestsOf } from './manifest-files.js';
import { entryOf, type ManifestListEntry, writeManifestList } from './manifest-list.js';
import { ManifestMerger } from './merge-existing.js';
import type { Snapshot, TableMetadata } from './metadata.js';
import { commitBackoff, isRetryable, loadExistingTable, MAX_COMMIT_ATTEMPTS } from './retry.js';
import { COMMIT_ID, findCommit, newSnapshotId, snapshotById } from './snapshot.js';
import { summaryOf } from './summary.js';
import type { ManifestFile } from './types.js';

/** What to append, and to which table. */
export interface AppendRequest {
  catalog: Catalog;
  identifier: TableIdentifier;
  /** Chosen by the caller and the same on every retry: makes the append idempotent. */
  commitId: string;
  /** Manifests of new files. */
  manifests: readonly ManifestFile[];
  /** Additional keys for the snapshot's summary. */
  summary?: Record<string, string>;
  /**
   * Called before each attempt with the table that the attempt is based on. Throws if the commit must no longer happen; otherwise
   * returns what else to include in the snapshot. If the table changes after this call, the attempt fails and is repeated.
   */
  prepare?: (table: LoadedTable) => Promise<Prepared>;
  /**
   * Looks for the commit before each attempt, if a table's history is not where it has to be looked for, or not alone: snapshots
   * may be expired. By default: {@link findInHistory}.
   */
  find?: (table: LoadedTable) => FoundCommit | undefined | Promise<FoundCommit | undefined>;
  /** Create a snapshot even if there are no manifests (only for its summary). */
  allowEmpty?: boolean;
  maxAttempts?: number;
  signal?: AbortSignal;
  /** Milliseconds; for tests. */
  sleep?: (ms: number) => Promise<void>;
  now?: () => number;
  random?: () => number;
}

/** Additional contents of the snapshot that depend on the state of the table. */
export interface Prepared {
  manifests?: readonly ManifestFile[];
  summary?: Record<string, string>;
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
  /** The snapshot's summary, or what is known of it, whichever attempt created it. */
  summary: Readonly<Record<string, string>>;
}

/** The snapshot that contains the commit. All is `null` if there was nothing to append, and no snapshot was created. */
export interface AppendResult extends FoundCommit {
  /** The table already contained this commit, so this call wrote nothing. */
  alreadyCommitted: boolean;
}

/**
 * Commits the files of the manifests as one snapshot, exactly once. If a snapshot in the table's history has the commit id, or
 * {@link AppendRequest.find} finds it, the commit is done; this is checked before every attempt, so also after a conflict, after a lost response, and after a cancelled
 * activity attempt. After a conflict, only the manifest list and the metadata are written again; data files and manifests are
 * reused. Throws what the catalog throws, or the reason of an aborted signal.
 */
export async function appendManifests(request: AppendRequest): Promise<AppendResult> {
  if (request.manifests.length === 0 && !request.allowEmpty)
    return { snapshotId: null, sequenceNumber: null, summary: {}, alreadyCommitted: false };
  const { catalog, identifier, commitId, maxAttempts = MAX_COMMIT_ATTEMPTS } = request;
  const sleep = request.sleep ?? ((ms: number) => abortableDelay(ms, request.signal));
  const attempts = new Set<bigint>();
  const merger = new ManifestMerger();
  let lost: Snapshot | undefined;
  let uuid: string | undefined;
  for (let attempt = 1; ; attempt++) {
    request.signal?.throwIfAborted();
    const table = await loadExistingTable(catalog, identifier, { uuid, signal: request.signal });
    uuid = table.metadata['table-uuid'];
    const done = await (request.find === undefined ? findInHistory(table.metadata, commitId) : request.find(table));
    if (done) return { ...done, alreadyCommitted: done.snapshotId === null || !attempts.has(done.snapshotId) };
    if (lost) await discard(table, lost, request.signal);
    lost = undefined;
    let prepared: Prepared;
    let snapshot: Snapshot;
    try {
      prepared = (await request.prepare?.(table)) ?? {};
      const manifests = [...request.manifests, ...(prepared.manifests ?? [])];
      snapshot = await stage(request, table, { ...prepared, manifests }, merger);
    } catch (error) {
      // Another writer may have expired the loaded version, and deleted files that only that one had.
      if (error instanceof Damaged && attempt < maxAttempts && (await hasChanged(request, table))) continue;
      throw error;
    }
    attempts.add(snapshot['snapshot-id']);
    try {
      await commit(request, table, snapshot, prepared.properties);
      await merger.deleteUnused(table, request.signal);
      const { 'snapshot-id': snapshotId, 'sequence-number': sequenceNumber, summary } = snapshot;
      return { snapshotId, sequenceNumber, summary, alreadyCommitted: false };
    } catch (error) {
      if (!isRetryable(error) || attempt >= maxAttempts) throw error;
      lost = error instanceof CommitConflict ? snapshot : undefined;
      await sleep(commitBackoff(attempt, request.random));
    }
  }
}

async function hasChanged({ catalog, identifier, signal }: AppendRequest, table: LoadedTable): Promise<boolean> {
  const now = await catalog.loadTable(identifier, signal);
  return now !== undefined && now.metadataLocation !== table.metadataLocation;
}

/** Writes the manifest list of the next snapshot, under a key that no other commit uses. */
async function stage(
  request: AppendRequest,
  table: LoadedTable,
  { manifests, summary }: Prepared & { manifests: readonly ManifestFile[] },
  merger: ManifestMerger,
): Promise<Snapshot> {
  const { metadata, store } = table;
  const parent = snapshotById(metadata, metadata['current-snapshot-id']);
  const id = newSnapshotId();
  const sequenceNumber = metadata['last-sequence-number'] + 1n;
  const key = `${keyOf(store, table.location)}/metadata/snap-${id}-${randomUUID()}.avro`;
  const carried = parent ? await carriedOver(table, parent, request.signal) : [];
  const entries = [
    ...manifests.map((manifest) => entryOf(manifest, id, sequenceNumber)),
    ...(await merger.merge(table, carried, { id, sequenceNumber }, request.signal)),
  ];
  const ids = { id, parentId: parent?.['snapshot-id'], sequenceNumber };
  const list = await writeManifestList(store, key, ids, entries, request.signal);
  return {
    'snapshot-id': id,
    ...(parent ? { 'parent-snapshot-id': parent['snapshot-id'] } : {}),
    'sequence-number': sequenceNumber,
    'timestamp-ms': Math.max((request.now ?? Date.now)(), metadata['last-updated-ms']),
    'manifest-list': list,
    summary: {
      ...summaryOf(manifests, parent?.summary),
      ...request.summary,
      ...summary,
      [COMMIT_ID]: request.commitId,
    },
    'schema-id': metadata['current-schema-id'],
  };
}

/** All manifests of the parent snapshot, including delete manifests and those of other writers. */
async function carriedOver(table: LoadedTable, parent: Snapshot, signal?: AbortSignal): Promise<ManifestListEntry[]> {
  return completeCounts(table.store, await manifestsOf(table, parent, signal), table.identifier.name, signal);
}

/** The commit, if a snapshot in the table's history has its id. */
export function findInHistory(metadata: TableMetadata, commitId: string): FoundCommit | undefined {
  const snapshot = findCommit(metadata, commitId);
  if (snapshot === undefined) return undefined;
  const { 'snapshot-id': snapshotId, 'sequence-number': sequenceNumber, summary } = snapshot;
  return { snapshotId, sequenceNumber, summary };
}

async function commit(
  request: AppendRequest,
  table: LoadedTable,
  snapshot: Snapshot,
  properties: Record<string, string> = {},
): Promise<void> {
  const { metadata } = table;
  await request.catalog.commit(
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
    request.signal,
  );
}

/**
 * Deletes the manifest list of a failed attempt. Only after a conflict, and only if the reloaded table does not contain the
 * snapshot: a proxy that repeats requests can return "conflict" for a commit that succeeded.
 */
async function discard({ store, metadata }: LoadedTable, lost: Snapshot, signal?: AbortSignal): Promise<void> {
  if (snapshotById(metadata, lost['snapshot-id'])) return;
  try {
    await store.delete(keyOf(store, lost['manifest-list']), { signal });
  } catch {
    // It remains as an orphan file.
  }
}
