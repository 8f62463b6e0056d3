/** The append: commits new data files as one snapshot. */
import type { LoadedTable } from './catalog.js';
import {
  type Attempt,
  commitSnapshot,
  type SnapshotRequest,
  type SnapshotResult,
  type Staged,
} from './commit-snapshot.js';
import { entryOf } from './manifest-list.js';
import { ManifestMerger } from './merge-existing.js';
import { snapshotById } from './snapshot.js';
import { summaryOf } from './summary.js';
import type { ManifestFile } from './types.js';

/** What to append, and to which table. */
export interface AppendRequest extends SnapshotRequest {
  /** Chosen by the caller and the same on every retry: makes the append idempotent. */
  commitId: string;
  /** Manifests of new files. */
  manifests: readonly ManifestFile[];
  /**
   * Called before each attempt with the table that the attempt is based on. Throws if the commit must no longer happen; otherwise
   * returns what else to include in the snapshot. If the table changes after this call, the attempt fails and is repeated.
   */
  prepare?: (table: LoadedTable) => Promise<Prepared>;
  /** Create a snapshot even if there are no manifests (only for its summary). */
  allowEmpty?: boolean;
}

/** Additional contents of the snapshot that depend on the state of the table. */
export interface Prepared {
  manifests?: readonly ManifestFile[];
  summary?: Record<string, string>;
  /** Table properties to set together with the snapshot. */
  properties?: Record<string, string>;
}

/**
 * Commits the files of the manifests as one snapshot, exactly once ({@link commitSnapshot}). After a conflict, only the manifest
 * list and the metadata are written again; data files and manifests are reused. All of the result is `null` if there was nothing
 * to append, and no snapshot was created.
 */
export async function appendManifests(request: AppendRequest): Promise<SnapshotResult> {
  const nothing = { snapshotId: null, sequenceNumber: null, summary: {}, alreadyCommitted: false };
  if (request.manifests.length === 0 && !request.allowEmpty) return nothing;
  const { signal, summary, prepare } = request;
  const merger = new ManifestMerger();
  let last: LoadedTable | undefined;
  let isUncertain = false;
  const stage = async (attempt: Attempt): Promise<Staged> => {
    const { table, id, sequenceNumber } = attempt;
    const { metadata } = table;
    last = table;
    const prepared = (await prepare?.(table)) ?? {};
    const added = [...request.manifests, ...(prepared.manifests ?? [])];
    const parent = snapshotById(metadata, metadata['current-snapshot-id']);
    const carried = await merger.merge(table, attempt.manifests, attempt, signal);
    return {
      manifests: [...added.map((manifest) => entryOf(manifest, id, sequenceNumber)), ...carried],
      summary: { ...summaryOf(added, parent?.summary), ...summary, ...prepared.summary },
      properties: prepared.properties,
    };
  };
  const result = await commitSnapshot({ ...request, summary: undefined }, stage, () => {
    isUncertain = true;
  });
  // An attempt without an answer may be the one that has succeeded, with manifests that later attempts do not use.
  if (last !== undefined && !isUncertain) await merger.deleteUnused(last, signal);
  return result ?? nothing;
}
