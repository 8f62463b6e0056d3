/** What to replace in a table, and what that affects. */

import type { SnapshotRequest } from '../commit-snapshot.js';
import type { Snapshot } from '../metadata.js';
import type { DataFile, Schema } from '../types.js';
import type { LiveFile } from './manifest-entries.js';

/** A position-delete file that is removed. */
export interface RemovedDeletes {
  path: string;
  /**
   * All data files that its rows name, as known to the caller that has applied them. Without it, the manifest must
   * prove that the file does not apply to any file that stays, by `referenced_data_file` or by full bounds of the
   * paths.
   */
  dataFiles?: readonly string[];
}

/** Which files to replace, and their replacements. */
export interface ReplaceRequest extends SnapshotRequest {
  /** The same on every retry: makes the replacement idempotent. */
  commitId: string;
  /** The snapshot that the new files were made from. */
  base: Pick<Snapshot, 'snapshot-id' | 'sequence-number'>;
  /** The partition days of all of these files, days since 1970-01-01. */
  days: readonly number[];
  /** Locations as they are in the manifests. */
  remove: { data: readonly string[]; deletes: readonly RemovedDeletes[] };
  /** New data files, and the schema that they were written with. */
  add: readonly DataFile[];
  schema: Schema;
  /** The rows are removed with the files, and nothing replaces them. */
  dropsRows?: boolean;
}

/** What a replacement changes. */
export interface Affected {
  /** Paths of the manifests that have removed files. */
  touched: ReadonlySet<string>;
  removed: { data: LiveFile[]; deletes: LiveFile[] };
}
