/** Which objects an audit of one delivery day covers, by their keys. It matches what plans cover. */

import { kindOf, parseObjectKey } from '../cloudtrail/object-key.js';
import { allows, keyRegExp } from '../plan/source-filter.js';
import type { SourceFilter } from '../protocol/messages.js';

/** Account, region and kind of an object, by its key. */
export interface ObjectPlace {
  account: string;
  region: string;
  kind: string;
}

/** Decides which keys and addresses an audit of one delivery day covers. */
export interface Scope {
  day: string;
  /** True if no filter or pattern excludes anything. */
  everything: boolean;
  /** The place of a key; `undefined` if the audit does not cover it. */
  ofKey(key: string): ObjectPlace | undefined;
  /** The same for an address, including addresses from before the bucket was moved. */
  ofPath(path: string): ObjectPlace | undefined;
}

/** What limits an audit. */
export interface ScopeOptions {
  day: string;
  filter: SourceFilter;
  bucketUri: string;
  keyPrefix: string;
  keyPattern?: string;
}

/** Returns the scope of an audit of one delivery day. */
export function scopeOf({ day, filter, bucketUri, keyPrefix, keyPattern }: ScopeOptions): Scope {
  const pattern = keyPattern === undefined ? undefined : keyRegExp(keyPattern);
  const prefix = keyPrefix === '' ? '' : `${keyPrefix}/`;
  const { accounts, regions, kinds } = filter;
  const placeOf = (key: string, rest: string): ObjectPlace | undefined => {
    const parsed = parseObjectKey(rest);
    if (parsed === undefined || parsed.day !== day || key.endsWith('/')) return undefined;
    const { account, region, kindFolder } = parsed;
    const kind = kindOf(kindFolder) ?? kindFolder;
    if (pattern !== undefined && !pattern.test(parsed.belowPrefix)) return undefined;
    if (!allows(accounts, account) || !allows(regions, region) || !allows(kinds, kind)) return undefined;
    return { account, region, kind };
  };
  const ofKey = (key: string): ObjectPlace | undefined => {
    const rest = key.slice(prefix.length);
    return key.startsWith(prefix) && rest.startsWith('AWSLogs/') ? placeOf(key, rest) : undefined;
  };
  return {
    day,
    everything: pattern === undefined && [accounts, regions, kinds].every((list) => (list ?? []).length === 0),
    ofKey,
    ofPath(path) {
      if (path.startsWith(`${bucketUri}/`)) return ofKey(path.slice(bucketUri.length + 1));
      return path.includes(`/${prefix}AWSLogs/`) ? placeOf(path, path) : undefined;
    },
  };
}
