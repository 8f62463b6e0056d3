/**
 * Which accounts, kinds and regions are in the bucket? Listings with a delimiter, no object is read, nothing is written.
 * One level of folders after the other, each with many listings at once: four waits, however many accounts there are.
 */
import { isRegionName } from '../aws/regions.js';
import {
  ACCOUNT_PATTERN,
  folderName,
  kindOf,
  ORGANIZATION_PATTERN,
  type SourcePrefix,
} from '../cloudtrail/object-key.js';
import type { UnknownFolder } from '../cloudtrail/unknown-folders.js';
import { StorageAccessDenied } from '../errors/index.js';
import type { SourceFilter } from '../protocol/messages.js';
import type { RunConfig } from '../run/config.js';
import { mapConcurrent } from '../storage/concurrency.js';
import { type ObjectStore, objectUri, type UnusableEntry } from '../storage/object-store.js';
import { printable } from '../text/printable.js';
import { noLogs } from './no-logs.js';
import { allows } from './source-filter.js';

/** Where to search. */
export interface FindOptions {
  config: Pick<RunConfig, 'location' | 'keyPrefix' | 'ingest'>;
  bucket: ObjectStore;
}

/** The places of a bucket, and folders that are none. */
export interface FoundSources {
  /** In the order of the folders: the same for the same bucket. */
  sources: SourcePrefix[];
  /** Not CloudTrail's: reported, never guessed. */
  unknown: UnknownFolder[];
  /** Requests that it took. */
  listings: number;
}

interface Folder {
  prefix: string;
  name: string;
}

/**
 * Lists the places of the bucket that have files. Throws `UserMistake` where there are none.
 * @param onFile receives the key of each file beside the folders, in any order: no run reads those
 * @param onUnusable receives entries that are not regular files
 */
export async function findSources(
  { config, bucket }: FindOptions,
  filter: SourceFilter,
  signal: AbortSignal,
  onFile: (key: string) => void = () => {},
  onUnusable: (entry: UnusableEntry) => void = () => {},
): Promise<FoundSources> {
  const unknown: UnknownFolder[] = [];
  const root = `${config.keyPrefix === '' ? '' : `${config.keyPrefix}/`}AWSLogs/`;
  const odd = (entry: UnusableEntry): void => {
    // Without it nothing is known of anything.
    if (entry.key === root) throw notReadable(bucket, root);
    onUnusable(entry);
  };
  let listings = 0;
  const foldersOfAll = async <T extends Folder>(folders: readonly T[]): Promise<{ of: T; found: Folder[] }[]> =>
    mapConcurrent(folders, config.ingest.concurrentReads, async (of) => {
      const found: Folder[] = [];
      let pages = 0;
      for await (const page of bucket.list(of.prefix, { delimiter: '/', signal, onUnusable: odd })) {
        pages++;
        for (const prefix of page.prefixes) found.push({ prefix, name: folderName(prefix) });
        for (const { key } of page.objects) onFile(key);
      }
      // Nothing is an answer too.
      listings += Math.max(1, pages);
      return { of, found };
    });
  const known = (folder: Folder, isIt: boolean, instead: UnknownFolder['instead']): boolean => {
    if (!isIt) unknown.push({ folder: folder.prefix, instead });
    return isIt;
  };

  const [{ found: top }] = await foldersOfAll([{ prefix: root, name: 'AWSLogs' }]);
  if (top.length === 0) throw await noLogs(bucket, config, signal);
  const organizations = await foldersOfAll(top.filter(({ name }) => ORGANIZATION_PATTERN.test(name)));
  const members = new Map(organizations.map(({ of, found }) => [of.prefix, found]));
  const accounts = top
    .flatMap((folder) => members.get(folder.prefix) ?? [folder])
    .filter((folder) => known(folder, ACCOUNT_PATTERN.test(folder.name), 'account'))
    .filter(({ name }) => allows(filter.accounts, name));

  const kinds = (await foldersOfAll(accounts)).flatMap(({ of, found }) =>
    found
      // Other services deliver beside CloudTrail (Config, elasticloadbalancing, vpcflowlogs …): not ours, and no surprise.
      .filter((folder) => known(folder, kindOf(folder.name) !== undefined, 'kind'))
      .map(({ prefix, name }) => ({ prefix, name: kindOf(name) ?? name, account: of.name }))
      .filter(({ name }) => allows(filter.kinds, name)),
  );
  const sources = (await foldersOfAll(kinds)).flatMap(({ of, found }) =>
    found
      .filter((folder) => known(folder, isRegionName(folder.name), 'region'))
      .filter(({ name }) => allows(filter.regions, name))
      .map(({ prefix, name }) => ({ prefix, account: of.account, region: name, kind: of.name }) satisfies SourcePrefix),
  );
  return { sources, unknown, listings };
}

function notReadable(bucket: ObjectStore, root: string): StorageAccessDenied {
  return new StorageAccessDenied(
    `No permission for the folder ${printable(objectUri(bucket, root))}.`,
    'Give the user that runs Trailmill the right to read it.',
  );
}
