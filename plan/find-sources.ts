/**
 * Finds the accounts, kinds and regions in the bucket with delimited listings; it reads no objects and writes nothing.
 * The folders of a level are listed concurrently, so there are four rounds of listings for any number of accounts.
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

/** The places of a bucket, and the folders that do not match CloudTrail's layout. */
export interface FoundSources {
  /** In the order of the folders, so the result for a bucket is stable. */
  sources: SourcePrefix[];
  /** Folders that do not match CloudTrail's layout. They are reported and not read. */
  unknown: UnknownFolder[];
  /** Number of listing requests. */
  listings: number;
}

interface Folder {
  prefix: string;
  name: string;
}

/**
 * Lists the places of the bucket that have files. Throws `UserMistake` if there are none, and `StorageAccessDenied` if listing
 * the `AWSLogs/` folder is denied.
 * @param onFile receives the key of each file next to the folders, in any order; no run reads these files
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
  const reportOdd = (entry: UnusableEntry): void => {
    // Without the root folder there is nothing to list.
    if (entry.key === root) throw notReadable(bucket, root);
    onUnusable(entry);
  };
  let listings = 0;
  const listFolders = async <T extends Folder>(folders: readonly T[]): Promise<{ of: T; found: Folder[] }[]> =>
    mapConcurrent(folders, config.ingest.concurrentReads, async (of) => {
      const found: Folder[] = [];
      let pages = 0;
      for await (const page of bucket.list(of.prefix, { delimiter: '/', signal, onUnusable: reportOdd })) {
        pages++;
        for (const prefix of page.prefixes) found.push({ prefix, name: folderName(prefix) });
        for (const { key } of page.objects) onFile(key);
      }
      // An empty listing is also a request.
      listings += Math.max(1, pages);
      return { of, found };
    });
  const isKnown = (folder: Folder, matches: boolean, instead: UnknownFolder['instead']): boolean => {
    if (!matches) unknown.push({ folder: folder.prefix, instead });
    return matches;
  };

  const [{ found: top }] = await listFolders([{ prefix: root, name: 'AWSLogs' }]);
  if (top.length === 0) throw await noLogs(bucket, config, signal);
  const organizations = await listFolders(top.filter(({ name }) => ORGANIZATION_PATTERN.test(name)));
  const members = new Map(organizations.map(({ of, found }) => [of.prefix, found]));
  const accounts = top
    .flatMap((folder) => members.get(folder.prefix) ?? [folder])
    .filter((folder) => isKnown(folder, ACCOUNT_PATTERN.test(folder.name), 'account'))
    .filter(({ name }) => allows(filter.accounts, name));

  const kinds = (await listFolders(accounts)).flatMap(({ of, found }) =>
    found
      // Other services deliver next to CloudTrail (Config, elasticloadbalancing, vpcflowlogs …). They are expected here.
      .filter((folder) => isKnown(folder, kindOf(folder.name) !== undefined, 'kind'))
      .map(({ prefix, name }) => ({ prefix, name: kindOf(name) ?? name, account: of.name }))
      .filter(({ name }) => allows(filter.kinds, name)),
  );
  const sources = (await listFolders(kinds)).flatMap(({ of, found }) =>
    found
      .filter((folder) => isKnown(folder, isRegionName(folder.name), 'region'))
      .filter(({ name }) => allows(filter.regions, name))
      .map(({ prefix, name }) => ({ prefix, account: of.account, region: name, kind: of.name }) satisfies SourcePrefix),
  );
  return { sources, unknown, listings };
}

function notReadable(bucket: ObjectStore, root: string): StorageAccessDenied {
  return new StorageAccessDenied(
    `No permission to read the folder ${printable(objectUri(bucket, root))}.`,
    'Grant read access to the user that runs Trailmill.',
  );
}
