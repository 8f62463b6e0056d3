/** The bucket's objects of one delivery day, listed as the plan of a day lists them. */
import { dayPrefix, type SourcePrefix } from '../cloudtrail/object-key.js';
import type { AuditContext } from './context.js';

export interface ListedObject {
  key: string;
  etag: string;
}

/** Several places are listed at once; one page of each is in memory. */
export async function* listDay(
  { bucket, config, signal }: AuditContext,
  sources: readonly SourcePrefix[],
  day: string,
): AsyncGenerator<ListedObject> {
  const lanes = Math.max(1, config.ingest.concurrentReads);
  for (let at = 0; at < sources.length; at += lanes) {
    let open = sources
      .slice(at, at + lanes)
      .map((source) => bucket.list(dayPrefix(source, day), { signal })[Symbol.asyncIterator]());
    while (open.length > 0) {
      const pages = await Promise.all(open.map((pages) => pages.next()));
      for (const { done, value } of pages) if (!done) yield* value.objects;
      open = open.filter((_, index) => !pages[index].done);
    }
  }
}
