/**
 * The work area in the warehouse: where its objects are and what is in them. Lists and plans are objects, so that only their
 * addresses travel through Temporal.
 */
import { z } from 'zod';
import type { FileRows } from '../cloudtrail/decoder/day-rows.js';
import type { SourcePrefix } from '../cloudtrail/object-key.js';
import type { DeduplicateConfig } from '../cloudtrail/table-config.js';
import type { TableRole } from '../cloudtrail/tables.js';
import type { DataFile } from '../iceberg/types.js';
import type { BatchFile, LedgerEntry } from '../ledger/entry.js';
import type { Totals, UnreadReport } from '../protocol/messages.js';
import {
  batchFile,
  dataFile,
  deduplicateConfig,
  fileRows,
  ledgerEntry,
  ledgerEntryOfFormat0,
  sourcePrefix,
  tableRole,
  totals,
  unreadReport,
} from './schemas.js';
import { type Members, parsed, workKind } from './versioned.js';

/** First part of the keys of all its objects. */
export const WORK_AREA = '_trailmill';

/** What discover found. */
export interface SourceList {
  sources: SourcePrefix[];
  /** Folders that are not CloudTrail's: reported, never guessed. */
  unknown: string[];
  /** Files of CloudTrail that are not read; absent where they were not looked for. */
  unread?: UnreadReport;
}

/** Stored at `sources/<hash of its content>.json`. */
export const SOURCE_LIST = workKind<SourceList>(
  'source list',
  z.object({
    sources: z.array(sourcePrefix),
    unknown: z.array(z.string()),
    unread: unreadReport.optional(),
  } satisfies Members<SourceList>),
);

/** What one ingest-batch activity has to do. */
export interface Batch {
  id: string;
  /** Delivery day, `YYYY-MM-DD`. */
  day: string;
  files: BatchFile[];
}

/** Stored at {@link batchKey}. */
export const BATCH = workKind<Batch>(
  'batch of a plan',
  z.object({ id: z.string(), day: z.string(), files: z.array(batchFile) } satisfies Members<Batch>),
);

/** A data file that is stored and not yet in a table. */
export interface StoredFile {
  role: TableRole;
  file: DataFile;
  /** Whose rows they are, by the number of the entry in its part; absent where the rows have no event ids. */
  fileRows?: FileRows[];
}

/** What one chunk of a batch has produced: the files of the batch from the number in its key to before `end`. */
export interface BatchPart {
  end: number;
  files: StoredFile[];
  /**
   * One for each of the chunk's files, in their order. Format 0 called them `ledger`: a worker of that version, which knows no
   * formats, fails at a part without it instead of misreading the entries.
   */
  entries: LedgerEntry[];
}

const storedFile: z.ZodType<StoredFile> = z.object({
  role: tableRole,
  file: dataFile,
  fileRows: z.array(fileRows).optional(),
} satisfies Members<StoredFile>);

const storedFileOfFormat0 = z
  .object({ role: tableRole, file: dataFile, fileEnds: z.array(z.number()).optional() })
  .transform(({ fileEnds, ...stored }): StoredFile => {
    return fileEnds === undefined ? stored : { ...stored, fileRows: fileRowsOf(fileEnds) };
  });

/** Of format 0: the number of a file and the row behind its last one, in turn. */
function fileRowsOf(fileEnds: readonly number[]): FileRows[] {
  const rows: FileRows[] = [];
  for (let at = 0; at + 1 < fileEnds.length; at += 2) rows.push({ file: fileEnds[at], end: fileEnds[at + 1] });
  return rows;
}

const batchPartOfFormat0: z.ZodType<BatchPart> = z
  .object({ end: z.number(), files: z.array(storedFileOfFormat0), ledger: z.array(ledgerEntryOfFormat0) })
  .transform(({ ledger, ...part }): BatchPart => ({ ...part, entries: ledger }));

/** Stored at {@link partKey}, once. */
export const BATCH_PART = workKind<BatchPart>(
  'part of a batch',
  z.object({
    end: z.number(),
    files: z.array(storedFile),
    entries: z.array(ledgerEntry),
  } satisfies Members<BatchPart>),
  (value) => parsed(batchPartOfFormat0, value),
);

/** What a finished batch hands to the commit: where its parts are. Versions before stored a manifest for each table with it. */
export interface BatchResult {
  batch: string;
  totals: Totals;
  /** Keys of its parts, in order. */
  parts: string[];
}

/** Stored at {@link resultKey}, once. */
export const BATCH_RESULT = workKind<BatchResult>(
  'batch result',
  z.object({
    batch: z.string(),
    totals,
    parts: z.array(z.string()),
  } satisfies Members<BatchResult>),
);

/** A commit, named in the snapshots' summaries, so that any worker can complete it. */
export interface GroupCommit {
  id: string;
  /** Workflow that asked for it. */
  run: string;
  /** Delivery day. */
  day: string;
  /** As the run that announced the commit has it. */
  deduplicate?: DeduplicateConfig;
  /** Keys of batch results. */
  results: string[];
}

/** Stored at {@link commitKey}, once. */
export const GROUP_COMMIT = workKind<GroupCommit>(
  'announced commit',
  z.object({
    id: z.string(),
    run: z.string(),
    day: z.string(),
    deduplicate: deduplicateConfig.optional(),
    results: z.array(z.string()),
  } satisfies Members<GroupCommit>),
);

/** Repeated records of one object in a commit. */
export interface DuplicateCount {
  /** Number of the batch result in the group. */
  result: number;
  /** Number of the ledger entry in the batch. */
  entry: number;
  count: number;
}

/** Repeated records of a commit in one table. */
export interface DuplicateCounts {
  counts: DuplicateCount[];
}

/** Stored in the plan's `duplicates/`; the snapshot's summary names it. */
export const DUPLICATE_COUNTS = workKind<DuplicateCounts>(
  'count of repeated events',
  z.object({
    counts: z.array(
      z.object({ result: z.number(), entry: z.number(), count: z.number() } satisfies Members<DuplicateCount>),
    ),
  } satisfies Members<DuplicateCounts>),
  (value) => ({
    counts: parsed(z.array(z.tuple([z.number(), z.number(), z.number()])), value).map(([result, entry, count]) => {
      return { result, entry, count };
    }),
  }),
);

/** Key prefix of a plan's objects: its address. */
export const planAddress = (planId: string): string => `${WORK_AREA}/plans/${planId}`;
/** Key of a {@link Batch}; `plan` is the plan's address. */
export const batchKey = (plan: string, index: number): string => `${plan}/batch-${digits(index)}.json`;
/** Key of a {@link GroupCommit}. */
export const commitKey = (plan: string, group: number): string => `${plan}/commit-${digits(group)}.json`;

/** The plan that a commit id begins with. */
export const planOfCommit = (commitId: string): string => commitId.slice(0, commitId.lastIndexOf('/'));

/** Key prefix of all that is done of one batch. */
export const donePrefix = (plan: string, batchId: string): string => `${plan}/done/${batchId}/`;
/** Key of the {@link BatchPart} that begins with the batch's file number `from`. */
export const partKey = (plan: string, batchId: string, from: number): string =>
  `${donePrefix(plan, batchId)}part-${digits(from)}.json`;
/** Key of a {@link BatchResult}. */
export const resultKey = (plan: string, batchId: string): string => `${donePrefix(plan, batchId)}result.json`;

/** Key of the event ids of a data file, by its address: names of data files are never used twice. */
export const eventIdsKey = (dataFile: string): string =>
  `${WORK_AREA}/event-ids/${dataFile.slice(dataFile.lastIndexOf('/') + 1)}.bin`;

const digits = (index: number): string => String(index).padStart(6, '0');
