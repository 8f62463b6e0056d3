/** Finds delivery days, and whether a range of days has anything to read, with few listings and without reading objects. */

import { dayOfDateFolders, type SourcePrefix } from '../../cloudtrail/object-key.js';
import type { DateRange } from '../../cloudtrail/stray-files.js';
import { keyChoice } from '../../plan/source-filter.js';
import type { RunContext } from '../../run/context.js';
import { mapConcurrent } from '../../storage/concurrency.js';
import { listRange } from '../plan/list-range.js';

/** The most files that are checked in the search for one that a run reads; after that, the result is unknown. */
const MOST_FILES = 1_000_000;

/** The part of a run's context that checks of a selection need. */
export type SelectionRun = Pick<RunContext, 'bucket' | 'config'>;

/** The result of the search for files that a run reads. */
export interface DeliveryProbe {
  /** True if there is a file that a run reads. */
  reads: boolean;
  /** Number of files that were checked; `pattern` of them do not match `key_pattern`. */
  files: number;
  pattern: number;
  /** Key of a file that does not match. */
  example?: string;
  /** True if every file was checked. */
  whole: boolean;
}

/**
 * Searches for a file that a run over the range reads, and stops at the first: usually one request. If there is none, it takes one
 * listing per place, plus one for each further 1,000 files.
 * @param days the range of each place; `undefined`: the place is skipped
 */
export async function probeDeliveries(
  { bucket, config }: SelectionRun,
  sources: readonly SourcePrefix[],
  days: (source: SourcePrefix) => Promise<DateRange | undefined>,
  signal: AbortSignal,
): Promise<DeliveryProbe> {
  const choose = keyChoice(config);
  const found: DeliveryProbe = { reads: false, files: 0, pattern: 0, whole: true };
  const place = async (source: SourcePrefix): Promise<void> => {
    if (found.reads) return;
    const range = await days(source);
    if (range === undefined) return;
    for await (const page of listRange(bucket, source, range, signal, () => {})) {
      if (found.reads) return;
      if (found.files >= MOST_FILES) {
        found.whole = false;
        return;
      }
      for (const { key } of page) {
        const choice = choose(key);
        if (choice === undefined) continue;
        found.files++;
        if (choice === 'read') found.reads = true;
        if (choice !== 'key_pattern') continue;
        found.pattern++;
        if (found.example === undefined || key < found.example) found.example = key;
      }
    }
  };
  // First one place alone, which is usually enough.
  await mapConcurrent(sources.slice(0, 1), 1, place);
  await mapConcurrent(sources.slice(1), config.ingest.concurrentReads, place);
  return found;
}

/**
 * First and last delivery day of all places, from their year, month and day folders; `undefined` if there are none. At most five
 * listings per place; places that cannot have an earlier or a later day are skipped.
 */
export async function deliveryDays(
  run: SelectionRun,
  sources: readonly SourcePrefix[],
  signal: AbortSignal,
): Promise<DateRange | undefined> {
  const years = await dateFoldersIn(run, sources.map(placeFolder), signal);
  const first = await extreme(run, years, 'first', signal);
  const last = await extreme(run, years, 'last', signal);
  return first === undefined || last === undefined ? undefined : { from: first, to: last };
}

/** The last delivery day of a place. At most three listings. */
export async function lastDay(
  run: SelectionRun,
  source: SourcePrefix,
  signal: AbortSignal,
): Promise<string | undefined> {
  return extreme(run, await dateFoldersIn(run, [placeFolder(source)], signal), 'last', signal);
}

/** Months and days. */
const LEVELS_BELOW_YEAR = 2;

/** A place, or a year, month or day folder in it. */
interface DateFolder {
  /** Prefix of the place. */
  place: string;
  folder: string;
  /** `2024`, `2024-03` or `2024-03-05`; empty for the place itself. */
  date: string;
}

function placeFolder({ prefix }: SourcePrefix): DateFolder {
  return { place: prefix, folder: prefix, date: '' };
}

async function extreme(
  run: SelectionRun,
  years: readonly DateFolder[],
  which: 'first' | 'last',
  signal: AbortSignal,
): Promise<string | undefined> {
  let at = years;
  for (let level = 0; level < LEVELS_BELOW_YEAR; level++) {
    const dates = [...new Set(at.map(({ date }) => date))].sort();
    if (which === 'last') dates.reverse();
    let next: DateFolder[] = [];
    // A year folder may have no month folders.
    for (const date of dates) {
      const parents = at.filter((folder) => folder.date === date);
      next = await dateFoldersIn(run, parents, signal);
      if (next.length > 0) break;
    }
    at = next;
  }
  const days = at.map(({ date }) => date).sort();
  return which === 'first' ? days[0] : days.at(-1);
}

/** The date folders in the given folders: years in a place, months in a year, days in a month. Other folders are skipped. */
async function dateFoldersIn(
  { bucket, config }: SelectionRun,
  parents: readonly DateFolder[],
  signal: AbortSignal,
): Promise<DateFolder[]> {
  const found = await mapConcurrent(parents, config.ingest.concurrentReads, async ({ place, folder: parent }) => {
    const folders: DateFolder[] = [];
    for await (const { prefixes } of bucket.list(parent, { delimiter: '/', signal, onUnusable: () => {} })) {
      for (const folder of prefixes) {
        const date = dateOf(folder.slice(place.length));
        if (date !== undefined) folders.push({ place, folder, date });
      }
    }
    return folders;
  });
  return found.flat();
}

/** The date of `YYYY/`, `YYYY/MM/` or `YYYY/MM/DD/`, completed to the folders of a day; `undefined` for other folders. */
function dateOf(folders: string): string | undefined {
  return dayOfDateFolders(folders + 'YYYY/01/01/'.slice(folders.length))?.slice(0, folders.length - 1);
}
