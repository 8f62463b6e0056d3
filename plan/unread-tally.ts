/** Counts CloudTrail files that no run reads. Memory use is bounded, regardless of what the bucket contains. */

import { fileName } from '../cloudtrail/object-key.js';
import { type DateRange, mayOverlap, parseStrayKey } from '../cloudtrail/stray-files.js';
import type { SourceFilter, UnreadFile, UnreadFiles, UnreadReport } from '../protocol/messages.js';
import type { RunConfig } from '../run/config.js';
import type { UnusableEntry } from '../storage/object-store.js';
import { allows, patternTest } from './source-filter.js';

/** Maximum keys listed with each count. */
const MAX_NAMED = 5;
/** Maximum entries that are remembered to avoid counting them twice. */
const MAX_ODD = 10_000;

/** Which files are counted. */
export interface TallyOptions {
  config: Pick<RunConfig, 'keyPrefix' | 'keyPattern'>;
  filter: SourceFilter;
  range: DateRange;
}

/** Counts unread files. Keys may be added in any order; the ones that are listed are the first in sort order. */
export class UnreadTally {
  private readonly inRange = new Count();
  private readonly elsewhere = new Count();
  private readonly odd = new Set<string>();
  private readonly prefix: string;
  private readonly matchesPattern: (key: string) => boolean;

  constructor(private readonly options: TallyOptions) {
    const { keyPrefix } = options.config;
    this.prefix = keyPrefix === '' ? '' : `${keyPrefix}/`;
    this.matchesPattern = patternTest(options.config);
  }

  /** Counts a file if it is a CloudTrail file that the filter and the key pattern include. */
  add(key: string): void {
    if (key.endsWith('/')) return;
    const stray = parseStrayKey(this.relative(key));
    if (!stray.isCloudTrailFile) return;
    const moveTo = stray.moveTo === undefined ? null : this.prefix + stray.moveTo;
    const name = fileName(key);
    if (!this.wants(stray) || !(this.matchesPattern(key) || (moveTo !== null && this.matchesPattern(moveTo + name))))
      return;
    const count = mayOverlap(stray.days, this.options.range) ? this.inRange : this.elsewhere;
    count.add({ key, moveTo });
  }

  /** Adds a folder that has CloudTrail files and was not listed completely. */
  addUncounted(folder: string): void {
    if (this.mayHold(folder)) this.inRange.addUncounted({ key: folder, moveTo: null });
  }

  /** Adds an entry that is not a regular file but may be or contain a CloudTrail file. */
  addOdd({ key, why }: UnusableEntry): void {
    // Several listings may report the same entry. Beyond the limit of the set it may be counted again.
    if ((why !== 'bad_name' && why !== 'unreadable') || this.odd.has(key)) return;
    if (this.odd.size < MAX_ODD) this.odd.add(key);
    if (key.endsWith('/')) this.addUncounted(key);
    else this.add(key);
  }

  /** Tests, by the place and days in its key, whether a folder may contain files to count. */
  mayHold(folder: string): boolean {
    const stray = parseStrayKey(this.relative(folder));
    return this.wants(stray) && mayOverlap(stray.days, this.options.range);
  }

  /** Tests whether a folder is below the folder of a kind, so that everything in it belongs to CloudTrail. */
  isBelowKind(folder: string): boolean {
    return parseStrayKey(this.relative(folder)).isCloudTrailFile;
  }

  /** Tests whether a key is a CloudTrail file, by its name or its folder. */
  isCloudTrails(key: string): boolean {
    return !key.endsWith('/') && parseStrayKey(this.relative(key)).isCloudTrailFile;
  }

  /** Tests, by its key, whether all days of a folder are within the range. */
  isWithinRange(folder: string): boolean {
    const { days } = parseStrayKey(this.relative(folder));
    return days !== undefined && this.options.range.from <= days.from && days.to <= this.options.range.to;
  }

  report(): UnreadReport {
    return { inRange: this.inRange.get(), elsewhere: this.elsewhere.get() };
  }

  private relative(key: string): string {
    return key.startsWith(this.prefix) ? key.slice(this.prefix.length) : key;
  }

  private wants({ account, region, kind }: ReturnType<typeof parseStrayKey>): boolean {
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
    if (first.length === MAX_NAMED && first[MAX_NAMED - 1].key <= file.key) return;
    this.first = [...first, file].sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, MAX_NAMED);
  }
}

/** True if there are certainly no such files. */
export function isNone({ files, atLeast }: UnreadFiles): boolean {
  return files === 0 && !atLeast;
}

/** The report for a bucket without unread files. */
export const NOTHING_UNREAD: UnreadReport = {
  inRange: { files: 0, atLeast: false, first: [] },
  elsewhere: { files: 0, atLeast: false, first: [] },
};
