/** `trailmill plan`: what a backfill would read, and what AWS charges for it. It reads no object and writes nothing. */
import { SingleBar } from 'cli-progress';
import type { DateRange } from '../../cloudtrail/stray-files.js';
import { describeError } from '../../errors/index.js';
import type { LoadedTable } from '../../iceberg/catalog.js';
import { type DecoderPool, startDecoderPool } from '../../ingest/threads/decoder-pool.js';
import { DECODER_THREAD } from '../../install/package.js';
import type { FoundSources } from '../../plan/find-sources.js';
import { findSourcesAndUnread } from '../../plan/find-unread.js';
import { identifierOf } from '../../run/config.js';
import type { RunContext } from '../../run/context.js';
import { count } from '../../text/numbers.js';
import { printable } from '../../text/printable.js';
import type { RangeOptions } from '../options/range-options.js';
import { rangeRequest } from '../run/range-request.js';
import { checkSelection } from '../selection/check.js';
import type { CommandContext } from '../session/context.js';
import { EXIT } from '../terminal/failure.js';
import { INTERRUPTED, type Io, withInterrupt } from '../terminal/io.js';
import type { Output } from '../terminal/output.js';
import { renderPlan } from './render.js';
import { type LedgerUse, planReport } from './report.js';
import type { Sums } from './sums.js';
import { survey } from './survey.js';

interface PlanOptions extends RangeOptions {
  all?: boolean;
}

type OnProgress = (done: number, all: number) => void;
type Surveyed = { sums: Sums; ledger: LedgerUse; ledgerError: string | null };

/** Prints what a backfill of the range would read, and what that costs. */
export async function run(context: CommandContext<PlanOptions>): Promise<number> {
  const { io, output, options } = context;
  const { range, settings, source, filter, run: runContext } = await rangeRequest(context);
  const startPool = (): DecoderPool => startDecoderPool(settings.worker.threads, DECODER_THREAD);
  const { name, location, warehouse } = source;
  return withInterrupt(io, async (signal) => {
    const progress = planProgress(io, output);
    try {
      const found = await findSourcesAndUnread(runContext, filter, range, signal);
      for (const remark of await checkSelection(runContext, { filter, range }, signal, found))
        output.note(printable(remark));
      const ledger = options.all === true ? 'left out' : startPool;
      const { sums, ...used } = await surveyRange(runContext, range, found, ledger, progress.show, signal);
      const { ingest } = settings;
      const region = io.env.AWS_REGION ?? io.env.AWS_DEFAULT_REGION;
      const about = { source: name, location, warehouse, ...range, filter, ingest, region, ...used };
      const report = planReport(about, found, sums);
      progress.stop();
      output.value(report);
      output.say(renderPlan(report, output.width));
      return EXIT.ok;
    } catch (error) {
      if (signal.aborted) return INTERRUPTED;
      throw error;
    } finally {
      progress.stop();
    }
  });
}

/**
 * Adds up the range. If the ledger cannot be read, the result says so and no file counts as done: the warehouse need not exist
 * yet.
 */
export async function surveyRange(
  runContext: RunContext,
  range: DateRange,
  found: FoundSources,
  ledger: 'left out' | (() => DecoderPool),
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<Surveyed> {
  const options = { range, found, signal, onProgress };
  if (ledger === 'left out') return { sums: await survey(runContext, options), ledger, ledgerError: null };
  let pool: DecoderPool | undefined;
  try {
    const table: LoadedTable | undefined = await runContext.catalog.loadTable(
      identifierOf(runContext.config, 'ledger'),
    );
    if (table === undefined) return { sums: await survey(runContext, options), ledger: 'none', ledgerError: null };
    pool = ledger();
    const sums = await survey(runContext, { ...options, ledger: { table, pool } });
    return { sums, ledger: 'subtracted', ledgerError: null };
  } catch (error) {
    signal.throwIfAborted();
    // If the bucket is what failed, this listing fails as well.
    const sums = await survey(runContext, options);
    return { sums, ledger: 'unreadable', ledgerError: describeError(error) };
  } finally {
    await pool?.close();
  }
}

/** A progress bar on a terminal; nothing in a pipe, where the plan is enough. */
function planProgress(io: Io, output: Output): { show: OnProgress; stop(): void } {
  if (output.json || io.stderr.isTTY !== true) return { show: () => {}, stop: () => {} };
  const bar = new SingleBar({
    format: '  plan {bar} {percentage}%  {listed} folders listed',
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(1, 0, { listed: '0' });
  return {
    show: (done, all) => {
      bar.setTotal(all);
      bar.update(done, { listed: count(done) });
    },
    stop: () => bar.stop(),
  };
}
