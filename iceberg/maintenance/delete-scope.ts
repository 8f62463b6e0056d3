/** Which data files a delete file may concern, as far as manifests say. */
import type { LiveFile } from './manifest-entries.js';
import { POSITION_DELETES } from './manifest-entries.js';

type Scope = Pick<LiveFile, 'specId' | 'day' | 'sequenceNumber'>;

/**
 * Whether a delete file may delete rows of a data file (spec, "Scan Planning"): it is not older, in the same partition, and
 * nothing proves that it concerns other files. Files without a day may be in any partition.
 */
export function mayApply(deletes: LiveFile, data: Scope & Pick<LiveFile, 'path'>): boolean {
  if (deletes.sequenceNumber < data.sequenceNumber) return false;
  if (deletes.content !== POSITION_DELETES) return isGlobal(deletes) || isSamePartition(deletes, data);
  return isSamePartition(deletes, data) && mayConcern(deletes, data.path);
}

/** Equality deletes of an unpartitioned spec apply to all data files (spec, "Scan Planning"). */
function isGlobal({ day }: LiveFile): boolean {
  return Number.isNaN(day);
}

function isSamePartition(one: Scope, other: Scope): boolean {
  return one.specId === other.specId && Object.is(one.day, other.day);
}

/** Bounds may be truncated: the lower one is never above the lowest path, and the upper one never below the highest. */
function mayConcern({ referencedDataFile, lowestPath, highestPath }: LiveFile, path: string): boolean {
  if (referencedDataFile !== null) return referencedDataFile === path;
  const bytes = Buffer.from(path);
  return !(lowestPath && bytes.compare(lowestPath) < 0) && !(highestPath && bytes.compare(highestPath) > 0);
}
