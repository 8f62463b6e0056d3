/** Which files a run reads again, to replace their rows. */

/** Values of {@link Reprocess.status}. */
export const REPROCESS_STATUSES = ['rejected', 'quarantined'] as const;

/**
 * The files of a run's days that are read again under its configuration. Files that this configuration and this version of
 * Trailmill have written are left out. Without any property: all others, and what was not ingested yet.
 */
export interface Reprocess {
  /** Only files with rejected records, or files that are quarantined, whatever configuration has read them. */
  status?: (typeof REPROCESS_STATUSES)[number];
  /** Only objects with these keys. */
  keys?: string[];
  /** Only files that a version before this one has read. */
  olderThan?: string;
}

/** Keys that one run may name: they are in the input of each of its days. */
export const MAX_REPROCESS_KEYS = 100;

/** Whether only some files of the days are read: then no others are, not even new ones. */
export function isSelective({ status, keys, olderThan }: Reprocess): boolean {
  return status !== undefined || keys !== undefined || olderThan !== undefined;
}
