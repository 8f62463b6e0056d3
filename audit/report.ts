/** The report of an audit: counts by day, account, region and kind, what differs, and what only has to be known. */

import { IgnoredCount } from '../activities/source-filter.js';
import { isNone, NOTHING_UNREAD, type UnreadReport } from '../activities/unread-tally.js';
import type { Damaged } from '../errors/index.js';
import {
  type AuditCounts,
  addCounts,
  type Difference,
  joinKept,
  type Kept,
  NO_COUNTS,
} from '../workflows/audit-messages.js';
import type { IgnoredFiles, SourceFilter, UnreadFiles } from '../workflows/messages.js';
import { addIgnored } from '../workflows/totals.js';
import { CURES, UNREAD_CURE } from './cures.js';

/** Of each list so many are kept, over all days: more are counted, and say nothing new. */
export const KEPT = 1_000;

export interface Group extends AuditCounts {
  day: string;
  account: string;
  region: string;
  kind: string;
}

/** An object that is accounted for, and that somebody may want to look at. */
export interface Noted {
  day: string;
  key: string;
  etag: string;
  /** Why it was quarantined, or the state of the replaced one. */
  reason: string;
}

export interface DayReport {
  day: string;
  groups: Group[];
  differences: Kept<Difference>;
  quarantined: Kept<Noted>;
  replaced: Kept<Noted>;
  /** Files that no plan takes; absent: none, or an older version has audited. */
  ignored?: IgnoredFiles[];
}

/** Files of CloudTrail that no run reads, and what to do about them. */
export type AuditedUnread = UnreadFiles & { cure: string };

export interface AuditReport extends Omit<DayReport, 'day' | 'ignored'> {
  source: string;
  location: string;
  warehouse: string;
  from: string;
  to: string;
  filter: SourceFilter;
  /** Nothing differs, and nothing that is in question is unread. */
  clean: boolean;
  totals: AuditCounts;
  ignored: IgnoredFiles[];
  /** They may be of the days that are audited. */
  unread: AuditedUnread;
  /** They are of other days. */
  unreadElsewhere: UnreadFiles;
}

export function emptyKept<T>(): Kept<T> {
  return { count: 0, first: [] };
}

export function keep<T>(kept: Kept<T>, item: T): void {
  kept.count++;
  if (kept.first.length < KEPT) kept.first.push(item);
}

/** A report in the making, of one day. */
export class DayBook {
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

  differ(difference: Omit<Difference, 'day'>): void {
    keep(this.differences, { ...difference, day: this.day });
  }

  /** A file that is gone or cannot be read, once; `ledger`: what should be in it. */
  damage({ path, how, message }: Damaged, table: string | undefined, ledger: Difference['ledger'] = null): void {
    if (this.damaged.has(path)) return;
    this.damaged.add(path);
    const what = how === 'gone' ? 'file_gone' : 'file_unreadable';
    const found = how === 'gone' ? null : (/cannot be read: (.*?)\.?$/s.exec(message)?.[1] ?? message);
    this.differ({ what, subject: path, table, ledger, found, cure: CURES[what] });
  }

  finish(): DayReport {
    const { day, differences, quarantined, replaced } = this;
    const groups = [...this.groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
    const ignored = this.ignored.get();
    return { day, groups, differences, quarantined, replaced, ...(ignored === undefined ? {} : { ignored }) };
  }
}

export function totalsOf(groups: readonly Group[]): AuditCounts {
  return groups.reduce<AuditCounts>(addCounts, NO_COUNTS);
}

/** A report that a worker of an older version has made, which does not look for what is not read; others are left as they are. */
export function withUnread(report: AuditReport, { inRange, elsewhere }: UnreadReport): AuditReport {
  if ((report as Partial<AuditReport>).unread !== undefined) return report;
  const unread = { ...inRange, cure: UNREAD_CURE };
  return { ...report, clean: report.clean && isNone(inRange), ignored: [], unread, unreadElsewhere: elsewhere };
}

/** All days as one report. */
export function joinDays(
  about: Pick<AuditReport, 'source' | 'location' | 'warehouse' | 'from' | 'to' | 'filter'>,
  days: readonly DayReport[],
  unread: UnreadReport = NOTHING_UNREAD,
): AuditReport {
  const groups = days.flatMap((day) => day.groups);
  const joined = <T>(of: (day: DayReport) => Kept<T>): Kept<T> =>
    days.reduce((all, day) => joinKept(all, of(day), KEPT), emptyKept<T>());
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
