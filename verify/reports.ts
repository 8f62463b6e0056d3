/** The activities of verifications. Reports are work area objects; only counts and the first failures pass through Temporal. */
import { z } from 'zod';
import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import type { VerifyDayInput, VerifyReportInput } from '../protocol/activities.js';
import { nextDay } from '../protocol/days.js';
import {
  type CodeCount,
  type IntegrityCounts,
  type IntegrityFailure,
  MAX_FAILURES,
  type StatusCounts,
  type VerifiedDay,
} from '../protocol/verify-messages.js';
import type { RunContext } from '../run/context.js';
import { type Members, readWork, workKind, writeWork } from '../run/versioned.js';
import { WORK_AREA } from '../run/work-keys.js';
import { objectUri } from '../storage/object-store.js';
import { joinReports, type VerifyReport } from './report.js';
import { verifyDay } from './verify-day.js';

const status: z.ZodType<StatusCounts> = z.object({
  valid: z.number(),
  failed: z.number(),
  unproven: z.number(),
} satisfies Members<StatusCounts>);

const codeCount: z.ZodType<CodeCount> = z.object({
  code: z.string(),
  status: z.enum(['failed', 'unproven']),
  count: z.number(),
  example: z.string(),
} satisfies Members<CodeCount>);

const counts: z.ZodType<IntegrityCounts> = z.object({
  logFiles: status,
  digests: status,
  chains: z.number(),
  readAgain: z.number(),
  codes: z.array(codeCount),
} satisfies Members<IntegrityCounts>);

const failure: z.ZodType<IntegrityFailure> = z.object({
  subject: z.string(),
  key: z.string(),
  code: z.string(),
  message: z.string(),
} satisfies Members<IntegrityFailure>);

/** The report of a verification, of one day or of all. */
export const VERIFY_REPORT = workKind<VerifyReport>(
  'report of a verification',
  z.object({
    counts,
    failures: z.object({ count: z.number(), first: z.array(failure) }),
  } satisfies Members<VerifyReport>),
);

const reportKey = (verification: string, name: string): string =>
  `${WORK_AREA}/verifications/${verification}/${name}.json`;

/** Verifies a day, and returns its counts with the first failures. */
export async function storeVerifiedDay(
  context: RunContext,
  pool: DecoderPool,
  { verification: id, day, ...input }: VerifyDayInput,
  signal: AbortSignal,
): Promise<VerifiedDay> {
  const { warehouse, config } = context;
  const key = reportKey(id, day);
  const report = await verifyDay(
    { ...context, pool, signal },
    { ...input, day, commitId: `verify-${id}/${day}` },
    {
      read: () => readWork(warehouse, key, VERIFY_REPORT, signal),
      write: (one) => writeWork(warehouse, key, VERIFY_REPORT, one, signal),
    },
  );
  context.report?.({ what: 'verified', source: config.source, counts: report.counts });
  const { count, first } = report.failures;
  return { counts: report.counts, failures: { count, first: first.slice(0, MAX_FAILURES) } };
}

/** Merges the reports of the days, stores the whole report, and returns its address. */
export async function storeVerifyReport(
  { warehouse }: RunContext,
  { verification: id, from, to }: VerifyReportInput,
  signal: AbortSignal,
): Promise<string> {
  const days: VerifyReport[] = [];
  for (let day = from; day <= to; day = nextDay(day))
    days.push(await readWork(warehouse, reportKey(id, day), VERIFY_REPORT, signal));
  const key = reportKey(id, 'report');
  await writeWork(warehouse, key, VERIFY_REPORT, joinReports(days), signal);
  return objectUri(warehouse, key);
}
