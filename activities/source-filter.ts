/** What a run is about: places by the filter of its command line, and objects by the configured pattern of their keys. */
import type { SourcePrefix } from '../cloudtrail/object-key.js';
import type { SourceFilter } from '../workflows/messages.js';
import type { RunConfig } from './run-config.js';

/** An absent or empty list allows everything. */
export function allows(list: readonly string[] | undefined, value: string): boolean {
  return list === undefined || list.length === 0 || list.includes(value);
}

/** Is the place of all the parts that the filter names? */
export function matches({ account, region, kind }: SourcePrefix, filter: SourceFilter): boolean {
  return allows(filter.accounts, account) && allows(filter.regions, region) && allows(filter.kinds, kind);
}

/** Is a key that of a file which the configuration wants? Its pattern sees what comes after the prefix. */
export function keyFilter({
  keyPrefix,
  keyPattern,
}: Pick<RunConfig, 'keyPrefix' | 'keyPattern'>): (key: string) => boolean {
  // The console makes "folders": empty objects whose key ends with a slash.
  if (keyPattern === undefined) return (key) => !key.endsWith('/');
  const pattern = new RegExp(keyPattern);
  const from = keyPrefix === '' ? 0 : keyPrefix.length + 1;
  return (key) => !key.endsWith('/') && pattern.test(key.slice(from));
}
