/** discover: which accounts, kinds and regions are in the bucket? Listings with a delimiter, no object is read. */
import { createHash } from 'node:crypto';
import {
  ACCOUNT_PATTERN,
  KINDS,
  ORGANIZATION_PATTERN,
  REGION_PATTERN,
  type SourcePrefix,
} from '../cloudtrail/object-key.js';
import { UserMistake } from '../errors/index.js';
import { mapConcurrent } from '../storage/concurrency.js';
import { type ObjectStore, objectUri } from '../storage/object-store.js';
import type { RunConfigRef, SourceFilter } from '../workflows/messages.js';
import type { RunContext } from './run-context.js';
import { allows } from './source-filter.js';
import { type SourceList, WORK_AREA, writeJsonOnce } from './work-area.js';

export interface DiscoverInput {
  config: RunConfigRef;
  filter: SourceFilter;
}

export interface Discovered {
  /** Address of the list. */
  address: string;
  /** Number of (account, kind, region) places. */
  sources: number;
  /** Folders that were not understood. */
  unknown: number;
}

export async function discover(
  { config, bucket, warehouse }: RunContext,
  input: DiscoverInput,
  signal: AbortSignal,
): Promise<Discovered> {
  const root = `${config.keyPrefix === '' ? '' : `${config.keyPrefix}/`}AWSLogs/`;
  const list: SourceList = { sources: [], unknown: [] };
  const { filter } = input;
  const folders = await childrenOf(bucket, root, signal);
  if (folders.length === 0) {
    throw new UserMistake(
      `There is nothing under ${objectUri(bucket, root)}.`,
      'Check the location and the key prefix: CloudTrail writes to <prefix>/AWSLogs/.',
    );
  }
  const accounts: string[] = [];
  for (const folder of folders) {
    const name = nameOf(folder);
    if (ACCOUNT_PATTERN.test(name)) accounts.push(folder);
    else if (ORGANIZATION_PATTERN.test(name)) {
      for (const inner of await childrenOf(bucket, folder, signal))
        (ACCOUNT_PATTERN.test(nameOf(inner)) ? accounts : list.unknown).push(inner);
    } else list.unknown.push(folder);
  }
  const wanted = accounts.filter((folder) => allows(filter.accounts, nameOf(folder)));
  const found = await mapConcurrent(wanted, config.ingest.concurrentReads, (folder) =>
    sourcesOf(bucket, folder, filter, signal),
  );
  for (const one of found) {
    list.sources.push(...one.sources);
    list.unknown.push(...one.unknown);
  }
  const id = createHash('sha256').update(JSON.stringify(list)).digest('hex').slice(0, 32);
  const address = `${WORK_AREA}/sources/${id}.json`;
  await writeJsonOnce(warehouse, address, list, signal);
  return { address, sources: list.sources.length, unknown: list.unknown.length };
}

async function sourcesOf(
  bucket: ObjectStore,
  folder: string,
  filter: SourceFilter,
  signal: AbortSignal,
): Promise<SourceList> {
  const list: SourceList = { sources: [], unknown: [] };
  const account = nameOf(folder);
  for (const kindFolder of await childrenOf(bucket, folder, signal)) {
    const kind = nameOf(kindFolder);
    // Other services deliver beside CloudTrail (Config, elasticloadbalancing, vpcflowlogs …): not ours, and no surprise.
    if (!(KINDS as readonly string[]).includes(kind)) {
      list.unknown.push(kindFolder);
      continue;
    }
    if (!allows(filter.kinds, kind)) continue;
    for (const prefix of await childrenOf(bucket, kindFolder, signal)) {
      const region = nameOf(prefix);
      if (!REGION_PATTERN.test(region)) list.unknown.push(prefix);
      else if (allows(filter.regions, region))
        list.sources.push({ prefix, account, region, kind } satisfies SourcePrefix);
    }
  }
  return list;
}

function nameOf(folder: string): string {
  const parts = folder.split('/');
  return parts[parts.length - 2];
}

async function childrenOf(bucket: ObjectStore, prefix: string, signal: AbortSignal): Promise<string[]> {
  const children: string[] = [];
  for await (const page of bucket.list(prefix, { delimiter: '/', signal })) children.push(...page.prefixes);
  return children;
}
