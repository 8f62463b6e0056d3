/** The sums of a plan, by account and kind and by day. Their size depends on the organization and the range, not on the bucket. */

import { isWanted, type TableKey, tableOf } from '../../cloudtrail/table-config.js';
import { IgnoredCount } from '../../plan/source-filter.js';
import { countDays, nextDay } from '../../protocol/days.js';

/** Files and their stored bytes. */
export interface Amount {
  files: number;
  /** As stored. */
  bytes: number;
}

/** The amounts of one account and kind. */
export interface GroupSum extends Amount {
  account: string;
  kind: string;
  /** Of these, the files in the ledger. */
  done: Amount;
  /** False if the kind has no table: its files are entered in the ledger, and not read. */
  wanted: boolean;
}

/** The amounts of one delivery day. */
export interface DaySum extends Amount {
  day: string;
  /** Number of list requests for the places of the day. */
  listings: number;
  /** What is left to do. */
  left: Amount;
  /** Of that, what is read. */
  read: Amount;
  /** Tables that its files are written to. */
  tables: Set<TableKey>;
}

/** The amounts of a range: in total, by group and by day. */
export class Sums {
  readonly days: DaySum[] = [];
  /** Files that a backfill ignores. */
  readonly ignored = new IgnoredCount();
  /** Files to read that a run may hold back: without their digests, which a plan does not read, it is not known. */
  mayBeHeld = 0;
  private readonly groups = new Map<string, GroupSum>();
  private readonly dayIndex = new Map<string, DaySum>();

  constructor(
    range: { from: string; to: string },
    private readonly tables: readonly { key: TableKey }[],
  ) {
    for (let day = range.from; this.days.length < countDays(range.from, range.to); day = nextDay(day)) {
      const none = (): Amount => ({ files: 0, bytes: 0 });
      const sum: DaySum = { day, ...none(), listings: 0, left: none(), read: none(), tables: new Set() };
      this.days.push(sum);
      this.dayIndex.set(day, sum);
    }
  }

  /** The sums of an account and kind, for {@link add}. */
  group(account: string, kind: string): GroupSum {
    const id = `${account} ${kind}`;
    let group = this.groups.get(id);
    if (group === undefined) {
      const done = { files: 0, bytes: 0 };
      group = { account, kind, files: 0, bytes: 0, done, wanted: isWanted(kind, this.tables) };
      this.groups.set(id, group);
    }
    return group;
  }

  day(day: string): DaySum | undefined {
    return this.dayIndex.get(day);
  }

  add(group: GroupSum, day: DaySum, size: number, isDone: boolean): void {
    add(group, size);
    add(day, size);
    if (isDone) {
      add(group.done, size);
      return;
    }
    add(day.left, size);
    if (!group.wanted) return;
    add(day.read, size);
    day.tables.add(tableOf(group.kind));
  }

  /** Groups with files, in no order. */
  all(): GroupSum[] {
    return [...this.groups.values()].filter(({ files }) => files > 0);
  }
}

function add(amount: Amount, size: number): void {
  amount.files++;
  amount.bytes += size;
}

/** Adds up amounts. */
export function totalOf(amounts: readonly Amount[]): Amount {
  const sum = (of: keyof Amount): number => amounts.reduce((total, amount) => total + amount[of], 0);
  return { files: sum('files'), bytes: sum('bytes') };
}
