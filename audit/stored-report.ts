/** The schemas of stored audit reports: of a day, and of all days together. */
import { z } from 'zod';
import { isNone } from '../plan/unread-tally.js';
import type { AuditCounts, Difference, Truncated } from '../protocol/audit-messages.js';
import type { UnreadReport } from '../protocol/messages.js';
import { ignoredFiles, sourceFilter, UNREAD_FILES, unreadFiles } from '../run/schemas.js';
import { type Members, parsed, workKind } from '../run/versioned.js';
import { UNREAD_CURE } from './cures.js';
import type { AuditedUnread, AuditReport, DayReport, Group, Noted } from './report.js';

const COUNTS = {
  listed: z.number(),
  ingested: z.number(),
  quarantined: z.number(),
  skipped: z.number(),
  gone: z.number(),
  replaced: z.number(),
  records: z.number(),
  rows: z.number(),
  rejects: z.number(),
  rejectRows: z.number(),
  duplicates: z.number(),
  dropped: z.number(),
} satisfies Members<AuditCounts>;

const counts: z.ZodType<AuditCounts> = z.object(COUNTS);

const group: z.ZodType<Group> = z.object({
  day: z.string(),
  account: z.string(),
  region: z.string(),
  kind: z.string(),
  ...COUNTS,
} satisfies Members<Group>);

const found = z.union([z.string(), z.number()]).nullable();

const difference: z.ZodType<Difference> = z.object({
  what: z.enum([
    ...(['missing_in_ledger', 'missing_in_bucket', 'twice_in_ledger', 'rows_differ', 'rejects_differ'] as const),
    ...(['unknown_rows', 'half_commit', 'file_gone', 'file_unreadable'] as const),
  ]),
  day: z.string(),
  subject: z.string(),
  table: z.string().optional(),
  ledger: found,
  found,
  cure: z.string(),
} satisfies Members<Difference>);

const noted: z.ZodType<Noted> = z.object({
  day: z.string(),
  key: z.string(),
  etag: z.string(),
  reason: z.string(),
} satisfies Members<Noted>);

function kept<T>(item: z.ZodType<T>): z.ZodType<Truncated<T>> {
  return z.object({ count: z.number(), first: z.array(item) });
}

/** The properties that the reports of a day and of all days share. */
const COMMON = {
  groups: z.array(group),
  differences: kept(difference),
  quarantined: kept(noted),
  replaced: kept(noted),
};

/** The report of one delivery day. */
export const DAY_REPORT = workKind<DayReport>(
  'audit report of a day',
  z.object({ day: z.string(), ...COMMON, ignored: z.array(ignoredFiles).optional() } satisfies Members<DayReport>),
);

/** A whole report as stored. Reports by older versions do not have the unread files. */
export type StoredAuditReport = Omit<AuditReport, 'unread'> & { unread?: AuditedUnread };

const auditedUnread: z.ZodType<AuditedUnread> = z.object({
  ...UNREAD_FILES,
  cure: z.string(),
} satisfies Members<AuditedUnread>);

const AUDIT_REPORT_MEMBERS = {
  source: z.string(),
  location: z.string(),
  warehouse: z.string(),
  from: z.string(),
  to: z.string(),
  filter: sourceFilter,
  clean: z.boolean(),
  totals: counts,
  ...COMMON,
  ignored: z.array(ignoredFiles),
  unread: auditedUnread.optional(),
  unreadElsewhere: unreadFiles,
} satisfies Members<StoredAuditReport>;

const NONE = { files: 0, atLeast: false, first: [] };

const format0: z.ZodType<StoredAuditReport> = z
  .object({
    ...AUDIT_REPORT_MEMBERS,
    ignored: AUDIT_REPORT_MEMBERS.ignored.optional(),
    unreadElsewhere: unreadFiles.optional(),
  })
  .transform(({ ignored = [], unreadElsewhere = NONE, ...report }) => ({ ...report, ignored, unreadElsewhere }));

/** The report of all days of an audit. */
export const AUDIT_REPORT = workKind<StoredAuditReport>('audit report', z.object(AUDIT_REPORT_MEMBERS), {
  convert: (value) => parsed(format0, value),
});

/**
 * Adds the unread files to a report by a worker of an older version, which did not search for them. Returns other reports
 * unchanged.
 */
export function withUnread(stored: StoredAuditReport, { inRange, elsewhere }: UnreadReport): AuditReport {
  if (hasUnread(stored)) return stored;
  const clean = stored.clean && isNone(inRange);
  return { ...stored, clean, ignored: [], unread: { ...inRange, cure: UNREAD_CURE }, unreadElsewhere: elsewhere };
}

function hasUnread(stored: StoredAuditReport): stored is AuditReport {
  return stored.unread !== undefined;
}
