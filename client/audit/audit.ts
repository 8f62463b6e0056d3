/** `trailmill audit`: bucket = ledger and ledger = tables, in this process or as a workflow. */

import { auditDay } from '../../audit/audit-day.js';
import { loadAuditedTables } from '../../audit/context.js';
import { ledgerPlaces } from '../../audit/ledger-places.js';
import { type AuditReport, type DayReport, joinDays } from '../../audit/report.js';
import { withUnread } from '../../audit/stored-report.js';
import type { DateRange } from '../../cloudtrail/stray-files.js';
import type { Settings } from '../../config/settings.js';
import { startDecoderPool } from '../../ingest/threads/decoder-pool.js';
import { DECODER_THREAD } from '../../install/package.js';
import { type FoundWithUnread, findSourcesAndUnread } from '../../plan/find-unread.js';
import { nextDay } from '../../protocol/days.js';
import type { SourceFilter } from '../../protocol/messages.js';
import { noLedger, type RunContext } from '../../run/context.js';
import { counted } from '../../text/numbers.js';
import { printable } from '../../text/printable.js';
import type { RangeOptions } from '../options/range-options.js';
import { rangeRequest } from '../run/range-request.js';
import { checkSelection } from '../selection/check.js';
import type { KeyPlace } from '../selection/names.js';
import type { CommandContext } from '../session/context.js';
import { dayProgress } from '../terminal/day-progress.js';
import { EXIT } from '../terminal/failure.js';
import { INTERRUPTED, neverAborted, withInterrupt } from '../terminal/io.js';
import type { Output } from '../terminal/output.js';

import { renderAudit } from './render.js';

interface AuditCommandOptions extends RangeOptions {
  workflow?: boolean;
}

/** Audits a range of days. The exit code is 1 if something differs or is not read. */
export async function run(context: CommandContext<AuditCommandOptions>): Promise<number> {
  const { io, output, options } = context;
  const { range, settings, source, filter, run: runContext } = await rangeRequest(context);
  await checkLedger(runContext);
  const found = await withInterrupt(io, (signal) => findAndCheck(settings, runContext, range, filter, output, signal));
  if (found === undefined) return INTERRUPTED;
  const audited =
    options.workflow === true
      ? // Loaded only here: an audit in this process needs no client of a server.
        await (await import('./audit-workflow.js')).auditOnServer(
          context,
          settings,
          runContext.config,
          source.warehouse,
          range,
          filter,
        )
      : await auditHere(context, settings, runContext, range, filter, found);
  if (audited === undefined) return options.workflow === true ? EXIT.ok : INTERRUPTED;
  const report = withUnread(audited, found.unread);
  output.value(report);
  output.say(renderAudit(report, output.width));
  return report.clean ? EXIT.ok : EXIT.failedWork;
}

/** Throws if there are no tables: without a ledger every object would be missing, so the location is probably wrong. */
async function checkLedger(run: RunContext): Promise<void> {
  const { tables, damaged } = await loadAuditedTables({ ...run, signal: neverAborted() });
  // If there are other tables, the audit itself reports the missing ledger.
  if (Object.keys(tables).length === 0 && damaged.length === 0) throw noLedger(run);
}

/**
 * Finds the places of the bucket, and checks that the requested files exist there or in the ledger. `undefined` after Ctrl-C.
 */
async function findAndCheck(
  settings: Settings,
  runContext: RunContext,
  range: DateRange,
  filter: SourceFilter,
  output: Output,
  signal: AbortSignal,
): Promise<FoundWithUnread | undefined> {
  try {
    const found = await findSourcesAndUnread(runContext, filter, range, signal);
    const elsewhere = async (): Promise<KeyPlace[]> => {
      const pool = startDecoderPool(settings.worker.threads, DECODER_THREAD);
      try {
        return await ledgerPlaces({ ...runContext, pool, signal }, range);
      } finally {
        await pool.close();
      }
    };
    const remarks = await checkSelection(runContext, { filter, range }, signal, { ...found, elsewhere });
    for (const remark of remarks) output.note(printable(remark));
    return found;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** Audits in this process, with its own decoder threads. `undefined` after Ctrl-C. */
async function auditHere(
  { io, output }: CommandContext<AuditCommandOptions>,
  settings: Settings,
  runContext: RunContext,
  range: DateRange,
  filter: SourceFilter,
  { sources, unread }: FoundWithUnread,
): Promise<AuditReport | undefined> {
  const { config, bucket, warehouse } = runContext;
  const pool = startDecoderPool(settings.worker.threads, DECODER_THREAD);
  const progress = dayProgress(io, output, 'audit', range);
  return withInterrupt(io, async (signal) => {
    try {
      const days: DayReport[] = [];
      let differences = 0;
      for (let day = range.from; day <= range.to; day = nextDay(day)) {
        progress.show(days.length, counted(differences, 'difference'));
        const report = await auditDay({ ...runContext, pool, signal }, { day, filter, sources });
        days.push(report);
        differences += report.differences.count;
      }
      const { source } = config;
      const about = { source, location: bucket.uri, warehouse: warehouse.uri, ...range, filter };
      return joinDays(about, days, unread);
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    } finally {
      progress.stop();
      await pool.close();
    }
  });
}
