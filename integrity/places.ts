/**
 * Which rows a task reads: a part of the places (accounts and regions) that fits in memory, limited to those that the
 * user selected.
 */
import { parseObjectKey } from '../cloudtrail/object-key.js';
import { placeOf } from './digest.js';

/** A selection of places. Empty or absent lists select everything. Structured-cloneable. */
export interface Places {
  /** Places whose hash modulo `of` is `index`. */
  index: number;
  of: number;
  accounts?: readonly string[];
  regions?: readonly string[];
}

/** Returns a test whether the file with a key is at one of the places. It is fast for keys of the same folder in a row. */
export function placesTest({ index, of, accounts = [], regions = [] }: Places): (key: string) => boolean {
  const allows = (list: readonly string[], value: string): boolean => list.length === 0 || list.includes(value);
  const isAt = (key: string, place: string): boolean => {
    if (of > 1 && hashOf(place) % of !== index) return false;
    if (accounts.length === 0 && regions.length === 0) return true;
    const { account = '', region = '' } = parseObjectKey(key) ?? {};
    return allows(accounts, account) && allows(regions, region);
  };
  let known: { folder: string; isAt: boolean } | undefined;
  return (key) => {
    const end = key.lastIndexOf('/') + 1;
    const { folder } = known ?? {};
    if (known !== undefined && folder?.length === end && key.startsWith(folder)) return known.isAt;
    const place = placeOf(key);
    const answer = isAt(key, place);
    // An unusual key is its own place.
    known = place === key || end === key.length ? undefined : { folder: key.slice(0, end), isAt: answer };
    return answer;
  };
}

/** 32-bit FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
