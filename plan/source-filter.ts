/** Which objects a run reads: places by the filter on its command line, and keys by the configured pattern. */
import type { SourcePrefix } from '../cloudtrail/object-key.js';
import { isPartialCopy } from '../cloudtrail/partial-copies.js';
import type { IgnoredFiles, IgnoredReason, SourceFilter } from '../protocol/messages.js';
import type { RunConfig } from '../run/config.js';

/** Tests whether a filter list allows a value. An absent or empty list allows everything. */
export function allows(list: readonly string[] | undefined, value: string): boolean {
  return list === undefined || list.length === 0 || list.includes(value);
}

/** Tests whether a place matches all parts of the filter. */
export function matches({ account, region, kind }: SourcePrefix, filter: SourceFilter): boolean {
  return allows(filter.accounts, account) && allows(filter.regions, region) && allows(filter.kinds, kind);
}

/** How to treat an object in a day's folder: read it, or ignore it for a reason. `undefined` if it is not a file. */
export type KeyChoice = 'read' | IgnoredReason | undefined;

/** Returns a function that decides by key whether a run reads an object in a day's folder. Plans and audits share it. */
export function keyChoice({
  keyPrefix,
  keyPattern,
}: Pick<RunConfig, 'keyPrefix' | 'keyPattern'>): (key: string) => KeyChoice {
  const matchesPattern = patternTest({ keyPrefix, keyPattern });
  return (key) => {
    // The S3 console creates "folders": empty objects whose key ends with a slash.
    if (key.endsWith('/')) return undefined;
    if (!matchesPattern(key)) return 'key_pattern';
    return isPartialCopy(key) ? 'partial_copy' : 'read';
  };
}

/** Compiles the configured pattern. A dot matches any character, because keys may contain line breaks. */
export function keyRegExp(keyPattern: string): RegExp {
  return new RegExp(keyPattern, 's');
}

/** Returns a test for the configured pattern, which applies to the key after the prefix. Without a pattern all keys match. */
export function patternTest({
  keyPrefix,
  keyPattern,
}: Pick<RunConfig, 'keyPrefix' | 'keyPattern'>): (key: string) => boolean {
  if (keyPattern === undefined) return () => true;
  const pattern = keyRegExp(keyPattern);
  const from = keyPrefix === '' ? 0 : keyPrefix.length + 1;
  return (key) => pattern.test(key.slice(from));
}

/** Counts the files that a run ignores, by reason, with the first key (in sort order) for each reason. */
export class IgnoredCount {
  private readonly files = new Map<IgnoredReason, IgnoredFiles>();

  add(why: IgnoredReason, key: string): void {
    const known = this.files.get(why);
    if (known === undefined) this.files.set(why, { why, files: 1, example: key });
    else {
      known.files++;
      if (key < known.example) known.example = key;
    }
  }

  /** The counts, sorted by reason; `undefined` if there are none. */
  get(): IgnoredFiles[] | undefined {
    return this.files.size === 0 ? undefined : [...this.files.values()].sort((a, b) => (a.why < b.why ? -1 : 1));
  }
}
