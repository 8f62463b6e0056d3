/** Counts files of CloudTrail that no run reads, in bounded memory, whatever the bucket holds. */

import { fileName } from '../cloudtrail/object-key.js';
import { type DateRange, mayOverlap, strayOf } from '../cloudtrail/stray-files.js';
import type { SourceFilter, UnreadFile, UnreadFiles, UnreadReport } from '../protocol/messages.js';
import type { RunConfig } from '../run/config.js';
import type { UnusableEntry } from '../storage/object-store.js';
import { allows, patternTest } from './source-filter.js';

/** Of each count so many are named. */
const MOST_NAMED = 5;
/** Odd entries that are remembered. */
const MOST_ODD = 10_000;

/** What is in question. */
export interface TallyOptions {
  config: Pick<RunConfig, 'keyPrefix' | 'keyPattern'>;
  filter: SourceFilter;
  range: DateRange;
}

/** Keys may come in any order: those that are named are the first of them all. */
export class UnreadTally {
  private readonly inRange = new Count();
  private readonly elsewhere = new Count();
  private readonly odd = new Set<string>();
  private readonly before: string;
  private readonly matchesPattern: (key: string) => boolean;

  constructor(private readonly options: TallyOptions) {
    const { keyPrefix } = options.config;
    this.before = keyPrefix === '' ? '' : `${keyPrefix}/`;
    this.matchesPattern = patternTest(options.config);
  }

  /** Takes a file into account if it is CloudTrail's and nothing leaves it out. */
  add(key: string): void {
    if (key.endsWith('/')) return;
    const stray = strayOf(this.relative(key));
    if (!stray.isCloudTrails) return;
    const moveTo = stray.moveTo === undefined ? null : this.before + stray.moveTo;
    const name = fileName(key);
    if (!this.wants(stray) || !(this.matchesPattern(key) || (moveTo !== null && this.matchesPattern(moveTo + name))))
      return;
    const count = mayOverlap(stray.days, this.options.range) ? this.inRange : this.elsewhere;
    count.add({ key, moveTo });
  }

  /** Adds a folder that was not listed completely and has files of CloudTrail. */
  addUncounted(folder: string): void {
    if (this.mayHold(folder)) this.inRange.addUncounted({ key: folder, moveTo: null });
  }

  /** Adds an entry that is not a regular file, and may hold files or be one. */
  addOdd({ key, why }: UnusableEntry): void {
    // Several listings may meet it; a set that grows no further only counts it again.
    if ((why !== 'bad_name' && why !== 'unreadable') || this.odd.has(key)) return;
    if (this.odd.size < MOST_ODD) this.odd.add(key);
    if (key.endsWith('/')) this.addUncounted(key);
    else this.add(key);
  }

  /** May a folder hold files that are in question, by what its key says of its place and days? */
  mayHold(folder: string): boolean {
    const stray = strayOf(this.relative(folder));
    return this.wants(stray) && mayOverlap(stray.days, this.options.range);
  }

  /** Does it lie below the folder of a kind, so that whatever is in it is CloudTrail's? */
  isBelowKind(folder: string): boolean {
    return strayOf(this.relative(folder)).isCloudTrails;
  }

  /** Does its name say that it is CloudTrail's, or its folder? */
  isCloudTrails(key: string): boolean {
    return !key.endsWith('/') && strayOf(this.relative(key)).isCloudTrails;
  }

  /** Is a folder of the days in question and of no other, by its key? */
  isWithinRange(folder: string): boolean {
    const { days } = strayOf(this.relative(folder));
    return days !== undefined && this.options.range.from <= days.from && days.to <= this.options.range.to;
  }

  report(): UnreadReport {
    return { inRange: this.inRange.get(), elsewhere: this.elsewhere.get() };
  }

  private relative(key: string): string {
    return key.startsWith(this.before) ? key.slice(this.before.length) : key;
  }

  private wants({ account, region, kind }: ReturnType<typeof strayOf>): boolean {
    const { accounts, regions, kinds } = this.options.filter;
    const may = (list: readonly string[] | undefined, value: string | undefined): boolean =>
      value === undefined || allows(list, value);
    return may(accounts, account) && may(regions, region) && may(kinds, kind);
  }
}

class Count {
  private files = 0;
  private atLeast = false;
  private first: UnreadFile[] = [];

  add(file: UnreadFile): void {
    this.files++;
    this.name(file);
  }

  addUncounted(folder: UnreadFile): void {
    this.atLeast = true;
    this.name(folder);
  }

  get(): UnreadFiles {
    return { files: this.files, atLeast: this.atLeast, first: this.first };
  }

  private name(file: UnreadFile): void {
    const { first } = this;
    if (first.length === MOST_NAMED && first[MOST_NAMED - 1].key <= file.key) return;
    this.first = [...first, file].sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, MOST_NAMED);
  }
}

/** Is there no such file for certain? */
export function isNone({ files, atLeast }: UnreadFiles): boolean {
  return files === 0 && !atLeast;
}

/** The report of a bucket in which every file is read. */
export const NOTHING_UNREAD: UnreadReport = {
  inRange: { files: 0, atLeast: false, first: [] },
  elsewhere: { files: 0, atLeast: false, first: [] },
};
