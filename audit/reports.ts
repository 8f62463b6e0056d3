/** The audit activities. Reports are work area objects; only counts and the first differences pass through Temporal. */

import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import { matches } from '../plan/source-filter.js';
import type { AuditDayInput, AuditReportInput } from '../protocol/activities.js';
import { type AuditedDay, MAX_DIFFERENCES } from '../protocol/audit-messages.js';
import { nextDay } from '../protocol/days.js';
import type { RunContext } from '../run/context.js';
import { readWork, writeWork } from '../run/versioned.js';
import { SOURCE_LIST } from '../run/work-area.js';
import { WORK_AREA } from '../run/work-keys.js';
import { objectUri } from '../storage/object-store.js';
import { auditDay } from './audit-day.js';
import { type DayReport, joinDays, totalsOf } from './report.js';
import { AUDIT_REPORT, DAY_REPORT } from './stored-report.js';

const reportKey = (audit: string, name: string): string => `${WORK_AREA}/audits/${audit}/${name}.json`;

/** Audits a day, stores its report, and returns its counts with the first differences. */
export async function storeDayReport(
  context: RunContext,
  pool: DecoderPool,
  { audit: id, day, sources: address, filter }: AuditDayInput,
  signal: AbortSignal,
): Promise<AuditedDay> {
  const { warehouse } = context;
  const { sources } = await readWork(warehouse, address, SOURCE_LIST, signal);
  const wanted = sources.filter((source) => matches(source, filter));
  const report = await auditDay({ ...context, pool, signal }, { day, filter, sources: wanted });
  await writeWork(warehouse, reportKey(id, day), DAY_REPORT, report, signal);
  const { count, first } = report.differences;
  return { totals: totalsOf(report.groups), differences: { count, first: first.slice(0, MAX_DIFFERENCES) } };
}

/** Joins the reports of the days, stores the whole report, and returns its address. */
export async function storeAuditReport(
  { config, bucket, warehouse }: RunContext,
  { audit: id, from, to, filter, sources }: AuditReportInput,
  signal: AbortSignal,
): Promise<string> {
  const days: DayReport[] = [];
  for (let day = from; day <= to; day = nextDay(day))
    days.push(await readWork(warehouse, reportKey(id, day), DAY_REPORT, signal));
  const key = reportKey(id, 'report');
  const about = { source: config.source, location: bucket.uri, warehouse: warehouse.uri, from, to, filter };
  const list = sources === undefined ? undefined : await readWork(warehouse, sources, SOURCE_LIST, signal);
  await writeWork(warehouse, key, AUDIT_REPORT, joinDays(about, days, list?.unread), signal);
  return objectUri(warehouse, key);
}
