/**
 * Checks that the bucket has what a command selects, before anything is written or started: accounts, regions and kinds, days, and
 * the key pattern. A selection without any match is a {@link UserMistake} that lists what exists.
 */

import { UNREAD_CURE } from '../../audit/cures.js';
import type { SourcePrefix } from '../../cloudtrail/object-key.js';
import type { DateRange } from '../../cloudtrail/stray-files.js';
import { UserMistake } from '../../errors/index.js';
import { findSources } from '../../plan/find-sources.js';
import { findSourcesAndUnread } from '../../plan/find-unread.js';
import { matches } from '../../plan/source-filter.js';
import { isNone } from '../../plan/unread-tally.js';
import type { SourceFilter, UnreadReport } from '../../protocol/messages.js';
import { objectUri } from '../../storage/object-store.js';
import { count, counted } from '../../text/numbers.js';
import { unreadLines, unreadTitle } from '../../workflows/ui/unread-text.js';
import { type DeliveryProbe, deliveryDays, lastDay, probeDeliveries, type SelectionRun } from './deliveries.js';
import { withoutDigests } from './digests.js';
import { checkNames, filterWords, type KeyPlace, namesWithout } from './names.js';

/** What a command is about to read: the filter, and the delivery days if they are known. */
export interface Selection {
  filter: SourceFilter;
  /** Absent for a schedule, which reads future days. */
  range?: DateRange;
}

/** What the caller has already listed. */
export interface KnownOfBucket {
  /** The places that the filter selects, if known. */
  sources?: readonly SourcePrefix[];
  /** Set if the command itself reports unread files, so that having only unread files is not an error. */
  unread?: UnreadReport;
  /** Other places with files: the ledger of an audit. Called only if the bucket has none. */
  elsewhere?: () => Promise<readonly KeyPlace[]>;
}

/** Returns remarks for the user. Errors: {@link UserMistake}, and those of the store. */
export async function checkSelection(
  run: SelectionRun,
  { filter, range }: Selection,
  signal: AbortSignal,
  known: KnownOfBucket = {},
): Promise<string[]> {
  const unproven = await withoutDigests(run, filter, signal, known.sources);
  const remarks = unproven === undefined ? [] : [`${unproven.message} ${unproven.cure}`];
  if (range === undefined && run.config.keyPattern === undefined && filterWords(filter) === '') return remarks;
  const sources = known.sources ?? (await findSources(run, filter, signal)).sources;
  if (namesWithout(sources, filter)) {
    const all = await findSources(run, {}, signal);
    const others = (await known.elsewhere?.()) ?? [];
    remarks.push(...checkNames([...all.sources, ...others], filter, addressOf(run)));
  }
  // A bucket without any place has no names to suggest; its folders are reported as unrecognized.
  if (sources.length === 0) return remarks;
  if (range === undefined) await checkPattern(run, sources, signal, remarks);
  else await checkDays(run, sources, { filter, range }, signal, known, remarks);
  return remarks;
}

async function checkDays(
  run: SelectionRun,
  sources: readonly SourcePrefix[],
  { filter, range }: Required<Selection>,
  signal: AbortSignal,
  { unread, elsewhere }: KnownOfBucket,
  remarks: string[],
): Promise<void> {
  const found = await probeDeliveries(run, sources, async () => range, signal);
  if (found.reads) return;
  const isElsewhere = async (): Promise<boolean> =>
    ((await elsewhere?.()) ?? []).some((place) => matches({ ...place, prefix: '' }, filter));
  const inDays = range.from === range.to ? `on ${range.from}` : `from ${range.from} to ${range.to}`;
  if (found.pattern > 0) {
    if (!(await isElsewhere())) patternMistake(run, found, `delivered ${inDays}`, remarks);
    return;
  }
  // Only partial copies, which the command reports.
  if (found.files > 0) return;
  if (unread !== undefined && !isNone(unread.inRange)) return;
  const days = await deliveryDays(run, sources, signal);
  const isOutside = days === undefined || range.to < days.from || range.from > days.to;
  const unreadFound = unread ?? (await findSourcesAndUnread(run, filter, range, signal)).unread;
  if ((!isOutside && isNone(unreadFound.inRange)) || (await isElsewhere())) return;
  const of = filterWords(filter) === '' ? '' : ` of ${filterWords(filter)}`;
  const message = `No CloudTrail files${of} were delivered ${inDays} under ${addressOf(run)}.`;
  const when =
    days === undefined
      ? 'There are no day folders (…/REGION/YYYY/MM/DD/).'
      : `The first delivery is ${days.from}, the last ${days.to}.`;
  if (isNone(unreadFound.inRange)) throw new UserMistake(message, when);
  throw new UserMistake(
    `${message} ${unreadTitle(unreadFound.inRange)}: ${unreadLines(unreadFound.inRange).join(', ')}.`,
    `${UNREAD_CURE} ${when}`,
  );
}

/** Without a range: checks the last day with files of each place, which is closest to what a schedule will read. */
async function checkPattern(
  run: SelectionRun,
  sources: readonly SourcePrefix[],
  signal: AbortSignal,
  remarks: string[],
): Promise<void> {
  if (run.config.keyPattern === undefined) return;
  const newest = async (source: SourcePrefix): Promise<DateRange | undefined> => {
    const day = await lastDay(run, source, signal);
    return day === undefined ? undefined : { from: day, to: day };
  };
  const found = await probeDeliveries(run, sources, newest, signal);
  if (!found.reads && found.pattern > 0)
    patternMistake(run, found, 'of the last day of each account, kind and region', remarks);
}

function patternMistake(
  { config }: SelectionRun,
  { pattern, whole, example }: DeliveryProbe,
  of: string,
  remarks: string[],
): void {
  const what = `key_pattern ${JSON.stringify(config.keyPattern)} matches none of the`;
  if (!whole) {
    remarks.push(`${what} first ${count(pattern)} files ${of}, such as ${example}.`);
    return;
  }
  throw new UserMistake(
    `${what} ${counted(pattern, 'file')} ${of}, such as ${example}.`,
    `It is a regular expression for the part of the key after the key prefix, here ${example?.slice(config.keyPrefix === '' ? 0 : config.keyPrefix.length + 1)}. Correct ingest.s3_source.key_pattern in log_source.yml.`,
  );
}

function addressOf({ bucket, config }: SelectionRun): string {
  return objectUri(bucket, `${config.keyPrefix === '' ? '' : `${config.keyPrefix}/`}AWSLogs/`);
}
