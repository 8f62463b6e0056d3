/** The work area in the warehouse: lists and plans, so that only their addresses travel through Temporal. */
import type { SourcePrefix } from '../cloudtrail/object-key.js';
import type { TableRole } from '../cloudtrail/tables.js';
import type { DataFile, ManifestFile } from '../iceberg/types.js';
import type { BatchFile, LedgerEntry } from '../ingest/types.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { Totals } from '../workflows/messages.js';

export const WORK_AREA = '_trailmill';

/** What discover found. */
export interface SourceList {
  sources: SourcePrefix[];
  /** Folders that are not CloudTrail's: reported, never guessed. */
  unknown: string[];
}

/** What one ingest-batch activity has to do. */
export interface Batch {
  id: string;
  day: string;
  files: BatchFile[];
}

/** What one flushed chunk of a batch has produced. */
export interface BatchPart {
  files: { role: TableRole; file: DataFile }[];
  ledger: LedgerEntry[];
}

/** What a finished batch hands to the commit. */
export interface BatchResult {
  manifests: Partial<Record<TableRole, ManifestFile>>;
  totals: Totals;
}

/** A commit, named in the snapshots' summaries, so that anyone can complete it. */
export interface GroupCommit {
  id: string;
  run: string;
  day: string;
  manifests: Partial<Record<TableRole, ManifestFile[]>>;
}

export const planAddress = (planId: string): string => `${WORK_AREA}/plans/${planId}`;
export const batchKey = (plan: string, index: number): string => `${plan}/batch-${String(index).padStart(6, '0')}.json`;
export const commitKey = (plan: string, group: number): string =>
  `${plan}/commit-${String(group).padStart(6, '0')}.json`;

export async function readJson<T>(store: ObjectStore, key: string, signal?: AbortSignal): Promise<T> {
  return JSON.parse((await store.get(key, { signal })).body.toString('utf8')) as T;
}

export async function writeJson(store: ObjectStore, key: string, value: unknown, signal?: AbortSignal): Promise<void> {
  await store.put(key, Buffer.from(JSON.stringify(value)), { signal });
}
