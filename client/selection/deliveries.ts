/** When was something delivered, and is there anything to read in a range of days? With few listings, and no object is read. */

import { isDay, type SourcePrefix } from '../../cloudtrail/object-key.js';
import type { DateRange } from '../../cloudtrail/stray-files.js';
import { keyChoice } from '../../plan/source-filter.js';
import type { RunContext } from '../../run/context.js';
import { mapConcurrent } from '../../storage/concurrency.js';
import { listRange } from '../plan/list-range.js';

/** Files that are looked at for one that is read: behind so many nobody can say that there is none. */
const MOST_FILES = 1_000_000;

type Own = Pick<RunContext, 'bucket' | 'config'>;

/** What a search for files that a run reads has found. */
export interface DeliveryProbe {
  /** There is a file that a run reads. */
  reads: boolean;
  /** Files that were looked at, of which `pattern` do not match `key_pattern`. */
  files: number;
  pattern: number;
  /** Key of a file that does not match. */
  example?: string;
  /** Every file was looked at. */
  whole: boolean;
}

/**
 * Looks for a file that a run over the range reads, and ends with the first: mostly one request. Where there is none, it is a
 * listing a place, and one for each further 1,000 files.
 * @param days the range of each place; absent: nothing of it is looked at
 */
export async function probeDeliveries(
  { bucket, config }: Own,
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
  // The first place alone: mostly it answers.
  await mapConcurrent(sources.slice(0, 1), 1, place);
  await mapConcurrent(sources.slice(1), config.ingest.concurrentReads, place);
  return found;
}

/**
 * First and last delivery day of all places, by their folders of years, months and days; `undefined` where there are none.
 * At most five listings a place, and those of places that cannot have an earlier or a later day are left out.
 */
export async function deliveryDays(
  own: Own,
  sources: readonly SourcePrefix[],
  signal: AbortSignal,
): Promise<DateRange | undefined> {
  const years = await foldersOf(
    own,
    sources.map(({ prefix }) => prefix),
    4,
    signal,
  );
  const first = await extreme(own, years, 'first', signal);
  const last = await extreme(own, years, 'last', signal);
  return first === undefined || last === undefined ? undefined : { from: first, to: last };
}

/** The last delivery day of a place. At most three listings. */
export async function lastDay(own: Own, { prefix }: SourcePrefix, signal: AbortSignal): Promise<string | undefined> {
  return extreme(own, await foldersOf(own, [prefix], 4, signal), 'last', signal);
}

interface DateFolder {
  folder: string;
  /** `2024`, `2024-03` or `2024-03-05`. */
  date: string;
}

async function extreme(
  own: Own,
  years: readonly DateFolder[],
  which: 'first' | 'last',
  signal: AbortSignal,
): Promise<string | undefined> {
  let at = years;
  for (const length of [7, 10]) {
    const dates = [...new Set(at.map(({ date }) => date))].sort();
    if (which === 'last') dates.reverse();
    let next: DateFolder[] = [];
    // A year may have no month that is one.
    for (const date of dates) {
      const folders = at.filter((folder) => folder.date === date).map(({ folder }) => folder);
      next = await foldersOf(own, folders, length, signal);
      if (next.length > 0) break;
    }
    at = next;
  }
  const days = at.map(({ date }) => date).sort();
  return which === 'first' ? days[0] : days.at(-1);
}

/** The folders below these that are years, months or days, by the length of their dates. */
async function foldersOf(
  { bucket, config }: Own,
  parents: readonly string[],
  length: number,
  signal: AbortSignal,
): Promise<DateFolder[]> {
  const found = await mapConcurrent(parents, config.ingest.concurrentReads, async (parent) => {
    const folders: DateFolder[] = [];
    for await (const { prefixes } of bucket.list(parent, { delimiter: '/', signal, onUnusable: () => {} })) {
      for (const folder of prefixes) {
        const date = folder.slice(0, -1).split('/').slice(-dateParts(length)).join('-');
        if (date.length === length && isDay(`${date}${'-01-01'.slice(length - 4)}`)) folders.push({ folder, date });
      }
    }
    return folders;
  });
  return found.flat();
}

const dateParts = (length: number): number => (length === 4 ? 1 : length === 7 ? 2 : 3);
