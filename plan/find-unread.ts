/**
 * Which files of CloudTrail does no run read, because they are not where CloudTrail puts them? Listings with a delimiter: what lies
 * beside `AWSLogs/`, and of each place its years, and of those that meet the range the months and days. Folders that are none of
 * these are looked into. It takes a listing a place, and one for each year and month of the range; a folder that does not belong
 * takes a bounded number, and so do all such folders together.
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

/** Pages of one folder that are listed for its subfolders. */
const PAGES_PER_LEVEL = 20;
/** Unexpected folders that are searched; of the others only their existence is known. */
const MOST_FOLDERS = 200;
/** Requests for one of them. */
const PAGES_PER_FOLDER = 20;

/** Where to search, and which of the files there are wanted. */
export interface UnreadOptions extends FindOptions {
  config: Pick<RunConfig, 'location' | 'keyPrefix' | 'keyPattern' | 'ingest'>;
}

/** The places of a bucket, with the files of CloudTrail that are not read. */
export interface FoundWithUnread extends FoundSources {
  unread: UnreadReport;
}

/** Like {@link findSources}, with the unread files of the given places and days. `listings` counts all requests. */
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
  await search.besideRoot();
  const odd = found.unknown.filter((folder) => !describeFolder(folder).expected).map(({ folder }) => folder);
  await search.places(found.sources);
  await search.lookInto(odd);
  return { ...found, listings: found.listings + search.listings, unread: tally.report() };
}

interface Level {
  folders: string[];
  /** There are more. */
  cut: boolean;
  /** Requests that it took. */
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

  /** Files beside `AWSLogs/`. The policy of `trailmill iam-policy` allows no look at them: then nobody looks. */
  async besideRoot(): Promise<void> {
    const { keyPrefix } = this.options.config;
    try {
      await this.level(keyPrefix === '' ? '' : `${keyPrefix}/`);
    } catch (error) {
      if (!(error instanceof StorageAccessDenied)) throw error;
      this.listings++;
    }
  }

  async places(sources: readonly SourcePrefix[]): Promise<void> {
    const odd = await mapConcurrent(sources, this.lanes, (source) => this.place(source));
    await this.lookInto(odd.flat());
  }

  /** Folders below the place that are no days, months or years. */
  private async place({ prefix }: SourcePrefix): Promise<string[]> {
    const odd: string[] = [];
    const years = await this.dates([prefix], prefix, 4, odd);
    const months = await this.dates(years, prefix, 7, odd);
    await this.dates(months, prefix, 10, odd);
    return odd;
  }

  /** The folders of dates that meet the range, written with so many characters (`YYYY/MM/DD`); all others go to `odd`. */
  private async dates(parents: readonly string[], place: string, length: number, odd: string[]): Promise<string[]> {
    const found: string[] = [];
    for (const parent of parents) {
      const { folders, cut } = await this.level(parent);
      if (cut) this.tally.addUncounted(parent);
      for (const folder of folders) {
        const date = folder.slice(place.length, -1);
        if (!isDate(date, length)) odd.push(folder);
        else if (this.meetsRange(date)) found.push(folder);
      }
    }
    // In memory is a bounded number of them.
    for (const folder of odd.splice(MOST_FOLDERS)) this.tally.addUncounted(folder);
    return found;
  }

  /** `2024`, `2024/03`. */
  private meetsRange(date: string): boolean {
    const text = date.replaceAll('/', '-');
    return this.range.from.slice(0, text.length) <= text && text <= this.range.to.slice(0, text.length);
  }

  /** Looks into folders that do not belong, the first ones. */
  async lookInto(folders: readonly string[]): Promise<void> {
    const wanted = folders.filter((folder) => this.tally.mayHold(folder));
    await mapConcurrent(wanted.slice(0, MOST_FOLDERS), this.lanes, (folder) => this.folder(folder));
    for (const folder of wanted.slice(MOST_FOLDERS))
      if (this.tally.isBelowKind(folder)) this.tally.addUncounted(folder);
  }

  /** One folder after the other, as far as their names do not say that they are of other days. */
  private async folder(root: string): Promise<void> {
    if (!this.tally.isBelowKind(root) && !(await this.hasCloudTrails(root))) return;
    let left = PAGES_PER_FOLDER;
    const open = [root];
    for (let at = open.shift(); at !== undefined; at = open.shift()) {
      if (!this.tally.mayHold(at)) continue;
      if (left <= 0) return this.tally.addUncounted(at);
      // What is of the range as a whole need not be taken apart.
      const level = await this.level(at, left, this.tally.isWithinRange(at) ? {} : { delimiter: '/' });
      if (level.cut) return this.tally.addUncounted(at);
      left -= level.pages;
      open.unshift(...level.folders);
    }
  }

  /** Are there names of CloudTrail's among the first files of a folder? One request. */
  private async hasCloudTrails(folder: string): Promise<boolean> {
    this.listings++;
    for await (const { objects } of this.options.bucket.list(folder, { signal: this.signal, onUnusable: () => {} }))
      return objects.some(({ key }) => this.tally.isCloudTrails(key));
    return false;
  }

  /** Lists a folder: its files are counted, its folders are the answer. */
  private async level(
    prefix: string,
    most = PAGES_PER_LEVEL,
    by: Pick<ListOptions, 'delimiter'> = { delimiter: '/' },
  ): Promise<Level> {
    const { bucket } = this.options;
    const folders: string[] = [];
    let pages = 0;
    let cut = false;
    for await (const page of bucket.list(prefix, {
      ...by,
      signal: this.signal,
      onUnusable: (entry) => this.tally.addOdd(entry),
    })) {
      if (pages++ === most) {
        cut = true;
        break;
      }
      for (const { key } of page.objects) this.tally.add(key);
      folders.push(...page.prefixes);
    }
    pages = Math.max(1, pages);
    this.listings += pages;
    return { folders, cut, pages };
  }
}

/** `2024`, `2024/03` or `2024/03/05`, as CloudTrail writes it. */
function isDate(text: string, length: number): boolean {
  return text.length === length && isDay(`${text}${'/01/01'.slice(length - 4)}`.replaceAll('/', '-'));
}
