/**
 * Does what a command asks for exist in the bucket? Asked before anything is written or started: accounts, regions and kinds, the
 * days, and the pattern of keys. What matches nothing is a {@link UserMistake} that says what there is.
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
import type { RunContext } from '../../run/context.js';
import { objectUri } from '../../storage/object-store.js';
import { count, counted } from '../../text/numbers.js';
import { unreadLines, unreadTitle } from '../../workflows/ui/unread-text.js';
import { type DeliveryProbe, deliveryDays, lastDay, probeDeliveries } from './deliveries.js';
import { checkNames, filterWords, type KeyPlace, namesWithout } from './names.js';

/** What a command is about to read: the filter, and the delivery days where they are known. */
export interface Selection {
  filter: SourceFilter;
  /** Absent: of a schedule, which looks at what comes. */
  range?: DateRange;
}

/** What the caller has listed already. */
export interface KnownOfBucket {
  /** What the filter selects, where that is known already. */
  sources?: readonly SourcePrefix[];
  /** Set where the command itself tells what is not read, so that it is no mistake when there is nothing else. */
  unread?: UnreadReport;
  /** Where else files may be known of: an audit's ledger. Asked only where the bucket has none. */
  elsewhere?: () => Promise<readonly KeyPlace[]>;
}

type Own = Pick<RunContext, 'bucket' | 'config'>;

/** Answers remarks for the user. Errors: {@link UserMistake}, and those of the store. */
export async function checkSelection(
  own: Own,
  { filter, range }: Selection,
  signal: AbortSignal,
  known: KnownOfBucket = {},
): Promise<string[]> {
  if (range === undefined && own.config.keyPattern === undefined && filterWords(filter) === '') return [];
  const sources = known.sources ?? (await findSources(own, filter, signal)).sources;
  const remarks: string[] = [];
  if (namesWithout(sources, filter)) {
    const all = await findSources(own, {}, signal);
    const others = (await known.elsewhere?.()) ?? [];
    remarks.push(...checkNames([...all.sources, ...others], filter, addressOf(own)));
  }
  // A bucket without any place has no names to offer, and what it has instead is said as folders that are not known.
  if (sources.length === 0) return remarks;
  if (range === undefined) await checkPattern(own, sources, signal, remarks);
  else await checkDays(own, sources, { filter, range }, signal, known, remarks);
  return remarks;
}

async function checkDays(
  own: Own,
  sources: readonly SourcePrefix[],
  { filter, range }: Required<Selection>,
  signal: AbortSignal,
  { unread, elsewhere }: KnownOfBucket,
  remarks: string[],
): Promise<void> {
  const found = await probeDeliveries(own, sources, async () => range, signal);
  if (found.reads) return;
  const isElsewhere = async (): Promise<boolean> =>
    ((await elsewhere?.()) ?? []).some((place) => matches({ ...place, prefix: '' }, filter));
  const inDays = range.from === range.to ? `on ${range.from}` : `from ${range.from} to ${range.to}`;
  if (found.pattern > 0) {
    if (!(await isElsewhere())) patternMistake(own, found, `delivered ${inDays}`, remarks);
    return;
  }
  // Nothing but partial copies, which the command tells.
  if (found.files > 0) return;
  if (unread !== undefined && !isNone(unread.inRange)) return;
  const days = await deliveryDays(own, sources, signal);
  const isBeside = days === undefined || range.to < days.from || range.from > days.to;
  const lost = unread ?? (await findSourcesAndUnread(own, filter, range, signal)).unread;
  if ((!isBeside && isNone(lost.inRange)) || (await isElsewhere())) return;
  const of = filterWords(filter) === '' ? '' : ` of ${filterWords(filter)}`;
  const message = `No CloudTrail files${of} were delivered ${inDays} under ${addressOf(own)}.`;
  const when =
    days === undefined
      ? 'There is no folder of any day (…/REGION/YYYY/MM/DD/).'
      : `The first delivery is ${days.from}, the last ${days.to}.`;
  if (isNone(lost.inRange)) throw new UserMistake(message, when);
  throw new UserMistake(
    `${message} ${unreadTitle(lost.inRange)}: ${unreadLines(lost.inRange).join(', ')}.`,
    `${UNREAD_CURE} ${when}`,
  );
}

/** Without a range: of each place the last day that has files, which is what comes nearest to what a schedule will read. */
async function checkPattern(
  own: Own,
  sources: readonly SourcePrefix[],
  signal: AbortSignal,
  remarks: string[],
): Promise<void> {
  if (own.config.keyPattern === undefined) return;
  const newest = async (source: SourcePrefix): Promise<DateRange | undefined> => {
    const day = await lastDay(own, source, signal);
    return day === undefined ? undefined : { from: day, to: day };
  };
  const found = await probeDeliveries(own, sources, newest, signal);
  if (!found.reads && found.pattern > 0)
    patternMistake(own, found, 'of the last day of each account, kind and region', remarks);
}

function patternMistake(
  { config }: Own,
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
    `It is a regular expression for what comes after the key prefix, here ${example?.slice(config.keyPrefix === '' ? 0 : config.keyPrefix.length + 1)}. Correct ingest.s3_source.key_pattern in log_source.yml.`,
  );
}

function addressOf({ bucket, config }: Own): string {
  return objectUri(bucket, `${config.keyPrefix === '' ? '' : `${config.keyPrefix}/`}AWSLogs/`);
}
