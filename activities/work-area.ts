/** The work area in the warehouse: lists and plans, so that only their addresses travel through Temporal. */
import type { SourcePrefix } from '../cloudtrail/object-key.js';
import type { DeduplicateConfig } from '../cloudtrail/table-config.js';
import type { TableRole } from '../cloudtrail/tables.js';
import { AlreadyExists } from '../errors/index.js';
import { readTableFile } from '../iceberg/damage.js';
import { locationOf } from '../iceberg/location.js';
import type { DataFile, ManifestFile } from '../iceberg/types.js';
import type { BatchFile, LedgerEntry } from '../ingest/types.js';
import type { ObjectStore } from '../storage/object-store.js';
import type { Totals } from '../workflows/messages.js';
import type { UnreadReport } from './unread-tally.js';

export const WORK_AREA = '_trailmill';

/** What discover found. */
export interface SourceList {
  sources: SourcePrefix[];
  /** Folders that are not CloudTrail's: reported, never guessed. */
  unknown: string[];
  /** Files of CloudTrail that are not read; absent where nobody looked for them. */
  unread?: UnreadReport;
}

/** What one ingest-batch activity has to do. */
export interface Batch {
  id: string;
  day: string;
  files: BatchFile[];
}

/** A data file and where its rows come from. */
export interface PartFile {
  role: TableRole;
  file: DataFile;
  /** Where its rows have event ids: whose rows they are, see `FileEvents`. The numbers are those of the part's entries. */
  fileEnds?: number[];
}

/** What one chunk of a batch has produced: the files of the batch from the index in its key to before `end`. */
export interface BatchPart {
  end: number;
  files: PartFile[];
  ledger: LedgerEntry[];
}

/** What a finished batch hands to the commit. */
export interface BatchResult {
  batch: string;
  manifests: Partial<Record<TableRole, ManifestFile>>;
  totals: Totals;
  /** Addresses of its parts, in order. */
  parts: string[];
}

/** A commit, named in the snapshots' summaries, so that anyone can complete it. */
export interface GroupCommit {
  id: string;
  run: string;
  day: string;
  /** As the run wants it that announced the commit. */
  deduplicate?: DeduplicateConfig;
  /** Addresses of batch results. */
  results: string[];
}

/** Repeated records of a commit in one table, by source file: number of the result, number of the entry, how many. */
export type DuplicateCounts = [result: number, entry: number, count: number][];

export const planAddress = (planId: string): string => `${WORK_AREA}/plans/${planId}`;
export const batchKey = (plan: string, index: number): string => `${plan}/batch-${digits(index)}.json`;
export const commitKey = (plan: string, group: number): string => `${plan}/commit-${digits(group)}.json`;

/** The plan that a commit id begins with. */
export const planOfCommit = (commitId: string): string => commitId.slice(0, commitId.lastIndexOf('/'));

/** Everything of one batch that is done lies under this prefix. */
export const donePrefix = (plan: string, batchId: string): string => `${plan}/done/${batchId}/`;
export const partKey = (plan: string, batchId: string, from: number): string =>
  `${donePrefix(plan, batchId)}part-${digits(from)}.json`;
export const resultKey = (plan: string, batchId: string): string => `${donePrefix(plan, batchId)}result.json`;

/** The event ids of a data file, by its address: names of data files are never used twice. */
export const eventIdsKey = (dataFile: string): string =>
  `${WORK_AREA}/event-ids/${dataFile.slice(dataFile.lastIndexOf('/') + 1)}.bin`;

const digits = (index: number): string => String(index).padStart(6, '0');

/** Reads an object or a list. Throws `Damaged` where it is not there, or is no such JSON. */
export async function readJson<T>(store: ObjectStore, key: string, signal?: AbortSignal): Promise<T> {
  const file = { path: locationOf(store, key), kind: 'work file', of: 'the work area' } as const;
  return readTableFile(
    store,
    file,
    (body) => {
      const value = JSON.parse(body.toString('utf8')) as T;
      if (typeof value !== 'object' || value === null) throw new Error('It is neither an object nor a list');
      return value;
    },
    signal,
  );
}

export async function writeJson(store: ObjectStore, key: string, value: unknown, signal?: AbortSignal): Promise<void> {
  await store.put(key, Buffer.from(JSON.stringify(value)), { signal });
}

/** Writes what must be said once only; answers what stands there, by whoever was first. */
export async function writeJsonOnce<T>(store: ObjectStore, key: string, value: T, signal?: AbortSignal): Promise<T> {
  try {
    await store.put(key, Buffer.from(JSON.stringify(value)), { ifNoneMatch: '*', signal });
    return value;
  } catch (error) {
    if (!(error instanceof AlreadyExists)) throw error;
    return readJson<T>(store, key, signal);
  }
}
