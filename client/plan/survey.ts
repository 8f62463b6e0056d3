/**
 * Lists a range of days and adds up what is there. It reads no object and writes nothing. Where there is a ledger, a day at a
 * time: what the ledger knows of one day is in memory. Without one, up to a month of a place in one listing, which takes
 * fewer requests than a backfill makes.
 */
import type { FoundSources } from '../../activities/find-sources.js';
import { type KnownObjects, knownObjects } from '../../activities/known-objects.js';
import type { RunContext } from '../../activities/run-context.js';
import { keyFilter } from '../../activities/source-filter.js';
import type { SourcePrefix } from '../../cloudtrail/object-key.js';
import type { LoadedTable } from '../../iceberg/catalog.js';
import type { DecoderPool } from '../../ingest/decoder-pool.js';
import { mapConcurrent } from '../../storage/concurrency.js';
import { PAGE_SIZE } from '../../storage/keys.js';
import { type DaySum, Sums } from './sums.js';

/** Days of one listing. */
const LONGEST_WINDOW = 31;
const DATE = /^(\d{4})\/(\d{2})\/(\d{2})\//;

export interface SurveyOptions {
  range: { from: string; to: string };
  found: FoundSources;
  /** What the ledger has is done. */
  ledger?: { table: LoadedTable; pool: DecoderPool };
  signal: AbortSignal;
  onProgress?: (done: number, all: number) => void;
}

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
      await addPlace(run, source, sums, window, known, signal);
      options.onProgress?.(++done, all);
    });
  }
  return sums;
}

async function addPlace(
  { bucket, config }: RunContext,
  source: SourcePrefix,
  sums: Sums,
  window: readonly DaySum[],
  known: KnownObjects | undefined,
  signal: AbortSignal,
): Promise<void> {
  const group = sums.group(source.account, source.kind);
  const wants = keyFilter(config);
  const [from, to] = [window[0], window[window.length - 1]].map(({ day }) => day.replaceAll('-', '/'));
  const listed = new Map<DaySum, number>();
  const prefix = source.prefix + commonStart(from, to);
  listing: for await (const { objects } of bucket.list(prefix, { startAfter: source.prefix + from, signal })) {
    for (const { key, etag, size } of objects) {
      const rest = key.slice(source.prefix.length);
      if (rest.slice(0, to.length) > to) break listing;
      const [, year, month, date] = DATE.exec(rest) ?? [];
      const day = sums.day(`${year}-${month}-${date}`);
      if (day === undefined) continue;
      listed.set(day, (listed.get(day) ?? 0) + 1);
      if (wants(key)) sums.add(group, day, size, known !== undefined && known.historyOf(key, etag) === undefined);
    }
  }
  // A backfill lists each place once a day, and again for each further page.
  for (const day of window) day.listings += Math.max(1, Math.ceil((listed.get(day) ?? 0) / PAGE_SIZE));
}

function commonStart(a: string, b: string): string {
  let end = 0;
  while (end < a.length && a[end] === b[end]) end++;
  return a.slice(0, end);
}
