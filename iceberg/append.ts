/** The fast append: one snapshot out of manifests that are there already (spec, "Optimistic Concurrency"). */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { CommitConflict, TableUnusable } from '../errors/index.js';
import type { Catalog, LoadedTable, TableIdentifier } from './catalog.js';
import { keyOf } from './location.js';
import { completeCounts } from './manifest-counts.js';
import { manifestsOf } from './manifest-files.js';
import { entryOf, type ManifestListEntry, writeManifestList } from './manifest-list.js';
import type { Snapshot } from './metadata.js';
import { backoff, isRepeatable, loadTable, MAX_TRIES } from './retry.js';
import { COMMIT_ID, findCommit, newSnapshotId, snapshotById } from './snapshot.js';
import { summaryOf } from './summary.js';
import type { ManifestFile } from './types.js';

export { commitIds, findCommit } from './snapshot.js';

export interface AppendRequest {
  catalog: Catalog;
  identifier: TableIdentifier;
  /** Chosen by the caller and the same on every retry: it makes the append happen once. */
  commitId: string;
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

export interface AppendResult {
  /** `null`: there was nothing to append, and no snapshot was made. */
  snapshotId: bigint | null;
  /** Of that snapshot. */
  sequenceNumber: bigint | null;
  /** Of the snapshot that has the commit, whoever made it. */
  summary: Readonly<Record<string, string>>;
  /** The table had this commit before this call: nothing was written. */
  alreadyCommitted: boolean;
}

/**
 * Commits the manifests as one snapshot, once. A snapshot of the table's history that carries the commit id means that
 * it is done; that is looked up before every try, so also after a conflict and after an answer that never came. A
 * conflict costs a new manifest list and new metadata; data files and manifests are used again.
 */
export async function appendManifests(request: AppendRequest): Promise<AppendResult> {
  if (request.manifests.length === 0 && !request.allowEmpty)
    return { snapshotId: null, sequenceNumber: null, summary: {}, alreadyCommitted: false };
  const { catalog, identifier, commitId, maxTries = MAX_TRIES } = request;
  const sleep = request.sleep ?? ((ms: number) => delay(ms, undefined, { signal: request.signal }));
  const attempts = new Set<bigint>();
  let lost: Snapshot | undefined;
  let uuid: string | undefined;
  for (let tries = 1; ; tries++) {
    request.signal?.throwIfAborted();
    const table = await loadTable(catalog, identifier, uuid);
    uuid = table.metadata['table-uuid'];
    const done = findCommit(table.metadata, commitId);
    if (done) {
      const snapshotId = done['snapshot-id'];
      const sequenceNumber = done['sequence-number'];
      return { snapshotId, sequenceNumber, summary: done.summary, alreadyCommitted: !attempts.has(snapshotId) };
    }
    if (lost) await discard(table, lost);
    const snapshot = await stage(request, table, (await request.prepare?.(table)) ?? {});
    attempts.add(snapshot['snapshot-id']);
    try {
      await commit(request, table, snapshot);
      const { 'snapshot-id': snapshotId, 'sequence-number': sequenceNumber, summary } = snapshot;
      return { snapshotId, sequenceNumber, summary, alreadyCommitted: false };
    } catch (error) {
      if (!isRepeatable(error) || tries >= maxTries) throw error;
      lost = error instanceof CommitConflict ? snapshot : undefined;
      await sleep(backoff(tries, request.random ?? Math.random));
    }
  }
}

/** Writes the manifest list of the next snapshot. A second commit of the same table writes another one, never this key. */
async function stage(request: AppendRequest, table: LoadedTable, prepared: Prepared): Promise<Snapshot> {
  const { metadata, store } = table;
  const manifests = [...request.manifests, ...(prepared.manifests ?? [])];
  const known = new Set(metadata['partition-specs'].map((spec) => spec['spec-id']));
  for (const { specId, path } of manifests) {
    if (!known.has(specId)) throw new TableUnusable(`The table has no partition spec ${specId}, which ${path} uses.`);
  }
  const parent = snapshotById(metadata, metadata['current-snapshot-id']);
  const id = newSnapshotId();
  const sequenceNumber = metadata['last-sequence-number'] + 1n;
  const key = `${keyOf(store, table.location)}/metadata/snap-${id}-${randomUUID()}.avro`;
  const list = await writeManifestList(store, key, { id, parentId: parent?.['snapshot-id'], sequenceNumber }, [
    ...manifests.map((manifest) => entryOf(manifest, id, sequenceNumber)),
    ...(parent ? await carriedOver(table, parent) : []),
  ]);
  return {
    'snapshot-id': id,
    ...(parent ? { 'parent-snapshot-id': parent['snapshot-id'] } : {}),
    'sequence-number': sequenceNumber,
    'timestamp-ms': Math.max((request.now ?? Date.now)(), metadata['last-updated-ms']),
    'manifest-list': list,
    summary: {
      ...summaryOf(manifests, parent?.summary),
      ...request.summary,
      ...prepared.summary,
      [COMMIT_ID]: request.commitId,
    },
    'schema-id': metadata['current-schema-id'],
  };
}

/** The parent's manifests as they are, those of other writers and delete manifests too. */
async function carriedOver(table: LoadedTable, parent: Snapshot): Promise<ManifestListEntry[]> {
  return completeCounts(table.store, await manifestsOf(table, parent), table.identifier.name);
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
  );
}

/**
 * Deletes the manifest list of a try that lost. Only after a conflict, and only when the table that was loaded since does
 * not know the snapshot: a proxy that repeats requests can answer "conflict" to a commit that succeeded.
 */
async function discard({ store, metadata }: LoadedTable, lost: Snapshot): Promise<void> {
  if (snapshotById(metadata, lost['snapshot-id'])) return;
  try {
    await store.delete(keyOf(store, lost['manifest-list']));
  } catch {
    // It stays behind as an orphan, which upkeep removes.
  }
}
