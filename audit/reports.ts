/** audit-day: reconciles one delivery day; its report is an object, and only counts and some differences travel. */

import type { DecoderPool } from '../ingest/threads/decoder-pool.js';
import { matches } from '../plan/source-filter.js';
import type { AuditDayInput, AuditReportInput } from '../protocol/activities.js';
import { type AuditedDay, DIFFERENCES_CARRIED } from '../protocol/audit-messages.js';
import { nextDay } from '../protocol/days.js';
import type { RunContext } from '../run/context.js';
import { readJson, type SourceList, WORK_AREA, writeJson } from '../run/work-area.js';
import { objectUri } from '../storage/object-store.js';
import { auditDay as audit } from './audit-day.js';
import { type DayReport, joinDays, totalsOf } from './report.js';

const reportKey = (audit: string, name: string): string => `${WORK_AREA}/audits/${audit}/${name}.json`;

export async function auditDay(
  context: RunContext,
  pool: DecoderPool,
  { audit: id, day, sources: address, filter }: AuditDayInput,
  signal: AbortSignal,
): Promise<AuditedDay> {
  const { warehouse } = context;
  const { sources } = await readJson<SourceList>(warehouse, address, signal);
  const wanted = sources.filter((source) => matches(source, filter));
  const report = await audit({ ...context, pool, signal }, { day, filter, sources: wanted });
  await writeJson(warehouse, reportKey(id, day), report, signal);
  const { count, first } = report.differences;
  return { totals: totalsOf(report.groups), differences: { count, first: first.slice(0, DIFFERENCES_CARRIED) } };
}

/** Joins the days' reports and answers the address of the whole. */
export async function auditReport(
  { config, bucket, warehouse }: RunContext,
  { audit: id, from, to, filter, sources }: AuditReportInput,
  signal: AbortSignal,
): Promise<string> {
  const days: DayReport[] = [];
  for (let day = from; day <= to; day = nextDay(day))
    days.push(await readJson<DayReport>(warehouse, reportKey(id, day), signal));
  const key = reportKey(id, 'report');
  const about = { source: config.source, location: bucket.uri, warehouse: warehouse.uri, from, to, filter };
  const list = sources === undefined ? undefined : await readJson<SourceList>(warehouse, sources, signal);
  await writeJson(warehouse, key, joinDays(about, days, list?.unread), signal);
  return objectUri(warehouse, key);
}
