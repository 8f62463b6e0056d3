/** discover: looks for the places of the bucket that have files, and writes the list of them into the work area. */
import { createHash } from 'node:crypto';
import { unlistedRegions } from '../aws/regions.js';
import type { Days } from '../cloudtrail/stray-files.js';
import { lookOf } from '../cloudtrail/unknown-folders.js';
import { describeError } from '../errors/index.js';
import type { Discovered, RunConfigRef, SourceFilter } from '../workflows/messages.js';
import { findSources } from './find-sources.js';
import { findSourcesAndUnread } from './find-unread.js';
import type { RunContext } from './run-context.js';
import { isNone } from './unread-tally.js';
import { damagedFiles } from './whole-tables.js';
import { type SourceList, WORK_AREA, writeJsonOnce } from './work-area.js';

export interface DiscoverInput {
  config: RunConfigRef;
  filter: SourceFilter;
  /** Delivery days of the run: what is not read of them is looked for. Absent where an older version asks. */
  range?: Days;
}

/** So many are named; `trailmill plan` says more of them. */
const MOST_NAMED = 5;

export async function discover(context: RunContext, input: DiscoverInput, signal: AbortSignal): Promise<Discovered> {
  const { filter, range } = input;
  const { sources, unknown, unread } =
    range === undefined
      ? { ...(await findSources(context, filter, signal)), unread: undefined }
      : await findSourcesAndUnread(context, filter, range, signal);
  const list: SourceList = { sources, unknown: unknown.map(({ folder }) => folder), ...(unread && { unread }) };
  const id = createHash('sha256').update(JSON.stringify(list)).digest('hex').slice(0, 32);
  const address = `${WORK_AREA}/sources/${id}.json`;
  await writeJsonOnce(context.warehouse, address, list, signal);
  const odd = unknown.filter((folder) => !lookOf(folder).expected).map(({ folder }) => folder);
  const regions = unlistedRegions(sources.map(({ region }) => region)).slice(0, MOST_NAMED);
  const surprises = { folders: odd.length, first: odd.slice(0, MOST_NAMED) };
  // Where an older version asks, it could not tell of it.
  const damaged = range === undefined ? [] : await damagedFiles(context, signal);
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
