/** The append: one snapshot with new data files, also when other writers commit at the same time (spec, "Optimistic Concurrency"). */
import { randomUUID } from 'node:crypto';
import { CommitConflict } from '../errors/index.js';
import { abortableDelay } from '../storage/cancellation.js';
import type { Catalog, LoadedTable, TableIdentifier } from './catalog.js';
import { keyOf } from './location.js';
import { completeCounts } from './manifest-counts.js';
import { manifestsOf } from './manifest-files.js';
import { entryOf, type ManifestListEntry, writeManifestList } from './manifest-list.js';
import { ManifestMerger } from './merge-existing.js';
import type { Snapshot } from './metadata.js';
import { commitBackoff, isRepeatable, loadExistingTable, MAX_TRIES } from './retry.js';
import { COMMIT_ID, findCommit, newSnapshotId, snapshotById } from './snapshot.js';
import { summaryOf } from './summary.js';
import type { ManifestFile } from './types.js';

export { commitIds, findCommit } from './snapshot.js';

/** What to append, and to which table. */
export interface AppendRequest {
  catalog: Catalog;
  identifier: TableIdentifier;
  /** Chosen by the caller and the same on every retry: it makes the append happen once. */
  commitId: string;
  /** Manifests of new files. */
  manifests: readonly ManifestFile[];
  /** More keys for the snapshot's summary. */
  summary?: Record<string, string>;
  /**
   * Asked before each try, with the table that the try starts from: may this commit still happen (else it throws), and what
   * more belongs to the snapshot? What it looked at is what the snapshot follows, or the try is lost.
   */
  prepare?: (table: LoadedTable) => Promise<Prepared>;
  /** Make a snapshot even when there are no manifests (for its summary alone). */
  allowEmpty?: boolean;
  maxTries?: number;
  signal?: AbortSignal;
  /** Milliseconds; for tests. */
  sleep?: (ms: number) => Promise<void>;
  now?: () => number;
  random?: () => number;
}

/** What belongs to the snapshot because of what the table has. */
export interface Prepared {
  manifests?: readonly ManifestFile[];
  summary?: Record<string, string>;
}

/** The snapshot that has the commit. */
export interface AppendResult {
  /** `null`: there was nothing to append, and no snapshot was made. */
  snapshotId: bigint | null;
  /** Of that snapshot. */
  sequenceNumber: bigint | null;
  /** Of the snapshot that has the commit, whichever attempt made it. */
  summary: Readonly<Record<string, string>>;
  /** The table had this commit before this call, which wrote nothing. */
  alreadyCommitted: boolean;
}

/**
 * Commits the files of the manifests as one snapshot, once. A snapshot of the table's history that carries the commit id means
 * that it is done; that is looked up before every try, so also after a conflict, after an answer that never came, and by the
 * attempt that follows a cancelled one. A conflict costs a new manifest list and new metadata; data files and manifests are
 * used again. Throws what the catalog throws, and the reason of an aborted signal.
 */
export async function appendManifests(request: AppendRequest): Promise<AppendResult> {
  if (request.manifests.length === 0 && !request.allowEmpty)
    return { snapshotId: null, sequenceNumber: null, summary: {}, alreadyCommitted: false };
  const { catalog, identifier, commitId, maxTries = MAX_TRIES } = request;
  const sleep = request.sleep ?? ((ms: number) => abortableDelay(ms, request.signal));
  const attempts = new Set<bigint>();
  const merger = new ManifestMerger();
  let lost: Snapshot | undefined;
  let uuid: string | undefined;
  for (let tries = 1; ; tries++) {
    request.signal?.throwIfAborted();
    const table = await loadExistingTable(catalog, identifier, { uuid, signal: request.signal });
    uuid = table.metadata['table-uuid'];
    const done = findCommit(table.metadata, commitId);
    if (done) {
      const snapshotId = done['snapshot-id'];
      const sequenceNumber = done['sequence-number'];
      return { snapshotId, sequenceNumber, summary: done.summary, alreadyCommitted: !attempts.has(snapshotId) };
    }
    if (lost) await discard(table, lost, request.signal);
    const prepared = (await request.prepare?.(table)) ?? {};
    const manifests = [...request.manifests, ...(prepared.manifests ?? [])];
    const snapshot = await stage(request, table, { ...prepared, manifests }, merger);
    attempts.add(snapshot['snapshot-id']);
    try {
      await commit(request, table, snapshot);
      await merger.deleteUnused(table, request.signal);
      const { 'snapshot-id': snapshotId, 'sequence-number': sequenceNumber, summary } = snapshot;
      return { snapshotId, sequenceNumber, summary, alreadyCommitted: false };
    } catch (error) {
      if (!isRepeatable(error) || tries >= maxTries) throw error;
      lost = error instanceof CommitConflict ? snapshot : undefined;
      await sleep(commitBackoff(tries, request.random));
    }
  }
}

/** Writes the manifest list of the next snapshot. A second commit of the same table writes another one, never this key. */
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

/** The parent's manifests as they are, those of other writers and delete manifests too. */
async function carriedOver(table: LoadedTable, parent: Snapshot, signal?: AbortSignal): Promise<ManifestListEntry[]> {
  return completeCounts(table.store, await manifestsOf(table, parent, signal), table.identifier.name, signal);
}

async function commit(request: AppendRequest, table: LoadedTable, snapshot: Snapshot): Promise<void> {
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
    ],
    request.signal,
  );
}

/**
 * Deletes the manifest list of a try that lost. Only after a conflict, and only when the table that was loaded since does
 * not know the snapshot: a proxy that repeats requests can answer "conflict" to a commit that succeeded.
 */
async function discard({ store, metadata }: LoadedTable, lost: Snapshot, signal?: AbortSignal): Promise<void> {
  if (snapshotById(metadata, lost['snapshot-id'])) return;
  try {
    await store.delete(keyOf(store, lost['manifest-list']), { signal });
  } catch {
    // It stays as an orphan file.
  }
}
