/** The discover activity: lists the accounts, kinds and regions of the bucket, and stores the list in the work area. */

import { createHash } from 'node:crypto';
import { unlistedRegions } from '../aws/regions.js';
import { describeFolder } from '../cloudtrail/unknown-folders.js';
import { damagedFiles } from '../commit/whole-tables.js';
import { describeError } from '../errors/index.js';
import type { DiscoverInput } from '../protocol/activities.js';
import type { Discovered } from '../protocol/messages.js';
import type { RunContext } from '../run/context.js';
import { writeWorkOnce } from '../run/versioned.js';
import { SOURCE_LIST, type SourceList } from '../run/work-area.js';
import { WORK_AREA } from '../run/work-keys.js';
import { findSources } from './find-sources.js';
import { findSourcesAndUnread } from './find-unread.js';
import { isNone } from './unread-tally.js';

/** The maximum number of regions and folders in the result; `trailmill plan` shows more. */
const MAX_NAMED = 5;

/**
 * Lists the places of the bucket and stores the list. Returns its address and counts. Throws `UserMistake` if the bucket has
 * no CloudTrail files, and the errors of the stores.
 */
export async function discover(context: RunContext, input: DiscoverInput, signal: AbortSignal): Promise<Discovered> {
  const { filter, range, checkTables = false } = input;
  const { sources, unknown, unread } =
    range === undefined
      ? { ...(await findSources(context, filter, signal)), unread: undefined }
      : await findSourcesAndUnread(context, filter, range, signal);
  const list: SourceList = { sources, unknown: unknown.map(({ folder }) => folder), ...(unread && { unread }) };
  const id = createHash('sha256').update(JSON.stringify(list)).digest('hex').slice(0, 32);
  const address = `${WORK_AREA}/sources/${id}.json`;
  await writeWorkOnce(context.warehouse, address, SOURCE_LIST, list, signal);
  const odd = unknown.filter((folder) => !describeFolder(folder).expected).map(({ folder }) => folder);
  const regions = unlistedRegions(sources.map(({ region }) => region)).slice(0, MAX_NAMED);
  const surprises = { folders: odd.length, first: odd.slice(0, MAX_NAMED) };
  const damaged = checkTables ? await damagedFiles(context, signal) : [];
  return {
    address,
    sources: sources.length,
    unknown: unknown.length,
    surprises,
    ...(unread === undefined || isNone(unread.inRange) ? {} : { unread: unread.inRange }),
    ...(damaged.length > 0 ? { damaged: damaged.map(describeError) } : {}),
    ...(regions.length > 0 ? { unlistedRegions: regions } : {}),
  };
}
