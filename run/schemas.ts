/** Schemas of the types that work area objects contain. Each lists all properties of its type. */
import { z } from 'zod';
import type { FileRows } from '../cloudtrail/decoder/day-rows.js';
import type { SourcePrefix } from '../cloudtrail/object-key.js';
import { type DeduplicateConfig, TABLE_KEYS, type TableKey } from '../cloudtrail/table-config.js';
import { INGEST_ROLES, type TableRole } from '../cloudtrail/tables.js';
import type { DataFile } from '../iceberg/types.js';
import type { BatchFile, ExpectedContent, FileProblem, LedgerEntry } from '../ledger/entry.js';
import type {
  DayPlan,
  IgnoredFiles,
  KnownFiles,
  QuarantineReason,
  RejectedFor,
  SourceFilter,
  Totals,
  UnreadFile,
  UnreadFiles,
  UnreadReport,
} from '../protocol/messages.js';
import type { Members } from './versioned.js';

const byFieldId = <T>(value: z.ZodType<T>) => z.record(z.string(), value);

/** Reads a {@link DataFile} from JSON values. */
export const dataFile: z.ZodType<DataFile> = z.object({
  path: z.string(),
  bytes: z.number(),
  rows: z.number(),
  day: z.number(),
  columnSizes: byFieldId(z.number()),
  valueCounts: byFieldId(z.number()),
  nullCounts: byFieldId(z.number()),
  lowerBounds: byFieldId(z.string()),
  upperBounds: byFieldId(z.string()),
  sortOrderId: z.number().optional(),
  referencedDataFile: z.string().optional(),
} satisfies Members<DataFile>);

/** Reads a {@link SourcePrefix} from JSON values. */
export const sourcePrefix: z.ZodType<SourcePrefix> = z.object({
  prefix: z.string(),
  account: z.string(),
  region: z.string(),
  kind: z.string(),
} satisfies Members<SourcePrefix>);

/** Reads a {@link TableRole} from JSON values. */
export const tableRole: z.ZodType<TableRole> = z.enum(INGEST_ROLES as [TableRole, ...TableRole[]]);

const quarantineReason: z.ZodType<QuarantineReason> = z.object({
  code: z.string(),
  files: z.number(),
  example: z.string(),
} satisfies Members<QuarantineReason>);

/** Reads a {@link RejectedFor} from JSON values. */
export const rejectedFor: z.ZodType<RejectedFor> = z.object({
  code: z.string(),
  records: z.number(),
  key: z.string(),
  index: z.number(),
  message: z.string(),
} satisfies Members<RejectedFor>);

/** Reads a {@link Totals} from JSON values. */
export const totals: z.ZodType<Totals> = z.object({
  files: z.number(),
  bytes: z.number(),
  events: z.number(),
  rejects: z.number(),
  rejectedFor: z.array(rejectedFor).optional(),
  dropped: z.number(),
  duplicates: z.number(),
  quarantined: z.number(),
  quarantinedFor: z.array(quarantineReason),
  skipped: z.number(),
  replaced: z.number(),
  kept: z.array(quarantineReason).optional(),
  keptBytes: z.number().optional(),
} satisfies Members<Totals>);

const unreadFile: z.ZodType<UnreadFile> = z.object({
  key: z.string(),
  moveTo: z.string().nullable(),
} satisfies Members<UnreadFile>);

/** The properties of `UnreadFiles`. */
export const UNREAD_FILES = {
  files: z.number(),
  atLeast: z.boolean(),
  first: z.array(unreadFile),
} satisfies Members<UnreadFiles>;

/** Reads {@link UnreadFiles} from JSON values. */
export const unreadFiles: z.ZodType<UnreadFiles> = z.object(UNREAD_FILES);

/** Reads an {@link UnreadReport} from JSON values. */
export const unreadReport: z.ZodType<UnreadReport> = z.object({
  inRange: unreadFiles,
  elsewhere: unreadFiles,
} satisfies Members<UnreadReport>);

/** Reads {@link IgnoredFiles} from JSON values. */
export const ignoredFiles: z.ZodType<IgnoredFiles> = z.object({
  why: z.enum([
    'partial_copy',
    'key_pattern',
    'awaiting_digest',
    'up_to_date',
    'not_kept',
    'replaced',
    'not_a_file',
    'broken_link',
    'bad_name',
    'unreadable',
  ]),
  files: z.number(),
  example: z.string(),
} satisfies Members<IgnoredFiles>);

/** Reads a {@link DayPlan} from JSON values. */
export const dayPlan: z.ZodType<DayPlan> = z.object({
  id: z.string(),
  address: z.string(),
  batches: z.number(),
  files: z.number(),
  bytes: z.number(),
  order: z.array(z.number()).optional(),
  nextGroup: z.number(),
  resumed: z.boolean(),
  about: z.array(z.string()).optional(),
  ledgerSequence: z.string(),
  ignored: z.array(ignoredFiles).optional(),
  known: z.object({ ingested: z.number(), other: z.number() } satisfies Members<KnownFiles>).optional(),
} satisfies Members<DayPlan>);

/** Reads a {@link SourceFilter} from JSON values. */
export const sourceFilter: z.ZodType<SourceFilter> = z.object({
  accounts: z.array(z.string()).optional(),
  regions: z.array(z.string()).optional(),
  kinds: z.array(z.string()).optional(),
} satisfies Members<SourceFilter>);

/** Reads a {@link DeduplicateConfig} from JSON values. */
export const deduplicateConfig: z.ZodType<DeduplicateConfig> = z.object({
  windowDays: z.number(),
} satisfies Members<DeduplicateConfig>);

/** The properties of an object that its ledger entry also has. */
const OBJECT = {
  key: z.string(),
  etag: z.string().optional(),
  size: z.number(),
  lastModified: z.number().optional(),
  account: z.string(),
  region: z.string(),
  kind: z.string(),
  attempt: z.number().optional(),
  replaces: z.boolean().optional(),
  again: z.boolean().optional(),
};

const expectedContent: z.ZodType<ExpectedContent> = z.object({
  sha256: z.array(z.string()),
  digest: z.string(),
} satisfies Members<ExpectedContent>);

/** Reads a {@link BatchFile} from JSON values. */
export const batchFile: z.ZodType<BatchFile> = z.object({
  ...OBJECT,
  expected: expectedContent.optional(),
  unproven: z.string().optional(),
} satisfies Members<BatchFile>);

/** The properties that entries of all formats have. */
const ENTRY = {
  ...OBJECT,
  etag: z.string(),
  uri: z.string(),
  deliveredAt: z.number(),
  table: z.enum(TABLE_KEYS as [TableKey, ...TableKey[]]),
  records: z.number(),
  rejects: z.number(),
  dropped: z.number(),
  duplicates: z.number(),
  sha256: z.string().optional(),
  firstEventTime: z.number().optional(),
  lastEventTime: z.number().optional(),
  notes: z.string().optional(),
  version: z.string().optional(),
  config: z.string().optional(),
};

const fileProblem: z.ZodType<FileProblem> = z.object({
  state: z.enum(['quarantined', 'skipped']),
  code: z.string(),
  message: z.string(),
} satisfies Members<FileProblem>);

/** Reads a {@link LedgerEntry} from JSON values. */
export const ledgerEntry: z.ZodType<LedgerEntry> = z.object({
  ...ENTRY,
  problem: fileProblem.optional(),
} satisfies Members<LedgerEntry>);

/** Reads an entry of format 0 (run/versioned.ts), which has a status and the text of the `error` column instead of a problem. */
export const ledgerEntryOfFormat0: z.ZodType<LedgerEntry> = z
  .object({ ...ENTRY, status: z.enum(['ingested', 'quarantined', 'skipped']), error: z.string().optional() })
  .transform(({ status, error = '', ...entry }): LedgerEntry => {
    if (status === 'ingested') return entry;
    const [, code, message] = /^([^:]*)(?:: )?(.*)$/s.exec(error) ?? ['', error, ''];
    return { ...entry, problem: { state: status, code, message } };
  });

/** Reads {@link FileRows} from JSON values. */
export const fileRows: z.ZodType<FileRows> = z.object({
  file: z.number(),
  end: z.number(),
} satisfies Members<FileRows>);
