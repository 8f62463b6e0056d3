/** What makes a table slow to read and to write, and when it is time for maintenance. Pure. */
import type { TableMetadata } from './metadata.js';
import { snapshotById } from './snapshot.js';

/** Data files below this size (16 MiB) are small: opening one costs more than reading it. */
export const SMALL_FILE_BYTES = 16 << 20;

/** What is counted of a table. */
export interface TableHealth {
  /** Data files below {@link SMALL_FILE_BYTES}. */
  smallFiles: number;
  deleteFiles: number;
  snapshots: number;
  /** Size of the newest metadata file, which every reader and every commit reads; absent if unknown. */
  metadataFileBytes?: number;
  /** Manifests of the current snapshot; absent if they were not counted. */
  manifests?: number;
}

/** The limits above which maintenance is worthwhile. */
export const HEALTH_LIMITS: Readonly<Required<TableHealth>> = {
  // A file for each day of five years is not too many.
  smallFiles: 2_000,
  deleteFiles: 1_000,
  // Each adds about 1 kB to the metadata file.
  snapshots: 1_000,
  metadataFileBytes: 4_000_000,
  // About 25 kB each, which a query without a time range reads.
  manifests: 2_000,
};

/** A limit that a table has passed. */
export interface HealthFinding {
  what: keyof TableHealth;
  value: number;
  limit: number;
}

/** The limits that are passed, in the order of {@link HEALTH_LIMITS}; none for a healthy table. */
export function findingsOf(health: TableHealth): HealthFinding[] {
  return (Object.keys(HEALTH_LIMITS) as (keyof TableHealth)[]).flatMap((what) => {
    const value = health[what];
    const limit = HEALTH_LIMITS[what];
    return value !== undefined && value > limit ? [{ what, value, limit }] : [];
  });
}

/**
 * The health of a table from its metadata alone, without its manifests. The number of small files is a minimum: by the totals
 * of the current snapshot, not all files can be large. Without totals, which other writers may omit, it is 0.
 */
export function healthOf(metadata: TableMetadata, metadataFileBytes?: number): TableHealth {
  const { summary = {} } = snapshotById(metadata, metadata['current-snapshot-id']) ?? {};
  const total = (name: string): number => {
    const value = Number(summary[name] ?? Number.NaN);
    return Number.isSafeInteger(value) && value >= 0 ? value : Number.NaN;
  };
  const small = total('total-data-files') - Math.floor(total('total-files-size') / SMALL_FILE_BYTES);
  return {
    smallFiles: Math.max(0, small) || 0,
    deleteFiles: total('total-delete-files') || 0,
    snapshots: metadata.snapshots.length,
    metadataFileBytes,
  };
}
