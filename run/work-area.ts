/**
 * The contents of the objects in the work area of the warehouse; their keys are in work-keys.ts. Lists and plans are stored there
 * so that only their addresses are passed through Temporal.
 */
import { z } from 'zod';
import type { FileRows } from '../cloudtrail/decoder/day-rows.js';
import type { SourcePrefix } from '../cloudtrail/object-key.js';
import type { DeduplicateConfig } from '../cloudtrail/table-config.js';
import type { TableRole } from '../cloudtrail/tables.js';
import type { DataFile } from '../iceberg/types.js';
import type { BatchFile, LedgerEntry, Writer } from '../ledger/entry.js';
import type { RejectedFor, Totals, UnreadReport } from '../protocol/messages.js';
import {
  batchFile,
  dataFile,
  deduplicateConfig,
  fileRows,
  ledgerEntry,
  ledgerEntryOfFormat0,
  rejectedFor,
  sourcePrefix,
  tableRole,
  totals,
  unreadReport,
} from './schemas.js';
import { type Members, parsed, workKind } from './versioned.js';

/** What the discover activity found. */
export interface SourceList {
  sources: SourcePrefix[];
  /** Folders that do not match CloudTrail's layout. They are reported and not read. */
  unknown: string[];
  /** CloudTrail files that are not read; absent if they were not searched for. */
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

/** The input of one ingestBatch activity. */
export interface Batch {
  id: string;
  /** Delivery day, `YYYY-MM-DD`. */
  day: string;
  files: BatchFile[];
}

/**
 * Stored at `batchKey`. In format 2, files may lack an ETag; in format 3, they may have to be proven; in format 4, their
 * rows may have to be replaced.
 */
export const BATCH = workKind<Batch>(
  'batch of a plan',
  z.object({ id: z.string(), day: z.string(), files: z.array(batchFile) } satisfies Members<Batch>),
  {
    newest: 4,
    of: ({ files }) => {
      if (files.some(({ again }) => again)) return 4;
      if (files.some(({ expected, unproven }) => expected !== undefined || unproven !== undefined)) return 3;
      return files.every(({ etag }) => etag !== undefined) ? 1 : 2;
    },
  },
);

/** A data file that is stored but not committed yet. */
export interface StoredFile {
  role: TableRole;
  file: DataFile;
  /** Maps rows to objects, by the index of the ledger entry in the part; absent if the rows have no event ids. */
  fileRows?: FileRows[];
}

/** The result of one chunk of a batch: its files from the index in the part's key up to, but not including, `end`. */
export interface BatchPart {
  end: number;
  files: StoredFile[];
  /**
   * One for each file of the chunk, in order. Format 0 calls this property `ledger`: workers of that version do not check the
   * format, and fail because it is missing instead of misreading the entries.
   */
  entries: LedgerEntry[];
  /** Rejected records by reason; absent if there are none. */
  rejectedFor?: RejectedFor[];
  /** What wrote the rows of its files; absent if an earlier version did. */
  writer?: Writer;
}

const writer: z.ZodType<Writer> = z.object({
  version: z.string().optional(),
  config: z.string(),
} satisfies Members<Writer>);

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

/** In format 0, `fileEnds` alternates between the index of a file and the row after its last one. */
function fileRowsOf(fileEnds: readonly number[]): FileRows[] {
  const rows: FileRows[] = [];
  for (let at = 0; at + 1 < fileEnds.length; at += 2) rows.push({ file: fileEnds[at], end: fileEnds[at + 1] });
  return rows;
}

const batchPartOfFormat0: z.ZodType<BatchPart> = z
  .object({ end: z.number(), files: z.array(storedFileOfFormat0), ledger: z.array(ledgerEntryOfFormat0) })
  .transform(({ ledger, ...part }): BatchPart => ({ ...part, entries: ledger }));

/** Stored at `partKey`; created once. In format 2, rows have to be replaced: earlier versions would add them a second time. */
export const BATCH_PART = workKind<BatchPart>(
  'part of a batch',
  z.object({
    end: z.number(),
    files: z.array(storedFile),
    entries: z.array(ledgerEntry),
    rejectedFor: z.array(rejectedFor).optional(),
    writer: writer.optional(),
  } satisfies Members<BatchPart>),
  {
    convert: (value) => parsed(batchPartOfFormat0, value),
    newest: 2,
    of: ({ entries }) => (entries.some(({ again }) => again) ? 2 : 1),
  },
);

/** The result of a finished batch, for the commit. Earlier versions also stored a manifest of each table in it. */
export interface BatchResult {
  batch: string;
  totals: Totals;
  /** Keys of its parts, in order. */
  parts: string[];
}

/** Stored at `resultKey`; created once. */
export const BATCH_RESULT = workKind<BatchResult>(
  'batch result',
  z.object({
    batch: z.string(),
    totals,
    parts: z.array(z.string()),
  } satisfies Members<BatchResult>),
);

/** A commit. Snapshot summaries contain its key, so that any worker can complete it. */
export interface GroupCommit {
  id: string;
  /** Workflow that requested it. */
  run: string;
  /** Delivery day. */
  day: string;
  /** The setting of the run that announced the commit. */
  deduplicate?: DeduplicateConfig;
  /** Keys of batch results. */
  results: string[];
  /** Files are read again: their rows replace those that they have in the tables, in the same snapshots. */
  replaces?: boolean;
}

/** Stored at `commitKey`; created once. In format 2, rows are replaced: earlier versions would add them a second time. */
export const GROUP_COMMIT = workKind<GroupCommit>(
  'announced commit',
  z.object({
    id: z.string(),
    run: z.string(),
    day: z.string(),
    deduplicate: deduplicateConfig.optional(),
    results: z.array(z.string()),
    replaces: z.boolean().optional(),
  } satisfies Members<GroupCommit>),
  { newest: 2, of: ({ replaces }) => (replaces ? 2 : 1) },
);

/** The number of repeated records of one object in a commit. */
export interface DuplicateCount {
  /** Index of the batch result in the group. */
  result: number;
  /** Index of the ledger entry in the batch. */
  entry: number;
  count: number;
}

/** Rows of a file of an earlier commit that were deleted, because this commit has newer rows of the same events. */
export interface TakenCount {
  /** Address of the file. */
  path: string;
  count: number;
}

/** The numbers of repeated records of a commit in one table. */
export interface DuplicateCounts {
  counts: DuplicateCount[];
  /** Only of commits that replace rows. */
  taken?: TakenCount[];
}

/** Stored under the plan's `duplicates/`; the snapshot's summary has the key. */
export const DUPLICATE_COUNTS = workKind<DuplicateCounts>(
  'count of repeated events',
  z.object({
    counts: z.array(
      z.object({ result: z.number(), entry: z.number(), count: z.number() } satisfies Members<DuplicateCount>),
    ),
    taken: z.array(z.object({ path: z.string(), count: z.number() } satisfies Members<TakenCount>)).optional(),
  } satisfies Members<DuplicateCounts>),
  {
    convert: (value) => ({
      counts: parsed(z.array(z.tuple([z.number(), z.number(), z.number()])), value).map(([result, entry, count]) => {
        return { result, entry, count };
      }),
    }),
  },
);
