/** `trailmill audit`: bucket = ledger and ledger = tables, in this process or as a workflow. */
import { type FoundWithUnread, findSourcesAndUnread } from '../../activities/find-unread.js';
import { identifierOf } from '../../activities/run-config.js';
import type { RunContext } from '../../activities/run-context.js';
import { auditDay } from '../../audit/audit-day.js';
import { loadTables } from '../../audit/context.js';
import { ledgerPlaces } from '../../audit/ledger-places.js';
import { type AuditReport, type DayReport, joinDays, withUnread } from '../../audit/report.js';
import type { Settings } from '../../config/settings.js';
import { UserMistake } from '../../errors/index.js';
import { startDecoderPool } from '../../ingest/decoder-pool.js';
import { DECODER_THREAD } from '../../worker/built.js';
import { nextDay } from '../../workflows/days.js';
import type { SourceFilter } from '../../workflows/messages.js';
import { printable } from '../../workflows/printable.js';
import { parseRange, regionNotes } from '../arguments.js';
import { auditProgress } from '../audit-progress.js';
import { auditOnServer } from '../audit-workflow.js';
import type { Context } from '../context.js';
import { EXIT } from '../failure.js';
import { INTERRUPTED, quietSignal, withInterrupt } from '../io.js';
import type { Output } from '../output.js';
import { ownRun } from '../own-run.js';
import type { RangeOptions } from '../range-options.js';
import { renderAudit } from '../render/audit.js';
import { checkSelection } from '../selection/check.js';
import type { Place } from '../selection/names.js';
import { settingsFor } from '../session.js';
import { readableSource } from '../source-check.js';
import { filterOf } from './backfill-start.js';

export interface AuditOptions extends RangeOptions {
  workflow?: boolean;
}

export interface Range {
  from: string;
  to: string;
}

/** Exit code 1 when something differs, or is not read. */
export async function run(context: Context<AuditOptions>): Promise<number> {
  const { io, output, options } = context;
  const range = parseRange(options.from, options.to, io.now());
  const settings = settingsFor(context);
  const source = await readableSource(settings);
  const filter = filterOf(options);
  for (const note of regionNotes(options.region)) output.note(printable(note));
  const own = ownRun(settings, source);
  await checkLedger(own);
  const found = await withInterrupt(io, (signal) => lookAhead(settings, own, range, filter, output, signal));
  if (found === undefined) return INTERRUPTED;
  const made =
    options.workflow === true
      ? await auditOnServer(context, settings, own.config, source.warehouse, range, filter)
      : await auditHere(context, settings, own, range, filter, found);
  if (made === undefined) return options.workflow === true ? EXIT.ok : INTERRUPTED;
  const report = withUnread(made, found.unread);
  output.value(report);
  output.say(renderAudit(report));
  return report.clean ? EXIT.ok : EXIT.failedWork;
}

/** Without a ledger every object would be one that is missing: more likely the place is wrong. */
async function checkLedger({ config, catalog }: RunContext): Promise<void> {
  const ledger = identifierOf(config, 'ledger');
  const { tables, damaged } = await loadTables({ catalog, config, signal: quietSignal() });
  // Where there are other tables, a ledger that is not there is what the audit has to tell.
  if (Object.keys(tables).length > 0 || damaged.length > 0) return;
  throw new UserMistake(
    `There is no table ${ledger.name} in the ${catalog.description}: nothing was ever ingested there.`,
    'Check --warehouse and the name in log_source.yml, or start a backfill first.',
  );
}

/** The bucket's places, once it is known that what is asked for exists there or in the ledger. `undefined` after Ctrl-C. */
async function lookAhead(
  settings: Settings,
  own: RunContext,
  range: Range,
  filter: SourceFilter,
  output: Output,
  signal: AbortSignal,
): Promise<FoundWithUnread | undefined> {
  try {
    const found = await findSourcesAndUnread(own, filter, range, signal);
    const elsewhere = async (): Promise<Place[]> => {
      const pool = startDecoderPool(settings.worker.threads, DECODER_THREAD);
      try {
        return await ledgerPlaces({ ...own, pool, signal }, range);
      } finally {
        await pool.close();
      }
    };
    const remarks = await checkSelection(own, { filter, range }, signal, { ...found, elsewhere });
    for (const remark of remarks) output.note(printable(remark));
    return found;
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

/** In this process, with decoder threads of its own. `undefined` after Ctrl-C. */
async function auditHere(
  { io, output }: Context<AuditOptions>,
  settings: Settings,
  own: RunContext,
  range: Range,
  filter: SourceFilter,
  { sources, unread }: FoundWithUnread,
): Promise<AuditReport | undefined> {
  const { config, bucket, warehouse } = own;
  const pool = startDecoderPool(settings.worker.threads, DECODER_THREAD);
  const progress = auditProgress(io, output, range);
  return withInterrupt(io, async (signal) => {
    try {
      const days: DayReport[] = [];
      let differences = 0;
      for (let day = range.from; day <= range.to; day = nextDay(day)) {
        progress.show(days.length, differences);
        const report = await auditDay({ ...own, pool, signal }, { day, filter, sources });
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
