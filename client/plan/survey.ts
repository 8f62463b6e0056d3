/**
 * Lists a range of days and adds up the files. It writes nothing, and reads no object but changed files. With a ledger it lists one day at a time,
 * because the ledger entries of one day fit into memory. Without one, it lists up to a month of a place at once, with fewer
 * requests than a backfill needs.
 */

import type { SourcePrefix } from '../../cloudtrail/object-key.js';
import type { LoadedTable } from '../../iceberg/catalog.js';
import type { DecoderPool } from '../../ingest/threads/decoder-pool.js';
import type { FoundSources } from '../../plan/find-sources.js';
import { heldUntil, mustBeProven } from '../../plan/hold.js';
import { type KnownObjects, knownObjects } from '../../plan/known-objects.js';
import { keyChoice } from '../../plan/source-filter.js';
import type { RunContext } from '../../run/context.js';
import { mapConcurrent } from '../../storage/concurrency.js';
import { PAGE_SIZE } from '../../storage/keys.js';
import type { UnusableEntry } from '../../storage/object-store.js';
import { listRange } from './list-range.js';
import { type DaySum, Sums } from './sums.js';

/** The most days in one listing. */
const LONGEST_WINDOW = 31;

interface SurveyOptions {
  range: { from: string; to: string };
  found: FoundSources;
  /** Files in this ledger count as done. */
  ledger?: { table: LoadedTable; pool: DecoderPool };
  /** Milliseconds since the epoch; default: the clock's. */
  now?: number;
  signal: AbortSignal;
  onProgress?: (done: number, all: number) => void;
}

/** Lists the files of a range and adds them up. */
export async function survey(run: RunContext, options: SurveyOptions): Promise<Sums> {
  const { range, found, ledger, signal } = options;
  const sums = new Sums(range, run.config.tables);
  const { days } = sums;
  const length = ledger === undefined ? LONGEST_WINDOW : 1;
  const all = Math.ceil(days.length / length) * found.sources.length;
  let done = 0;
  for (let at = 0; at < days.length; at += length) {
    const window = days.slice(at, at + length);
    const planner = { execution: '' };
    const known =
      ledger && (await knownObjects(run, ledger.pool, { day: window[0].day }, planner, ledger.table, signal));
    await mapConcurrent(found.sources, run.config.ingest.concurrentReads, async (source) => {
      await addPlace(run, source, sums, window, known, options);
      options.onProgress?.(++done, all);
    });
  }
  return sums;
}

async function addPlace(
  run: RunContext,
  source: SourcePrefix,
  sums: Sums,
  window: readonly DaySum[],
  known: KnownObjects | undefined,
  { now = Date.now(), signal }: SurveyOptions,
): Promise<void> {
  const { bucket, config } = run;
  const needsProof = mustBeProven(config, source.kind);
  const group = sums.group(source.account, source.kind);
  const choose = keyChoice(config);
  const range = { from: window[0].day, to: window[window.length - 1].day };
  const listed = new Map<DaySum, number>();
  const onUnusable = ({ key, why }: UnusableEntry): void => sums.ignored.add(why, key);
  for await (const files of listRange(bucket, source, range, signal, onUnusable)) {
    const toRead = files.filter(({ key }) => choose(key) === 'read');
    const undone = known && new Set((await known.newOf(bucket, toRead, signal)).map(({ key }) => key));
    for (const file of files) {
      const { key, size, day: name } = file;
      const day = sums.day(name);
      if (day === undefined) continue;
      listed.set(day, (listed.get(day) ?? 0) + 1);
      const choice = choose(key);
      if (choice === 'read') {
        const isDone = undone !== undefined && !undone.has(key);
        sums.add(group, day, size, isDone);
        if (needsProof && !isDone && now <= heldUntil(run, file, name)) sums.mayBeHeld++;
      } else if (choice !== undefined) sums.ignored.add(choice, key);
    }
  }
  // A backfill lists each place once per day, plus once for each further page.
  for (const day of window) day.listings += Math.max(1, Math.ceil((listed.get(day) ?? 0) / PAGE_SIZE));
}
