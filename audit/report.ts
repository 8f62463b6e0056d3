/** The report of an audit: counts by day, account, region and kind, the differences, and notes. */

import type { Damaged } from '../errors/index.js';
import { IgnoredCount } from '../plan/source-filter.js';
import { isNone, NOTHING_UNREAD } from '../plan/unread-tally.js';
import {
  type AuditCounts,
  addCounts,
  type Difference,
  joinTruncated,
  NO_COUNTS,
  type Truncated,
} from '../protocol/audit-messages.js';
import { addIgnored } from '../protocol/bucket-messages.js';
import type { IgnoredFiles, SourceFilter, UnreadFiles, UnreadReport } from '../protocol/messages.js';
import { CURES, UNREAD_CURE } from './cures.js';

/** Maximum items in each list of a report, over all days. Further items are only counted. */
const KEPT = 1_000;

/** Counts of one delivery day, account, region and kind. */
export interface Group extends AuditCounts {
  day: string;
  account: string;
  region: string;
  kind: string;
}

/** A quarantined or replaced object. It is accounted for, but the user should know about it. */
export interface Noted {
  day: string;
  key: string;
  etag: string;
  /** Why it was quarantined, or the state of the replaced object. */
  reason: string;
}

/** The report of one delivery day. */
export interface DayReport {
  day: string;
  groups: Group[];
  differences: Truncated<Difference>;
  quarantined: Truncated<Noted>;
  replaced: Truncated<Noted>;
  /** Files that plans ignore. Absent if there are none, or if an older version made the report. */
  ignored?: IgnoredFiles[];
}

/** CloudTrail files that no run reads, and what to do about them. */
export type AuditedUnread = UnreadFiles & { cure: string };

/** The report of a range of delivery days. */
export interface AuditReport extends Omit<DayReport, 'day' | 'ignored'> {
  source: string;
  location: string;
  warehouse: string;
  from: string;
  to: string;
  filter: SourceFilter;
  /** True if there are no differences, and no unread files that may belong to the audited days. */
  clean: boolean;
  totals: AuditCounts;
  ignored: IgnoredFiles[];
  /** Unread files that may belong to the audited days. */
  unread: AuditedUnread;
  /** Unread files of other days. */
  unreadElsewhere: UnreadFiles;
}

/** Returns an empty list. */
export function emptyKept<T>(): Truncated<T> {
  return { count: 0, first: [] };
}

/** Counts the item, and adds it to the list unless the list already has {@link KEPT} items. */
export function keep<T>(kept: Truncated<T>, item: T): void {
  kept.count++;
  if (kept.first.length < KEPT) kept.first.push(item);
}

/** Collects the report of one day. */
export class DayReportBuilder {
  readonly differences = emptyKept<Difference>();
  readonly quarantined = emptyKept<Noted>();
  readonly replaced = emptyKept<Noted>();
  readonly ignored = new IgnoredCount();
  private readonly groups = new Map<string, Group>();
  private readonly damaged = new Set<string>();

  constructor(readonly day: string) {}

  group({ account, region, kind }: Pick<Group, 'account' | 'region' | 'kind'>): Group {
    const id = `${account}/${region}/${kind}`;
    let group = this.groups.get(id);
    if (group === undefined) {
      group = { day: this.day, account, region, kind, ...NO_COUNTS };
      this.groups.set(id, group);
    }
    return group;
  }

  addDifference(difference: Omit<Difference, 'day'>): void {
    keep(this.differences, { ...difference, day: this.day });
  }

  /** Adds a file that is missing or cannot be read, once per path. `ledger` is the content that it should have. */
  addDamage({ path, how, why }: Damaged, table: string | undefined, ledger: Difference['ledger'] = null): void {
    if (this.damaged.has(path)) return;
    this.damaged.add(path);
    const what = how === 'gone' ? 'file_gone' : 'file_unreadable';
    const found = how === 'gone' ? null : why;
    this.addDifference({ what, subject: path, table, ledger, found, cure: CURES[what] });
  }

  finish(): DayReport {
    const { day, differences, quarantined, replaced } = this;
    const groups = [...this.groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
    const ignored = this.ignored.get();
    return { day, groups, differences, quarantined, replaced, ...(ignored === undefined ? {} : { ignored }) };
  }
}

/** Returns the sums of the groups' counts. */
export function totalsOf(groups: readonly Group[]): AuditCounts {
  return groups.reduce<AuditCounts>(addCounts, NO_COUNTS);
}

/** Joins the reports of all days into one. */
export function joinDays(
  about: Pick<AuditReport, 'source' | 'location' | 'warehouse' | 'from' | 'to' | 'filter'>,
  days: readonly DayReport[],
  unread: UnreadReport = NOTHING_UNREAD,
): AuditReport {
  const groups = days.flatMap((day) => day.groups);
  const joined = <T>(of: (day: DayReport) => Truncated<T>): Truncated<T> =>
    days.reduce((all, day) => joinTruncated(all, of(day), KEPT), emptyKept<T>());
  const differences = joined((day) => day.differences);
  return {
    ...about,
    clean: differences.count === 0 && isNone(unread.inRange),
    totals: totalsOf(groups),
    groups,
    differences,
    quarantined: joined((day) => day.quarantined),
    replaced: joined((day) => day.replaced),
    ignored: days.map((day) => day.ignored).reduce(addIgnored, undefined) ?? [],
    unread: { ...unread.inRange, cure: UNREAD_CURE },
    unreadElsewhere: unread.elsewhere,
  };
}
