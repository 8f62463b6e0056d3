/** The report of an audit: counts by day, account, region and kind, what differs, and what only has to be known. */
import {
  type AuditCounts,
  addCounts,
  type Difference,
  joinKept,
  type Kept,
  NO_COUNTS,
} from '../workflows/audit-messages.js';
import type { SourceFilter } from '../workflows/messages.js';

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
}

export interface AuditReport extends Omit<DayReport, 'day'> {
  source: string;
  location: string;
  warehouse: string;
  from: string;
  to: string;
  filter: SourceFilter;
  clean: boolean;
  totals: AuditCounts;
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
  private readonly groups = new Map<string, Group>();

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

  finish(): DayReport {
    const { day, differences, quarantined, replaced } = this;
    const groups = [...this.groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
    return { day, groups, differences, quarantined, replaced };
  }
}

export function totalsOf(groups: readonly Group[]): AuditCounts {
  return groups.reduce<AuditCounts>(addCounts, NO_COUNTS);
}

/** All days as one report. */
export function joinDays(
  about: Pick<AuditReport, 'source' | 'location' | 'warehouse' | 'from' | 'to' | 'filter'>,
  days: readonly DayReport[],
): AuditReport {
  const groups = days.flatMap((day) => day.groups);
  const joined = <T>(of: (day: DayReport) => Kept<T>): Kept<T> =>
    days.reduce((all, day) => joinKept(all, of(day), KEPT), emptyKept<T>());
  const differences = joined((day) => day.differences);
  return {
    ...about,
    clean: differences.count === 0,
    totals: totalsOf(groups),
    groups,
    differences,
    quarantined: joined((day) => day.quarantined),
    replaced: joined((day) => day.replaced),
  };
}
