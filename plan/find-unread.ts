/**
 * Finds CloudTrail files that no run reads because they are not where CloudTrail delivers. It uses delimited listings: of the
 * folder that contains `AWSLogs/`, of the years of each place, and of the months and days that overlap the range. Unexpected
 * folders are searched. This takes one listing for each place, and one for each year and month in the range. The number of
 * listings is bounded for each unexpected folder, and for all of them together.
 */
import { isDay, type SourcePrefix } from '../cloudtrail/object-key.js';
import type { DateRange } from '../cloudtrail/stray-files.js';
import { describeFolder } from '../cloudtrail/unknown-folders.js';
import { StorageAccessDenied } from '../errors/index.js';
import type { SourceFilter, UnreadReport } from '../protocol/messages.js';
import type { RunConfig } from '../run/config.js';
import { mapConcurrent } from '../storage/concurrency.js';
import type { ListOptions } from '../storage/object-store.js';
import { type FindOptions, type FoundSources, findSources } from './find-sources.js';
import { UnreadTally } from './unread-tally.js';

/** Maximum pages to list of a folder of years, months or days. */
const PAGES_PER_LEVEL = 20;
/** Maximum unexpected folders to search. Further ones are reported without a count. */
const MAX_FOLDERS = 200;
/** Maximum pages to list in each unexpected folder. */
const PAGES_PER_FOLDER = 20;

/** Where to search, and which keys a run reads. */
export interface UnreadOptions extends FindOptions {
  config: Pick<RunConfig, 'location' | 'keyPrefix' | 'keyPattern' | 'ingest'>;
}

/** The places of a bucket, and the CloudTrail files that are not read. */
export interface FoundWithUnread extends FoundSources {
  unread: UnreadReport;
}

/** Like {@link findSources}, and also finds unread files for the given places and days. `listings` counts all requests. */
export async function findSourcesAndUnread(
  options: UnreadOptions,
  filter: SourceFilter,
  range: DateRange,
  signal: AbortSignal,
): Promise<FoundWithUnread> {
  const tally = new UnreadTally({ config: options.config, filter, range });
  const found = await findSources(
    options,
    filter,
    signal,
    (key) => tally.add(key),
    (entry) => tally.addOdd(entry),
  );
  const search = new Search(options, tally, range, signal);
  await search.nextToRoot();
  const odd = found.unknown.filter((folder) => !describeFolder(folder).expected).map(({ folder }) => folder);
  await search.places(found.sources);
  await search.folders(odd);
  return { ...found, listings: found.listings + search.listings, unread: tally.report() };
}

interface FolderListing {
  folders: string[];
  /** True if the listing was stopped before its end. */
  truncated: boolean;
  /** Number of requests. */
  pages: number;
}

class Search {
  listings = 0;
  private readonly lanes: number;

  constructor(
    private readonly options: UnreadOptions,
    private readonly tally: UnreadTally,
    private readonly range: DateRange,
    private readonly signal: AbortSignal,
  ) {
    this.lanes = options.config.ingest.concurrentReads;
  }

  /** Files next to `AWSLogs/`. The policy of `trailmill iam-policy` does not permit listing them; then they are skipped. */
  async nextToRoot(): Promise<void> {
    const { keyPrefix } = this.options.config;
    try {
      await this.list(keyPrefix === '' ? '' : `${keyPrefix}/`);
    } catch (error) {
      if (!(error instanceof StorageAccessDenied)) throw error;
      this.listings++;
    }
  }

  async places(sources: readonly SourcePrefix[]): Promise<void> {
    const odd = await mapConcurrent(sources, this.lanes, (source) => this.place(source));
    await this.folders(odd.flat());
  }

  /** Returns the folders below a place that are not years, months or days. */
  private async place({ prefix }: SourcePrefix): Promise<string[]> {
    const odd: string[] = [];
    const years = await this.dates([prefix], prefix, 4, odd);
    const months = await this.dates(years, prefix, 7, odd);
    await this.dates(months, prefix, 10, odd);
    return odd;
  }

  /**
   * Returns the date folders in `parents` that overlap the range. `length` is the number of characters of the date: 4 for
   * `YYYY`, 7 for `YYYY/MM`, 10 for `YYYY/MM/DD`. Other folders are added to `odd`.
   */
  private async dates(parents: readonly string[], place: string, length: number, odd: string[]): Promise<string[]> {
    const found: string[] = [];
    for (const parent of parents) {
      const { folders, truncated } = await this.list(parent);
      if (truncated) this.tally.addUncounted(parent);
      for (const folder of folders) {
        const date = folder.slice(place.length, -1);
        if (!isDate(date, length)) odd.push(folder);
        else if (this.overlapsRange(date)) found.push(folder);
      }
    }
    // Keeps a bounded number in memory.
    for (const folder of odd.splice(MAX_FOLDERS)) this.tally.addUncounted(folder);
    return found;
  }

  /** `date`: `2024`, `2024/03` or `2024/03/05`. */
  private overlapsRange(date: string): boolean {
    const text = date.replaceAll('/', '-');
    return this.range.from.slice(0, text.length) <= text && text <= this.range.to.slice(0, text.length);
  }

  /** Searches unexpected folders, up to {@link MAX_FOLDERS}. */
  async folders(folders: readonly string[]): Promise<void> {
    const wanted = folders.filter((folder) => this.tally.mayHold(folder));
    await mapConcurrent(wanted.slice(0, MAX_FOLDERS), this.lanes, (folder) => this.folder(folder));
    for (const folder of wanted.slice(MAX_FOLDERS)) if (this.tally.isBelowKind(folder)) this.tally.addUncounted(folder);
  }

  /** Searches an unexpected folder depth-first. Subfolders of days outside of the range are skipped. */
  private async folder(root: string): Promise<void> {
    if (!this.tally.isBelowKind(root) && !(await this.hasCloudTrails(root))) return;
    let left = PAGES_PER_FOLDER;
    const open = [root];
    for (let at = open.shift(); at !== undefined; at = open.shift()) {
      if (!this.tally.mayHold(at)) continue;
      if (left <= 0) return this.tally.addUncounted(at);
      // A folder that is entirely within the range is listed without a delimiter.
      const listing = await this.list(at, left, this.tally.isWithinRange(at) ? {} : { delimiter: '/' });
      if (listing.truncated) return this.tally.addUncounted(at);
      left -= listing.pages;
      open.unshift(...listing.folders);
    }
  }

  /** Tests whether the first page of a folder's files has CloudTrail file names. One request. */
  private async hasCloudTrails(folder: string): Promise<boolean> {
    this.listings++;
    for await (const { objects } of this.options.bucket.list(folder, { signal: this.signal, onUnusable: () => {} }))
      return objects.some(({ key }) => this.tally.isCloudTrails(key));
    return false;
  }

  /** Lists a folder, counts its files, and returns its subfolders. */
  private async list(
    prefix: string,
    maxPages = PAGES_PER_LEVEL,
    options: Pick<ListOptions, 'delimiter'> = { delimiter: '/' },
  ): Promise<FolderListing> {
    const { bucket } = this.options;
    const folders: string[] = [];
    let pages = 0;
    let truncated = false;
    for await (const page of bucket.list(prefix, {
      ...options,
      signal: this.signal,
      onUnusable: (entry) => this.tally.addOdd(entry),
    })) {
      if (pages++ === maxPages) {
        truncated = true;
        break;
      }
      for (const { key } of page.objects) this.tally.add(key);
      folders.push(...page.prefixes);
    }
    pages = Math.max(1, pages);
    this.listings += pages;
    return { folders, truncated, pages };
  }
}

/** Tests for `2024`, `2024/03` or `2024/03/05`, the way CloudTrail writes dates in keys. */
function isDate(text: string, length: number): boolean {
  return text.length === length && isDay(`${text}${'/01/01'.slice(length - 4)}`.replaceAll('/', '-'));
}
