/** Which days of a table to compact. Reads manifests only. */
import { chooseFiles, type DayChoice, type DayFiles } from '../compact/choose.js';
import type { LoadedTable } from '../iceberg/catalog.js';
import { type ScannedFile, type ScanOptions, scanDataFiles, scanDeletes } from '../iceberg/scan.js';
import { currentSchema } from '../iceberg/snapshot.js';
import type { FindDaysInput } from '../protocol/activities.js';
import { dayAt, fromDayNumber, toDayNumber } from '../protocol/days.js';
import type { DaysToCompact } from '../protocol/upkeep-messages.js';
import { upkeepConfigOf } from '../run/config.js';
import { FIRST_DAY, tableOf, type UpkeepContext } from './context.js';
import { loadWithOrder } from './order.js';

/** Maximum days that one activity compacts and commits together, and the number of bytes from which on it takes no more days. */
const DAYS_AT_ONCE = 30;
const BYTES_AT_ONCE = 256 << 20;

/** Groups in one result, which is a Temporal payload of about 100 kB. More large days than that are left for the next upkeep. */
const MOST_GROUPS = 5_000;

/** Returns the days to compact in ascending order, in groups. */
export async function findDays(context: UpkeepContext, input: Omit<FindDaysInput, 'config'>): Promise<DaysToCompact> {
  const { after, from, to, dryRun = false } = input;
  const days = rangeOf(context, { after, from, to });
  if (days.from > days.to) return { groups: [] };
  const loaded = await loadWithOrder(context, tableOf(context, input.table), dryRun);
  const groups: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const choice of await choicesOf(context, loaded, days)) {
    const last = groups.at(-1);
    if (last !== undefined && last.length < DAYS_AT_ONCE && bytes + choice.bytes <= BYTES_AT_ONCE) {
      last.push(fromDayNumber(choice.day));
      bytes += choice.bytes;
      continue;
    }
    if (groups.length === MOST_GROUPS) break;
    groups.push([fromDayNumber(choice.day)]);
    bytes = choice.bytes;
  }
  return { groups };
}

/** The event days to compact that are old enough, as day numbers. */
function rangeOf(
  { config, now }: UpkeepContext,
  { after, from, to }: Pick<FindDaysInput, 'after' | 'from' | 'to'>,
): { from: number; to: number } {
  const newest = toDayNumber(dayAt(now())) - upkeepConfigOf(config).compactAfterDays;
  return {
    from: Math.max(
      after === undefined ? FIRST_DAY : toDayNumber(after) + 1,
      from === undefined ? FIRST_DAY : toDayNumber(from),
    ),
    to: to === undefined ? newest : Math.min(newest, toDayNumber(to)),
  };
}

/** The files to rewrite of each day that needs it, in ascending order. */
export async function choicesOf(
  { config, signal }: UpkeepContext,
  { table, sortOrderId }: { table: LoadedTable; sortOrderId: number | undefined },
  dayRange: NonNullable<ScanOptions['dayRange']>,
): Promise<DayChoice[]> {
  const days = new Map<number, DayFiles & { data: ScannedFile[]; deletes: ScannedFile[] }>();
  const ofDay = (day: number) => {
    const known = days.get(day) ?? { day, data: [], deletes: [] };
    days.set(day, known);
    return known;
  };
  const lean = withoutMetrics();
  for await (const file of scanDataFiles(table, { dayRange, signal })) ofDay(file.file.day).data.push(lean(file));
  for await (const file of scanDeletes(table, { dayRange, signal })) ofDay(file.file.day).deletes.push(file);
  const wanted = {
    schema: currentSchema(table.metadata),
    sortOrderId,
    targetBytes: upkeepConfigOf(config).targetFileBytes,
  };
  return [...days.values()]
    .sort((one, two) => one.day - two.day)
    .flatMap((files) => {
      const choice = chooseFiles(files, wanted);
      return choice === undefined ? [] : [choice];
    });
}

const NONE: Readonly<Record<string, never>> = {};

/**
 * Returns a function that removes the metrics of data files except the ids of their columns: the choice needs nothing else,
 * and the metrics of all small files of several years take gigabytes.
 */
function withoutMetrics(): (scanned: ScannedFile) => ScannedFile {
  /** Nearly all files have the same columns. */
  const known = new Map<string, Record<string, number>>();
  return ({ file, ...scanned }) => {
    const ids = Object.keys(file.valueCounts);
    const name = ids.join(' ');
    const columns = known.get(name) ?? Object.fromEntries(ids.map((id) => [id, 0]));
    known.set(name, columns);
    const metrics = { columnSizes: NONE, valueCounts: columns, nullCounts: NONE, lowerBounds: NONE, upperBounds: NONE };
    return { ...scanned, file: { ...file, ...metrics } };
  };
}
