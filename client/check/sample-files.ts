/** Finds the newest files of each table in the bucket, with a bounded number of listings, for samples of records. */
import {
  ACCOUNT_PATTERN,
  dayOfDateFolders,
  dayPrefix,
  kindOf,
  LOGS_FOLDER,
  ORGANIZATION_PATTERN,
  type SourcePrefix,
} from '../../cloudtrail/object-key.js';
import { type TableKey, tableOf } from '../../cloudtrail/table-config.js';
import { foldersIn } from '../../plan/find-logs.js';
import { keyChoice } from '../../plan/source-filter.js';
import type { RunConfig } from '../../run/config.js';
import type { ListedObject, ObjectStore } from '../../storage/object-store.js';

/** Accounts whose kinds are listed. */
const MAX_ACCOUNTS = 8;
/** Places (account, kind, region) of each table whose newest day is listed. */
const MAX_PLACES = 2;

/** A file to take records from. */
export interface SampleFile extends ListedObject {
  place: SourcePrefix;
}

/**
 * Returns files of the newest day of at most two places of each table, the newest first. Takes at most 2 listings for the
 * accounts, 8 for their kinds, and 5 for each place.
 */
export async function newestFiles(
  bucket: ObjectStore,
  config: Pick<RunConfig, 'keyPrefix' | 'keyPattern'>,
  tables: readonly TableKey[],
  signal: AbortSignal,
): Promise<Map<TableKey, SampleFile[]>> {
  const root = `${config.keyPrefix === '' ? '' : `${config.keyPrefix}/`}${LOGS_FOLDER}/`;
  const kinds = new Map<TableKey, { prefix: string; account: string; kind: string }[]>();
  for (const { prefix, account } of spread(await accountsIn(bucket, root, signal), MAX_ACCOUNTS)) {
    for (const folder of await foldersIn(bucket, prefix, signal)) {
      const kind = kindOf(folder);
      if (kind === undefined) continue;
      const key = tableOf(kind);
      kinds.set(key, [...(kinds.get(key) ?? []), { prefix: `${prefix}${folder}/`, account, kind }]);
    }
    if (tables.every((key) => (kinds.get(key)?.length ?? 0) >= MAX_PLACES)) break;
  }
  const isRead = keyChoice(config);
  const found = new Map<TableKey, SampleFile[]>();
  for (const key of tables) {
    const files: SampleFile[][] = [];
    for (const { prefix, account, kind } of spread(kinds.get(key) ?? [], MAX_PLACES)) {
      const regions = await foldersIn(bucket, prefix, signal);
      // The events of global services are there.
      const region = regions.includes('us-east-1') ? 'us-east-1' : regions[0];
      if (region === undefined) continue;
      const place = { prefix: `${prefix}${region}/`, account, region, kind };
      const objects = await newestObjects(bucket, place, signal);
      files.push(objects.filter((object) => isRead(object.key) === 'read').map((object) => ({ ...object, place })));
    }
    found.set(key, interleaved(files));
  }
  return found;
}

async function accountsIn(
  bucket: ObjectStore,
  root: string,
  signal: AbortSignal,
): Promise<{ prefix: string; account: string }[]> {
  const top = await foldersIn(bucket, root, signal);
  const organization = top.filter((name) => ORGANIZATION_PATTERN.test(name)).at(-1);
  const parents = [root, ...(organization === undefined ? [] : [`${root}${organization}/`])];
  const accounts: { prefix: string; account: string }[] = [];
  for (const parent of parents) {
    const names = parent === root ? top : await foldersIn(bucket, parent, signal);
    for (const account of names.filter((name) => ACCOUNT_PATTERN.test(name)))
      accounts.push({ prefix: `${parent}${account}/`, account });
  }
  return accounts;
}

/** The files of the newest day that has a folder, from the first page of its listing, the newest first. */
async function newestObjects(bucket: ObjectStore, place: SourcePrefix, signal: AbortSignal): Promise<ListedObject[]> {
  let folders = '';
  for (const digits of [4, 2, 2]) {
    const names = await foldersIn(bucket, `${place.prefix}${folders}`, signal);
    const last = names.filter((name) => name.length === digits && /^\d+$/.test(name)).at(-1);
    if (last === undefined) return [];
    folders += `${last}/`;
  }
  const day = dayOfDateFolders(folders);
  if (day === undefined) return [];
  for await (const { objects } of bucket.list(dayPrefix(place, day), { delimiter: '/', signal, onUnusable: () => {} }))
    return objects.reverse();
  return [];
}

/** At most `most` of the values: the first, the last, and some between them. */
function spread<T>(values: readonly T[], most: number): T[] {
  if (values.length <= most) return [...values];
  return Array.from({ length: most }, (_, i) => values[Math.round((i * (values.length - 1)) / (most - 1))]);
}

function interleaved<T>(lists: readonly T[][]): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat();
}
