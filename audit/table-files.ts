/** Finds the table files that may have rows of a delivery day. */

import type { Damaged } from '../errors/index.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import type { Snapshot } from '../iceberg/metadata.js';
import { NO_METRICS, type ScannedFile, scanDataFiles } from '../iceberg/scan.js';
import { DELIVERY_DAY } from '../run/summary-keys.js';
import type { AuditContext } from './context.js';

/** A range of partition days, in days since 1970-01-01, inclusive. */
export interface DayRange {
  from: number;
  to: number;
}

/** A data file that may have rows of the audited day. */
export interface FileOfDay extends ScannedFile {
  /** True if its commit is of the audited day, so that all its rows were delivered on that day. */
  ours: boolean;
}

/**
 * Returns the files that the day's commits added, and files of unknown commits (expired, or by another writer) whose event
 * days overlap `events`. `onDamage` receives manifests that cannot be read.
 */
export async function filesOfDay(
  { signal }: AuditContext,
  table: LoadedTable,
  day: string,
  events: DayRange,
  onDamage: (damage: Damaged) => void,
): Promise<FileOfDay[]> {
  const deliveryDay = (snapshot: Snapshot | undefined): string | undefined => snapshot?.summary[DELIVERY_DAY];
  const files: FileOfDay[] = [];
  const known = (snapshot: Snapshot | undefined): boolean => deliveryDay(snapshot) === day;
  for await (const file of scanDataFiles(table, { addedBy: known, columns: NO_METRICS, signal, onDamage }))
    files.push({ ...file, ours: true });
  const unknown = (snapshot: Snapshot | undefined): boolean => deliveryDay(snapshot) === undefined;
  const others = { addedBy: unknown, dayRange: events, columns: NO_METRICS, signal, onDamage };
  for await (const file of scanDataFiles(table, others)) files.push({ ...file, ours: false });
  return files;
}
