/** Lists the bucket's objects of one delivery day, in the same way as plans do. */
import { dayPrefix, type SourcePrefix } from '../cloudtrail/object-key.js';
import { LOOK_AHEAD, listInOrder } from '../storage/list-in-order.js';
import type { ListedObject, UnusableEntry } from '../storage/object-store.js';
import type { AuditContext } from './context.js';

/**
 * Lists the objects in pages; `onUnusable` receives entries that are not regular files. Several places are listed at once,
 * with a bounded number of objects in memory.
 */
export function listDay(
  { bucket, config, signal }: AuditContext,
  sources: readonly SourcePrefix[],
  day: string,
  onUnusable: (entry: UnusableEntry) => void,
): AsyncGenerator<readonly ListedObject[]> {
  const pages = async function* (source: SourcePrefix): AsyncGenerator<ListedObject[]> {
    for await (const { objects } of bucket.list(dayPrefix(source, day), { signal, onUnusable })) yield objects;
  };
  return listInOrder(sources, pages, { lanes: config.ingest.concurrentReads, lookAhead: LOOK_AHEAD });
}
