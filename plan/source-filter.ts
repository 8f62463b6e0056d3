/** What a run is about: places by the filter of its command line, and objects by the configured pattern of their keys. */
import type { SourcePrefix } from '../cloudtrail/object-key.js';
import { isPartialCopy } from '../cloudtrail/partial-copies.js';
import type { IgnoredFiles, IgnoredReason, SourceFilter } from '../protocol/messages.js';
import type { RunConfig } from '../run/config.js';

/** An absent or empty list allows everything. */
export function allows(list: readonly string[] | undefined, value: string): boolean {
  return list === undefined || list.length === 0 || list.includes(value);
}

/** Is the place of all the parts that the filter names? */
export function matches({ account, region, kind }: SourcePrefix, filter: SourceFilter): boolean {
  return allows(filter.accounts, account) && allows(filter.regions, region) && allows(filter.kinds, kind);
}

/** What becomes of an object in a day's folder; `undefined`: it is no file. */
export type KeyChoice = 'read' | IgnoredReason | undefined;

/** Which of the objects below a day's folder a run reads: the same for plans and audits. */
export function keyChoice({
  keyPrefix,
  keyPattern,
}: Pick<RunConfig, 'keyPrefix' | 'keyPattern'>): (key: string) => KeyChoice {
  const matchesPattern = patternTest({ keyPrefix, keyPattern });
  return (key) => {
    // The console makes "folders": empty objects whose key ends with a slash.
    if (key.endsWith('/')) return undefined;
    if (!matchesPattern(key)) return 'key_pattern';
    return isPartialCopy(key) ? 'partial_copy' : 'read';
  };
}

/** The configured pattern. A dot means every character, for keys may have line breaks. */
export function keyRegExp(keyPattern: string): RegExp {
  return new RegExp(keyPattern, 's');
}

/** Does a key match the configured pattern? It sees what comes after the prefix. Without a pattern every key does. */
export function patternTest({
  keyPrefix,
  keyPattern,
}: Pick<RunConfig, 'keyPrefix' | 'keyPattern'>): (key: string) => boolean {
  if (keyPattern === undefined) return () => true;
  const pattern = keyRegExp(keyPattern);
  const from = keyPrefix === '' ? 0 : keyPrefix.length + 1;
  return (key) => pattern.test(key.slice(from));
}

/** Counts what a run leaves out, by reason, with the first key of each. */
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

  /** By reason; `undefined` where there are none. */
  get(): IgnoredFiles[] | undefined {
    return this.files.size === 0 ? undefined : [...this.files.values()].sort((a, b) => (a.why < b.why ? -1 : 1));
  }
}
