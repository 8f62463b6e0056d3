/** Which places a run is about: the filter of its command line, by parts of the object key. */
import type { SourcePrefix } from '../cloudtrail/object-key.js';
import type { SourceFilter } from '../workflows/messages.js';

/** An absent or empty list allows everything. */
export function allows(list: readonly string[] | undefined, value: string): boolean {
  return list === undefined || list.length === 0 || list.includes(value);
}

/** Is the place of all the parts that the filter names? */
export function matches({ account, region, kind }: SourcePrefix, filter: SourceFilter): boolean {
  return allows(filter.accounts, account) && allows(filter.regions, region) && allows(filter.kinds, kind);
}
